#include "base/look_ahead.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/thread_pool.h"

namespace vitrine {
namespace {

using Starts = std::vector<const std::byte*>;

const std::byte* place(uintptr_t number) { return reinterpret_cast<const std::byte*>(number * 64); }

TEST(LookAhead, TheSecondTimeItKnowsWhatFollows) {
  LookAhead ahead;
  const std::vector<Starts> step = {{place(1), place(2)}, {place(30), place(40)}, {place(500), place(600)}};
  for (const Starts& starts : step) EXPECT_EQ(ahead.follow(starts)[1], nullptr);
  for (int repetition = 0; repetition < 2; ++repetition)
    for (size_t i = 0; i < step.size(); ++i) {
      const LookAhead::Places next = ahead.follow(step[i]);
      const Starts& wanted = step[(i + 1) % step.size()];
      // Behind the last the first was seen only once the second step had begun.
      EXPECT_EQ(next[0], wanted[0]);
      EXPECT_EQ(next[1], wanted[1]);
    }
}

TEST(LookAhead, WhatFollowsIsWhatFollowedLast) {
  LookAhead ahead;
  const Starts a{place(1)}, b{place(2)}, c{place(3)};
  for (const Starts* starts : {&a, &b, &a, &c}) ahead.follow(*starts);
  EXPECT_EQ(ahead.follow(a)[0], place(3));
}

TEST(LookAhead, ManyPlacesNeverGiveAPlaceThatWasNotSaid) {
  LookAhead ahead;
  for (uintptr_t number = 1; number < 5000; ++number)
    for (const std::byte* next : ahead.follow(Starts{place(number)})) EXPECT_EQ(next, nullptr) << number;
  for (uintptr_t number = 1; number < 5000; ++number) {
    const std::byte* const next = ahead.follow(Starts{place(number)})[0];
    EXPECT_TRUE(next == nullptr || next == place(number + 1)) << number;
  }
  EXPECT_EQ(ahead.follow({})[0], nullptr);
}

TEST(ThreadPool, PlacesThatAreNoMemoryDoNoHarm) {
  ThreadPool pool(3);
  int64_t sum = 0;
  for (int round = 0; round < 200; ++round) {
    const Starts starts = {place(round % 7), place(1000), nullptr, place(123456789)};
    pool.begin_reading(starts);
    std::vector<int64_t> found(64);
    pool.parallel_for(64, [&](int64_t chunk, int) { found[static_cast<size_t>(chunk)] = chunk; });
    for (const int64_t each : found) sum += each;
  }
  EXPECT_EQ(sum, 200 * 63 * 64 / 2);
}

}  // namespace
}  // namespace vitrine
