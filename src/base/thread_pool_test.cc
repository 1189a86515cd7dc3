#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace vitrine {
namespace {

TEST(ThreadPool, RunsEveryChunkExactlyOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int64_t chunks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(chunks));
      pool.parallel_for(chunks, [&](int64_t chunk, int thread) {
        EXPECT_GE(thread, 0);
        EXPECT_LT(thread, threads);
        hits[static_cast<size_t>(chunk)].fetch_add(1);
      });
      for (const auto& hit : hits) EXPECT_EQ(hit.load(), 1);
    }
  }
}

TEST(ThreadPool, NestedLoopsRunSerially) {
  ThreadPool pool(2);
  std::atomic<int> total{0};
  pool.parallel_for(4, [&](int64_t, int) { pool.parallel_for(3, [&](int64_t, int) { total.fetch_add(1); }); });
  EXPECT_EQ(total.load(), 12);
}

TEST(ThreadPool, RethrowsAndStaysUsable) {
  ThreadPool pool(2);
  EXPECT_THROW(pool.parallel_for(8,
                                 [](int64_t chunk, int) {
                                   if (chunk == 3) throw std::runtime_error("no");
                                 }),
               std::runtime_error);
  std::atomic<int> total{0};
  pool.parallel_for(8, [&](int64_t, int) { total.fetch_add(1); });
  EXPECT_EQ(total.load(), 8);
}

/// Keeps a thread in a signal handler, which is how an operating system that gives it no time looks from outside.
class HeldUpThread {
 public:
  explicit HeldUpThread(pthread_t thread) {
    is_held = false;
    may_go = false;
    struct sigaction action {};
    action.sa_handler = [](int) {
      is_held = true;
      const timespec short_time{.tv_sec = 0, .tv_nsec = 1'000'000};
      while (!may_go) nanosleep(&short_time, nullptr);
      is_held = false;
    };
    sigaction(SIGUSR1, &action, &before_);
    pthread_kill(thread, SIGUSR1);
    while (!is_held) std::this_thread::yield();
  }
  ~HeldUpThread() {
    may_go = true;
    while (is_held) std::this_thread::yield();
    sigaction(SIGUSR1, &before_, nullptr);
  }

 private:
  static inline std::atomic<bool> is_held, may_go;
  struct sigaction before_ {};
};

/// The threads of a pool by their number; the caller's is the first.
std::vector<pthread_t> threads_of(ThreadPool& pool) {
  std::vector<pthread_t> threads(static_cast<size_t>(pool.num_threads()));
  std::atomic<int> num_here{0};
  pool.parallel_for(pool.num_threads(), [&](int64_t, int thread) {
    threads[static_cast<size_t>(thread)] = pthread_self();
    num_here.fetch_add(1);
    while (num_here.load() < pool.num_threads()) std::this_thread::yield();
  });
  return threads;
}

TEST(ThreadPool, ALoopEndsWithItsChunksAndDoesNotWaitForALateWorker) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "this sanitizer puts off signals to sleeping threads";
#endif
  ThreadPool pool(3);
  std::atomic<int> total{0};
  std::future<void> loop;  // outlives `late`: a loop that waits for the worker can then end, and the test fails
  {
    const HeldUpThread late(threads_of(pool)[1]);
    for (const int64_t chunks : {2, 3, 100}) {
      total = 0;
      loop =
          std::async(std::launch::async, [&] { pool.parallel_for(chunks, [&](int64_t, int) { total.fetch_add(1); }); });
      const bool ended = loop.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
      EXPECT_TRUE(ended);
      if (!ended) break;
      EXPECT_EQ(total.load(), chunks);
    }
  }
  total = 0;
  pool.parallel_for(7, [&](int64_t, int) { total.fetch_add(1); });
  EXPECT_EQ(total.load(), 7);
}

// Every loop has data of its own on the caller's stack, so a worker that came late and took the loop before for the
// present one would be seen (by the sanitizers, or by a wrong sum).
TEST(ThreadPool, LateWorkersNeverTouchALoopThatIsOver) {
  ThreadPool pool(4);
  for (int64_t round = 0; round < 20000; ++round) {
    const int64_t chunks = 2 + round % 5;
    std::vector<int64_t> squares(static_cast<size_t>(chunks));
    pool.parallel_for(chunks, [&, round](int64_t chunk, int) {
      squares[static_cast<size_t>(chunk)] = round * chunk;
      if (round % 64 == 0 && chunk == 1) std::this_thread::yield();
    });
    for (int64_t chunk = 0; chunk < chunks; ++chunk)
      ASSERT_EQ(squares[static_cast<size_t>(chunk)], round * chunk) << round;
  }
}

TEST(ThreadPool, LoopsWithLongPausesBetweenThemFindTheSleepingWorkers) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than workers spin
    EXPECT_EQ(threads_of(pool).size(), 3u);                     // ends only when every thread has a chunk
  }
}

}  // namespace
}  // namespace vitrine
