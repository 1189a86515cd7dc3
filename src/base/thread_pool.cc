#include "base/thread_pool.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/trace.h"

namespace vitrine {
namespace {

constexpr auto kSpinTime = std::chrono::microseconds(50);

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

thread_local bool inside_loop = false;

}  // namespace

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<uint64_t> generation{0};  // a new value starts a loop
  std::atomic<bool> stop{false};
  const std::function<void(int64_t, int)>* body = nullptr;
  int64_t num_chunks = 0;
  std::atomic<int64_t> next_chunk{0};
  std::atomic<int> num_busy{0};  // workers that have not finished the present loop
  std::mutex result_mutex;       // guards error and traced_work
  std::exception_ptr error;
  TraceWork traced_work;

  TraceRecorder* trace = nullptr;
  TraceRecorder::Loop traced_loop;

  void run_chunks(int thread) {
    inside_loop = true;
    for (;;) {
      const int64_t chunk = next_chunk.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= num_chunks) break;
      try {
        (*body)(chunk, thread);
      } catch (...) {
        const std::lock_guard lock(result_mutex);
        if (!error) error = std::current_exception();
      }
    }
    inside_loop = false;
  }

  void run_traced(int thread) {
    trace->open_share(traced_loop, thread);
    run_chunks(thread);
    const TraceWork work = trace->close_share();
    const std::lock_guard lock(result_mutex);
    traced_work.flops += work.flops;
    traced_work.bytes += work.bytes;
  }

  /// Returns the generation that differs from `seen`, after spinning and then sleeping.
  uint64_t await_generation(uint64_t seen) {
    const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
    do {
      for (int i = 0; i < 64; ++i) {
        const uint64_t now = generation.load(std::memory_order_acquire);
        if (now != seen || stop.load(std::memory_order_relaxed)) return now;
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return generation.load(std::memory_order_acquire) != seen || stop.load(); });
    return generation.load(std::memory_order_acquire);
  }

  void work(int thread) {
    uint64_t seen = 0;
    for (;;) {
      seen = await_generation(seen);
      if (stop.load()) return;
      if (trace != nullptr)
        run_traced(thread);
      else
        run_chunks(thread);
      num_busy.fetch_sub(1, std::memory_order_acq_rel);
      num_busy.notify_one();
    }
  }

  void await_workers() {
    const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
    do {
      for (int i = 0; i < 64; ++i) {
        if (num_busy.load(std::memory_order_acquire) == 0) return;
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
    for (int busy = num_busy.load(std::memory_order_acquire); busy != 0;
         busy = num_busy.load(std::memory_order_acquire))
      num_busy.wait(busy, std::memory_order_acquire);
  }
};

ThreadPool::ThreadPool(int num_threads)
    : num_threads_(num_threads > 0 ? num_threads : available_processors()), state_(std::make_unique<State>()) {
  for (int thread = 1; thread < num_threads_; ++thread)
    state_->workers.emplace_back([this, thread] { state_->work(thread); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop.store(true);
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

void ThreadPool::set_trace(TraceRecorder* trace) { state_->trace = trace; }

void ThreadPool::parallel_for(int64_t num_chunks, const std::function<void(int64_t, int)>& body) {
  if (num_chunks <= 0) return;
  if (num_threads_ == 1 || num_chunks == 1 || inside_loop) {
    for (int64_t chunk = 0; chunk < num_chunks; ++chunk) body(chunk, 0);
    return;
  }
  State& s = *state_;
  if (s.trace != nullptr) s.traced_loop = s.trace->loop();
  s.body = &body;
  s.num_chunks = num_chunks;
  s.next_chunk.store(0, std::memory_order_relaxed);
  s.num_busy.store(num_threads_ - 1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(s.mutex);
    s.generation.fetch_add(1, std::memory_order_release);
  }
  s.wake.notify_all();
  s.run_chunks(0);
  s.await_workers();
  if (s.trace != nullptr) s.trace->add_work(std::exchange(s.traced_work, {}));
  if (s.error) std::rethrow_exception(std::exchange(s.error, nullptr));
}

int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace vitrine
