// One thread that does what may wait for the disk, so that the engines' thread need not.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace vitrine::serve {

/// Runs tasks in the order in which they were given. Tasks do not throw. Threads: safe.
class TaskThread {
 public:
  TaskThread();
  /// Runs what was given, and ends.
  ~TaskThread();
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;

  void post(std::function<void()> task);

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> tasks_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace vitrine::serve
