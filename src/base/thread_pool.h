// The one thread pool of the product. Workers spin for about 50 µs after work, then sleep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace vitrine {

class TraceRecorder;

/// Runs loops over independent chunks. Which thread runs a chunk is not fixed, so a chunk's result may depend only on
/// its index: sums across chunks are added afterwards in index order, which keeps every result equal for any number
/// of threads.
/// Threads: one parallel_for at a time; calls from inside a chunk run serially on the calling thread.
class ThreadPool {
 public:
  /// `num_threads` counts the caller; 0 means one per processor that this process may use.
  explicit ThreadPool(int num_threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const { return num_threads_; }

  /// Records what each worker does of a loop; null: nothing. Set it while no loop runs.
  void set_trace(TraceRecorder* trace);

  /// Calls body(chunk, thread) for each chunk in [0, num_chunks), thread in [0, num_threads), and returns when every
  /// chunk is done; workers that are asleep or late are not waited for. The first exception thrown by a chunk is
  /// rethrown after the loop.
  void parallel_for(int64_t num_chunks, const std::function<void(int64_t chunk, int thread)>& body);

  /// Says where each thread begins to read in the loop that follows: LookAhead::kStreams places each, thread after thread,
  /// null where there are fewer. Until the next such loop, workers that have nothing to
  /// do bring memory into their caches from where they will begin after it, as it was last time: memory would be idle too.
  void begin_reading(std::span<const std::byte* const> starts);

 private:
  struct State;
  int num_threads_;
  std::unique_ptr<State> state_;
};

/// Number of processors that this process may run on.
int available_processors();

}  // namespace vitrine
