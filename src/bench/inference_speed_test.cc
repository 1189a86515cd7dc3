#include "bench/inference_speed.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::bench {
namespace {

class InferenceRows : public ::testing::Test {
 protected:
  std::vector<InferenceSpeed> measure(const InferenceObserver& observer) {
    return measure_inference_speed(
        model_, runtime_, {.prompts = {4, 500}, .contexts = {8}, .batches = {1, 2}, .tokens = 2, .repetitions = 1},
        observer);
  }

  nn::Transformer model_{{.vocab_size = 32,
                          .width = 32,
                          .layers = 1,
                          .heads = 2,
                          .key_heads = 1,
                          .head_width = 16,
                          .hidden_width = 32,
                          .context_length = 64},
                         1};
  autograd::Runtime runtime_{1};
};

TEST_F(InferenceRows, ObserverIsToldOfEveryRowBeforeAndAfterItIsMeasured) {
  std::vector<size_t> begun;
  std::vector<InferenceSpeed> finished;
  const std::vector<InferenceSpeed> rows = measure({.on_begin =
                                                        [&](const InferenceSpeed& row, size_t number, size_t count) {
                                                          EXPECT_EQ(finished.size(), number - 1);
                                                          EXPECT_EQ(count, 4u);  // the prompt of 500 does not fit
                                                          EXPECT_EQ(row.writes, number > 2);
                                                          EXPECT_EQ(row.context, number > 2 ? 8 : 0);
                                                          EXPECT_EQ(row.batch, number % 2 == 1 ? 1 : 2);
                                                          begun.push_back(number);
                                                        },
                                                    .on_row = [&](const auto& row) { finished.push_back(row); },
                                                    .should_stop = {}});
  EXPECT_EQ(begun, (std::vector<size_t>{1, 2, 3, 4}));
  ASSERT_EQ(rows.size(), 4u);
  ASSERT_EQ(finished.size(), 4u);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_GT(rows[i].tokens_per_second, 0);
    EXPECT_EQ(rows[i].tokens_per_second, finished[i].tokens_per_second);
  }
}

TEST_F(InferenceRows, StoppedAnywhereItEndsAsInterruptedWithTheRowsThatAreFinished) {
  for (const size_t stop_in : {1u, 3u}) {
    size_t at = 0;
    std::vector<InferenceSpeed> finished;
    try {
      measure({.on_begin = [&](const InferenceSpeed&, size_t number, size_t) { at = number; },
               .on_row = [&](const auto& row) { finished.push_back(row); },
               .should_stop = [&] { return at == stop_in; }});
      ADD_FAILURE() << "it was not stopped";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
    }
    EXPECT_EQ(finished.size(), stop_in - 1);
  }
}

}  // namespace
}  // namespace vitrine::bench
