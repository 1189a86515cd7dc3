#include "eval/text_windows.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"

namespace vitrine::eval {
namespace {

std::vector<int32_t> counted(int64_t count) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), 100);
  return ids;
}

TEST(TextWindows, SlidingWindowsCountEveryTokenOnceInOrderWithEnoughBeforeIt) {
  for (const int64_t total : {2, 3, 7, 8, 9, 15, 16, 17, 100})
    for (const int64_t length : {2, 3, 8, 16, 200})
      for (int64_t stride = 1; stride < std::min<int64_t>(length, 9); ++stride)
        for (const int start : {0, 1, 2}) {
          WindowOptions options{.length = length, .stride = stride, .start_everywhere = start == 2};
          if (start > 0) options.start = 7;
          if (start == 2 && length < 3) continue;
          int32_t next = start > 0 ? 100 : 101;
          for (const TextWindow& window : make_windows(counted(total), options)) {
            ASSERT_LE(static_cast<int64_t>(window.ids.size()), length);
            ASSERT_GE(window.first_target, 1);
            const bool at_start = window.ids.front() == 100 || (window.ids.front() == 7 && window.ids[1] == 100);
            if (!at_start) {
              ASSERT_GE(window.first_target, length - stride);
            }
            const bool is_first = next == (start > 0 ? 100 : 101);
            if (start == 2 || (start == 1 && is_first)) {
              ASSERT_EQ(window.ids.front(), 7);
            } else if (start == 0 || !at_start) {
              ASSERT_NE(window.ids.front(), 7);
            }
            for (size_t i = static_cast<size_t>(window.first_target); i < window.ids.size(); ++i)
              ASSERT_EQ(window.ids[i], next++);
          }
          ASSERT_EQ(next, 100 + total) << total << " " << length << " " << stride << " " << start;
        }
}

TEST(TextWindows, HalvesCountTheSecondHalfOfEachPiece) {
  const auto windows = make_windows(counted(25), {.scheme = WindowScheme::kHalves, .length = 8});
  ASSERT_EQ(windows.size(), 3u) << "the rest is left out";
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(windows[i].ids.front(), 100 + 8 * static_cast<int32_t>(i));
    EXPECT_EQ(windows[i].num_targets(), 3) << "the last three of eight, as llama-perplexity has it";
  }
  const auto started =
      make_windows(counted(25), {.scheme = WindowScheme::kHalves, .length = 8, .start = 7, .start_everywhere = true});
  ASSERT_EQ(started.size(), 3u);
  EXPECT_EQ(started[0].ids[1], 100) << "before the text";
  EXPECT_EQ(started[1].ids[0], 7) << "in the place of the first";
  EXPECT_EQ(started[1].ids[1], 108);
}

TEST(TextWindows, WhatCannotBeCutIsRefused) {
  EXPECT_THROW(make_windows(counted(1), {}), Error);
  EXPECT_THROW(make_windows(counted(0), {.start = 7}), Error);
  EXPECT_THROW(make_windows(counted(7), {.scheme = WindowScheme::kHalves, .length = 8}), Error);
  EXPECT_THROW(make_windows(counted(9), {.length = 8, .stride = 8}), Error);
  EXPECT_THROW(make_windows(counted(9), {.length = 8, .stride = 0}), Error);
  EXPECT_THROW(make_windows(counted(9), {.length = 1, .stride = 1}), Error);
}

}  // namespace
}  // namespace vitrine::eval
