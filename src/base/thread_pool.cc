#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/look_ahead.h"
#include "base/prefetch.h"
#include "base/trace.h"

namespace vitrine {
namespace {

constexpr auto kSpinTime = std::chrono::microseconds(50);
constexpr int kLineBytes = 64, kLinesAtOnce = 8 / LookAhead::kStreams;
// An eighth to a half of a second-level cache, of all streams.
constexpr int64_t kAheadBytes = (int64_t{256} << 10) / LookAhead::kStreams;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

thread_local bool inside_loop = false;

}  // namespace

/// What a worker asks memory for while it waits. Asking for an address never faults.
struct alignas(64) Errand {
  std::array<std::atomic<const std::byte*>, LookAhead::kStreams> begins{};
  std::atomic<uint32_t> number{0};
  uint32_t seen = 0;     // the worker's own, as what follows
  int64_t num_done = 0;  // bytes of each stream

  void go_on() {
    const uint32_t now = number.load(std::memory_order_relaxed);
    if (now != seen) seen = now, num_done = 0;
    if (num_done >= kAheadBytes) return;
    for (const std::atomic<const std::byte*>& begin : begins)
      if (const std::byte* const from = begin.load(std::memory_order_relaxed))
        for (int line = 0; line < kLinesAtOnce; ++line)
          prefetch_line<CacheLevel::kSecond>(from + num_done + line * kLineBytes);
    num_done += kLinesAtOnce * kLineBytes;
  }
};

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::vector<Errand> errands;  // by thread
  LookAhead look_ahead;
  // A new value starts a loop. Workers sleep on it and not on a condition variable: glibc's waits in its broadcast for
  // sleepers that were woken and are late.
  std::atomic<uint32_t> generation{0};
  std::atomic<bool> stop{false};

  // The present loop. A thread reads what is not atomic only while it holds a chunk that it has claimed: until that
  // chunk counts as done the loop cannot end, so the caller cannot change it. Whoever comes late finds nothing to claim
  // and is not waited for.
  const std::function<void(int64_t, int)>* body = nullptr;
  int64_t num_chunks = 0;
  std::atomic<int64_t> num_unclaimed{0};  // at or below 0: nothing to do
  std::atomic<int64_t> num_done{0};
  std::atomic<uint32_t> num_endings{0};  // raised by whoever does the last chunk; the caller sleeps on it
  std::mutex result_mutex;               // guards error and traced_work
  std::exception_ptr error;
  TraceWork traced_work;

  TraceRecorder* trace = nullptr;
  TraceRecorder::Loop traced_loop;

  /// Runs chunks until none is left to claim.
  void run_chunks(int thread) {
    int64_t num_run = 0, all = 0;
    inside_loop = true;
    for (;;) {
      const int64_t left = num_unclaimed.fetch_sub(1, std::memory_order_acquire);
      if (left <= 0) break;
      all = num_chunks;
      if (num_run == 0) open_share(thread);
      run_chunk(all - left, thread);
      ++num_run;
    }
    inside_loop = false;
    if (num_run == 0) return;
    close_share(thread);
    if (num_done.fetch_add(num_run, std::memory_order_acq_rel) + num_run < all) return;
    num_endings.fetch_add(1, std::memory_order_release);
    num_endings.notify_one();
  }

  void run_chunk(int64_t chunk, int thread) {
    try {
      (*body)(chunk, thread);
    } catch (...) {
      const std::lock_guard lock(result_mutex);
      if (!error) error = std::current_exception();
    }
  }

  // What a worker does of a loop is recorded while it holds a chunk: the loop cannot end before that.
  void open_share(int thread) {
    if (trace != nullptr && thread != 0) trace->open_share(traced_loop, thread);
  }

  void close_share(int thread) {
    if (trace == nullptr || thread == 0) return;
    const TraceWork work = trace->close_share();
    const std::lock_guard lock(result_mutex);
    traced_work.flops += work.flops;
    traced_work.bytes += work.bytes;
  }

