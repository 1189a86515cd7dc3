// What attention and the loss may hold at once, by the meter of tensor memory.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "autograd/execution_context.h"
#include "core/memory.h"
#include "ops/attention.h"
#include "ops/cross_entropy.h"

namespace vitrine::ops {
namespace {

using autograd::Variable;

Tensor zeros(const Shape& shape, DType dtype = DType::kF32) {
  const Tensor tensor = Tensor::empty(shape, dtype);
  std::memset(tensor.data(), 0, static_cast<size_t>(tensor.num_bytes()));
  return tensor;
}

/// The most tensor memory that is in use during `work`, beyond what was in use before.
int64_t peak_bytes_of(const std::function<void()>& work) {
  reset_peak_memory();
  const int64_t before = memory_use().in_use_bytes;
  work();
  return memory_use().peak_bytes - before;
}

TEST(Memory, AttentionHoldsNoMatrixOfAllPairs) {
  constexpr int64_t kTokens = 2048, kHeads = 2, kHeadWidth = 16;
  constexpr int64_t kPairBytes = 2 * kTokens * kTokens;  // of one head, even if they were held in 16 bits
  const autograd::Runtime runtime(2);
  const auto input = [] { return autograd::leaf(zeros({1, kTokens, kHeads * kHeadWidth})); };
  const Variable q = input(), k = input(), v = input();
  autograd::ExecutionContext context = runtime.execution_context();
  autograd::Tape tape;
  context.tape = &tape;
  Variable y;
  const int64_t forward_bytes =
      peak_bytes_of([&] { y = attention(context, q, k, v, {.head_width = kHeadWidth}); });
  const int64_t backward_bytes = peak_bytes_of([&] {
    y.gradient->adopt(zeros(y.shape()));
    tape.run_backward(context);
  });
  EXPECT_GE(forward_bytes, y.data.num_bytes()) << "the meter sees at least the output";
  EXPECT_LT(forward_bytes, kPairBytes / 2);
  EXPECT_GE(backward_bytes, 3 * y.data.num_bytes()) << "and three gradients";
  EXPECT_LT(backward_bytes, kPairBytes / 2);
}

TEST(Memory, CrossEntropyNeverHoldsAllLogits) {
  constexpr int64_t kRows = 4096, kVocabulary = 16384, kWidth = 8;
  constexpr int64_t kLogitBytes = 4 * kRows * kVocabulary;
  const autograd::Runtime runtime(2);
  const Variable x = autograd::leaf(zeros({kRows, kWidth}));
  autograd::Parameter head;
  head.name = "head";
  head.weight = autograd::Weight(zeros({kVocabulary, kWidth}));
  const Tensor targets = zeros({kRows}, DType::kI32);
  for (const bool records : {false, true}) {
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Tape tape;
    if (records) context.tape = &tape;
    double loss = 0;
    const int64_t bytes = peak_bytes_of([&] { loss = linear_cross_entropy(context, x, head, targets, 1).loss_sum; });
    EXPECT_NEAR(loss, kRows * std::log(static_cast<double>(kVocabulary)), 1);
    EXPECT_GE(bytes, 4 * kRows) << "the meter sees at least the losses";
    EXPECT_LT(bytes, kLogitBytes / 3);
  }
}

}  // namespace
}  // namespace vitrine::ops
