#include "serve/task_thread.h"

#include <utility>

namespace vitrine::serve {

TaskThread::TaskThread()
    : thread_([this] {
        for (;;) {
          std::function<void()> task;
          {
            std::unique_lock lock(mutex_);
            news_.wait(lock, [&] { return is_over_ || !tasks_.empty(); });
            if (tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
          }
          task();
        }
      }) {}

TaskThread::~TaskThread() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void TaskThread::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  news_.notify_one();
}

}  // namespace vitrine::serve
