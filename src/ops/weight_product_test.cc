// Weights in the form of their file: in exact mode they give the bits that their values give, forwards and backwards.
#include "ops/weight_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "core/blocks.h"
#include "core/rng.h"
#include "kernels/kernel_sets.h"
#include "ops/embedding.h"
#include "ops/linear.h"

namespace vitrine::ops {
namespace {

using autograd::Runtime;

Tensor random_tensor(const Shape& shape, uint64_t seed) {
  const Tensor tensor = Tensor::empty(shape);
  Rng rng(seed, 9);
  for (float& value : tensor.floats()) value = static_cast<float>(rng.next_normal());
  return tensor;
}

/// The same weight twice: in blocks whose rows lie in another order, and as f32.
struct TwoForms {
  Parameter stored, plain;
  TwoForms(DType dtype, int64_t n, int64_t k, uint64_t seed) {
    const Tensor values = random_tensor({n, k}, seed), rows = Tensor::empty({n, k}, dtype);
    Rng rng(seed, 8);
    if (find_block_format(dtype)->quantize != nullptr) {
      quantize(dtype, values.floats(), {rows.data(), static_cast<size_t>(rows.num_bytes())});
    } else {  // random bits under small scales
      for (int64_t i = 0; i < rows.num_bytes(); ++i) rows.data()[i] = static_cast<std::byte>(rng.next_below(256));
      const BlockFormat& format = *find_block_format(dtype);
      for (int64_t at = 0; at < rows.num_bytes(); at += dtype_block_bytes(dtype))
        for (const int offset : {format.scale_offset, format.minimum_offset})
          if (const uint16_t half = f16_from_f32(0.01f); offset >= 0) std::memcpy(rows.data() + at + offset, &half, 2);
    }
    autograd::StoredWeight weight{.rows = rows};
    for (int64_t i = 0; i < n; ++i) weight.row_order.push_back(static_cast<int32_t>((i * 3 + 1) % n));
    stored.weight.assign(weight);
    stored.trainable = plain.trainable = false;
    plain.weight.assign(stored.weight.values());
  }
};

constexpr DType kTypes[] = {DType::kF16,  DType::kBF16, DType::kQ8_0, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,
                            DType::kQ5_1, DType::kQ2_K, DType::kQ3_K, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.num_bytes() == b.num_bytes() && std::memcmp(a.data(), b.data(), static_cast<size_t>(a.num_bytes())) == 0;
}

class WeightForms : public ::testing::TestWithParam<KernelSet> {
 protected:
  Runtime runtime(int threads, Precision precision) const {
    Runtime runtime(threads, kernel_set_name(GetParam()));
    runtime.set_precision(precision);
    return runtime;
  }
};

TEST_P(WeightForms, ExactProductsGiveTheBitsOfTheValues) {
  const Runtime exact = runtime(3, Precision::kExact);
  for (const DType dtype : kTypes) {
    const int64_t k = 1024 + 256, n = 71;
    const TwoForms weight(dtype, n, k, 5);
    const Tensor bias = random_tensor({n}, 6);
    Parameter shift;
    shift.weight = autograd::Weight(bias);
    for (const int64_t m : {1, 7, 200}) {
      autograd::ExecutionContext context = exact.execution_context();
      const Variable x = autograd::constant(random_tensor({m, k}, 7)),
                     rest = autograd::constant(random_tensor({m, n}, 8));
      const Tensor got = linear(context, x, weight.stored, &shift, &rest).data;
      EXPECT_TRUE(same_bits(got, linear(context, x, weight.plain, &shift, &rest).data)) << dtype_name(dtype) << m;
    }
  }
}

TEST_P(WeightForms, GradientsOfTheInputAreThoseOfTheValuesInEitherPrecision) {
  for (const Precision precision : {Precision::kExact, Precision::kFast}) {
    const Runtime some = runtime(2, precision);
    for (const DType dtype : kTypes) {
      const TwoForms weight(dtype, 67, 512, 15);
      Tensor gradients[2][3];
      for (const bool is_stored : {false, true}) {
        autograd::ExecutionContext context = some.execution_context();
        autograd::Tape tape;
        context.tape = &tape;
        const Parameter& parameter = is_stored ? weight.stored : weight.plain;
        const Variable x = autograd::leaf(random_tensor({9, 512}, 16)),
                       gate = autograd::leaf(random_tensor({9, 512}, 17));
        const Variable up = autograd::leaf(random_tensor({9, 512}, 18));
        const Variable y = linear(context, x, parameter), z = swiglu_linear(context, gate, up, parameter);
        y.gradient->adopt(random_tensor({9, 67}, 19));
        z.gradient->adopt(random_tensor({9, 67}, 20));
        tape.run_backward(context);
        int i = 0;
        for (const Variable* input : {&x, &gate, &up}) gradients[is_stored][i++] = input->gradient->value().clone();
      }
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(gradients[0][i], gradients[1][i])) << dtype_name(dtype) << i;
    }
  }
}

TEST_P(WeightForms, MapsThatTrainBelowBlocksHaveTheGradientsOfFiniteDifferences) {
  // loss = sum(c * W(B(A x))), the path of an adapter's gradient through a frozen W.
  const Runtime exact = runtime(2, Precision::kExact);
  for (const DType dtype : {DType::kQ8_0, DType::kQ4_K}) {
    const int64_t rank = 2, width = 256, out = 19;
    const TwoForms frozen(dtype, out, width, 61);
    Parameter a, b;
    a.weight = autograd::Weight(random_tensor({rank, 8}, 62)),
    b.weight = autograd::Weight(random_tensor({width, rank}, 63));
    const Tensor x = random_tensor({3, 8}, 64), c = random_tensor({3, out}, 65);
    const Tensor values = frozen.stored.weight.values();
    // The loss in f64, from the values of the blocks.
    const auto loss = [&] {
      double sum = 0;
      for (int64_t row = 0; row < 3; ++row) {
        std::vector<double> low(static_cast<size_t>(rank)), wide(static_cast<size_t>(width));
        for (int64_t r = 0; r < rank; ++r)
          for (int64_t i = 0; i < 8; ++i)
            low[static_cast<size_t>(r)] +=
                static_cast<double>(a.data().f32()[r * 8 + i]) * static_cast<double>(x.f32()[row * 8 + i]);
        for (int64_t w = 0; w < width; ++w)
          for (int64_t r = 0; r < rank; ++r)
            wide[static_cast<size_t>(w)] +=
                static_cast<double>(b.data().f32()[w * rank + r]) * low[static_cast<size_t>(r)];
        for (int64_t o = 0; o < out; ++o)
          for (int64_t w = 0; w < width; ++w)
            sum += static_cast<double>(c.f32()[row * out + o]) * static_cast<double>(values.f32()[o * width + w]) *
                   wide[static_cast<size_t>(w)];
      }
      return sum;
    };
    autograd::ExecutionContext context = exact.execution_context();
    autograd::Tape tape;
    context.tape = &tape;
    const Variable y = linear(context, linear(context, linear(context, autograd::constant(x), a), b), frozen.stored);
    y.gradient->adopt(c.clone());
    tape.run_backward(context);
    for (Parameter* const parameter : {&a, &b}) {
      const std::span<float> weights = parameter->data().floats();
      const std::span<const float> gradient = parameter->gradient->value().floats();
      for (size_t i = 0; i < weights.size(); i += 7) {
        const float kept = weights[i], step = 1.0f / 16;  // the loss is linear in each, so that any step will do
        weights[i] = kept + step;
        const double above = loss();
        weights[i] = kept - step;
        const double difference = (above - loss()) / static_cast<double>(2 * step);
        weights[i] = kept;
        EXPECT_NEAR(static_cast<double>(gradient[i]), difference, 1e-3 * (std::abs(difference) + 1))
            << dtype_name(dtype) << i;
      }
    }
    EXPECT_FALSE(frozen.stored.gradient->has_value());
  }
}

TEST_P(WeightForms, FastProductsStayNearTheExactOnes) {
  const Runtime fast = runtime(2, Precision::kFast), exact = runtime(2, Precision::kExact);
  for (const DType dtype : kTypes) {
    const TwoForms weight(dtype, 40, 2048, 25);
    autograd::ExecutionContext quick = fast.execution_context(), careful = exact.execution_context();
    const Variable x = autograd::constant(random_tensor({3, 2048}, 26));
    const Tensor got = linear(quick, x, weight.stored).data, wanted = linear(careful, x, weight.stored).data;
    double error = 0, norm = 0;
    for (int64_t i = 0; i < got.num_elements(); ++i) {
      error += std::pow(static_cast<double>(got.f32()[i] - wanted.f32()[i]), 2);
      norm += std::pow(static_cast<double>(wanted.f32()[i]), 2);
    }
    EXPECT_LT(std::sqrt(error / norm), 0.01) << dtype_name(dtype);
    EXPECT_TRUE(!is_block_dtype(dtype) || !same_bits(got, wanted)) << dtype_name(dtype);
  }
}

TEST_P(WeightForms, MapsOfOneInputTogetherGiveWhatEachGivesAlone) {
  for (const Precision precision : {Precision::kExact, Precision::kFast}) {
    const Runtime some = runtime(2, precision);
    autograd::ExecutionContext context = some.execution_context();
    const TwoForms a(DType::kQ4_K, 33, 256, 31), b(DType::kQ6_K, 16, 256, 32), c(DType::kF16, 5, 256, 33);
    const Variable x = autograd::constant(random_tensor({2, 3, 256}, 34));
    const LinearWeights maps[] = {{&a.stored}, {&b.stored}, {&c.stored}, {&a.plain}, {&b.stored}, {&a.stored}};
    const std::vector<Variable> together = linear_each(context, x, maps);
    for (size_t i = 0; i < together.size(); ++i) {
      EXPECT_EQ(together[i].shape(), (Shape{2, 3, maps[i].weight->shape()[0]}));
      EXPECT_TRUE(same_bits(together[i].data, linear(context, x, *maps[i].weight).data)) << i;
    }
  }
}

TEST(StoredTables, EmbeddingReadsTheRowsOfTheValues) {
  const Runtime runtime(2);
  for (const DType dtype : kTypes) {
    const TwoForms table(dtype, 11, 256, 41), positions(dtype, 7, 256, 42);
    autograd::ExecutionContext context = runtime.execution_context();
    const Tensor ids = Tensor::from_ints({2, 2}, std::vector<int32_t>{3, 10, 0, 3});
    const Tensor places = Tensor::from_ints({2, 2}, std::vector<int32_t>{0, 6, 5, 1});
    EXPECT_TRUE(same_bits(embedding(context, ids, table.stored).data, embedding(context, ids, table.plain).data));
    EXPECT_TRUE(same_bits(embedding(context, ids, table.stored, places, &positions.stored).data,
                          embedding(context, ids, table.plain, places, &positions.plain).data));
    const Tensor outside = Tensor::from_ints({1, 1}, std::vector<int32_t>{11});
    EXPECT_THROW(embedding(context, outside, table.stored), Error);
  }
}

TEST(StoredWeights, SayWhatTheyAreWhenValuesAreWanted) {
  const TwoForms weight(DType::kQ4_1, 4, 32, 51);
  try {
    weight.stored.data();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("q4_1"), std::string::npos);
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
  EXPECT_THROW(autograd::Weight::of_shape({3, 3}).data(), Error);
}

INSTANTIATE_TEST_SUITE_P(KernelSets, WeightForms, ::testing::ValuesIn(kernels::available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

}  // namespace
}  // namespace vitrine::ops