  /// Returns the generation that differs from `seen`, after spinning and then sleeping.
  uint32_t await_generation(uint32_t seen, Errand& errand) {
    const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
    do {
      for (int i = 0; i < 64; ++i) {
        const uint32_t now = generation.load(std::memory_order_acquire);
        if (now != seen) return now;
        errand.go_on();
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
    generation.wait(seen, std::memory_order_acquire);
    return generation.load(std::memory_order_acquire);
  }

  void work(int thread) {
    uint32_t seen = 0;
    for (;;) {
      seen = await_generation(seen, errands[static_cast<size_t>(thread)]);
      if (stop.load()) return;
      run_chunks(thread);
    }
  }

  void end_workers() {
    stop.store(true);
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  /// Opens a loop to the workers and wakes as many as there are chunks for beside the caller's.
  void open_loop(int64_t chunks, const std::function<void(int64_t, int)>& loop_body) {
    body = &loop_body;
    num_chunks = chunks;
    num_done.store(0, std::memory_order_relaxed);
    num_unclaimed.store(chunks, std::memory_order_release);
    generation.fetch_add(1, std::memory_order_release);
    const auto num_workers = static_cast<int64_t>(workers.size());
    if (chunks - 1 >= num_workers) return generation.notify_all();
    for (int64_t i = 0; i < chunks - 1; ++i) generation.notify_one();
  }

  /// Returns when every chunk is done, whatever the workers are doing.
  void await_chunks() {
    const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
    do {
      for (int i = 0; i < 64; ++i) {
        if (num_done.load(std::memory_order_acquire) == num_chunks) return;
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
    for (;;) {
      const uint32_t endings = num_endings.load(std::memory_order_acquire);
      if (num_done.load(std::memory_order_acquire) == num_chunks) return;
      num_endings.wait(endings, std::memory_order_acquire);
    }
  }
};

ThreadPool::ThreadPool(int num_threads)
    : num_threads_(num_threads > 0 ? num_threads : available_processors()), state_(std::make_unique<State>()) {
  state_->errands = std::vector<Errand>(static_cast<size_t>(num_threads_));
  try {
    for (int thread = 1; thread < num_threads_; ++thread)
      state_->workers.emplace_back([this, thread] { state_->work(thread); });
  } catch (const std::system_error& error) {
    const size_t num_started = state_->workers.size() + 1;
    state_->end_workers();
    throw Error(ErrorCode::kOutOfMemory,
                "threads: the system gives no more of them (asked for " + std::to_string(num_threads_) + ", got " +
                    std::to_string(num_started) + ": " + error.code().message() + ")",
                "lower --threads, or raise the limits on memory and on processes (ulimit -v, ulimit -u): each thread "
                "reserves its stack (ulimit -s)");
  }
}

ThreadPool::~ThreadPool() { state_->end_workers(); }

void ThreadPool::set_trace(TraceRecorder* trace) { state_->trace = trace; }

void ThreadPool::parallel_for(int64_t num_chunks, const std::function<void(int64_t, int)>& body) {
  if (num_chunks <= 0) return;
  if (num_threads_ == 1 || num_chunks == 1 || inside_loop) {
    for (int64_t chunk = 0; chunk < num_chunks; ++chunk) body(chunk, 0);
    return;
  }
  State& s = *state_;
  if (s.trace != nullptr) s.traced_loop = s.trace->loop();
  s.open_loop(num_chunks, body);
  s.run_chunks(0);
  s.await_chunks();
  if (s.trace != nullptr) s.trace->add_work(std::exchange(s.traced_work, {}));
  if (s.error) std::rethrow_exception(std::exchange(s.error, nullptr));
}

void ThreadPool::begin_reading(std::span<const std::byte* const> starts) {
  const LookAhead::Places next = state_->look_ahead.follow(starts);
  const size_t count = std::min<size_t>(state_->errands.size(), LookAhead::kMaxThreads);
  for (size_t thread = 1; thread < count; ++thread) {
    for (size_t stream = 0; stream < LookAhead::kStreams; ++stream)
      state_->errands[thread].begins[stream].store(next[thread * LookAhead::kStreams + stream],
                                                   std::memory_order_relaxed);
    state_->errands[thread].number.fetch_add(1, std::memory_order_relaxed);
  }
}

int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace vitrine
