#include "kernels/quantized_gemm.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "core/blocks.h"
#include "core/rng.h"
#include "kernels/cpu/quantized_kernels.h"
#include "kernels/embedding.h"
#include "kernels/kernel_sets.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {
namespace {

constexpr DType kTypes[] = {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                            DType::kQ2_K, DType::kQ3_K, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

/// Those and 16-bit values, as far as a set multiplies by them.
std::vector<DType> types_of(KernelSet set) {
  std::vector<DType> types(std::begin(kTypes), std::end(kTypes));
  for (const DType dtype : {DType::kF16, DType::kBF16})
    if (multiplies_panels_of(set, dtype)) types.push_back(dtype);
  return types;
}

/// A weight of random bits under moderate scales of both signs, and its values; 16-bit ones are moderate themselves.
class Weight {
 public:
  Weight(DType dtype, int64_t n, int64_t k, uint64_t seed)
      : dtype_(dtype), n_(n), k_(k), bytes_(static_cast<size_t>(storage_bytes(dtype, n * k))) {
    Rng rng(seed, 3, 5);
    const BlockFormat& format = *find_block_format(dtype);
    if (!is_block_dtype(dtype)) {
      std::vector<float> values(static_cast<size_t>(n * k));
      for (float& value : values) value = static_cast<float>(rng.next_normal()) * 0.5f;
      quantize(dtype, values, bytes_);
    } else {
      for (std::byte& byte : bytes_) byte = static_cast<std::byte>(rng.next_below(256));
    }
    const auto block_bytes = static_cast<size_t>(dtype_block_bytes(dtype));
    for (size_t at = 0; at < bytes_.size(); at += block_bytes)
      for (const int offset : {format.scale_offset, format.minimum_offset}) {
        if (offset < 0) continue;
        const uint16_t half = f16_from_f32(static_cast<float>(rng.next_normal()) * 0.02f);
        std::memcpy(bytes_.data() + at + static_cast<size_t>(offset), &half, 2);
      }
    values_.resize(static_cast<size_t>(n * k));
    dequantize(dtype, bytes_, values_);
  }
  StoredMatrix stored() const { return {.dtype = dtype_, .n = n_, .k = k_, .data = bytes_.data()}; }
  float value(int64_t row, int64_t column) const { return values_[static_cast<size_t>(row * k_ + column)]; }
  const std::vector<float>& values() const { return values_; }

 private:
  DType dtype_;
  int64_t n_, k_;
  std::vector<std::byte> bytes_;
  std::vector<float> values_;
};

/// Rows with a gap between them; neighbouring blocks differ much in magnitude.
struct Rows {
  int64_t m, k, stride;
  std::vector<float> memory;
  Rows(int64_t rows, int64_t columns, uint64_t seed) : m(rows), k(columns), stride(columns + 3) {
    memory.assign(static_cast<size_t>(rows * stride + 1), 7.0f);
    Rng rng(seed, 1, 2);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        memory[static_cast<size_t>(1 + i * stride + j)] =
            static_cast<float>(rng.next_normal()) * (j / 32 % 3 == 1 ? 20.0f : 0.5f);
  }
  const float* data() const { return memory.data() + 1; }
  float at(int64_t i, int64_t j) const { return data()[i * stride + j]; }
};

struct Runner {
  ThreadPool pool;
  Arena arena;
  KernelSet set;
  Runner(KernelSet kernel_set, int threads) : pool(threads), set(kernel_set) {}
  KernelContext context() { return {.pool = &pool, .arena = &arena, .kernel_set = set}; }
  bool is_sensitive = false;
  int64_t prompt_rows = 0;
  std::vector<float> multiply(const Weight& weight, const Rows& x, const float* bias = nullptr,
                              const float* residual = nullptr) {
    const KernelContext ctx = context();
    const QuantizedMatrix matrix(ctx, weight.stored());
    const int64_t n = matrix.n();
    std::vector<float> c(static_cast<size_t>(x.m * n), std::nanf(""));
    const QuantizedProduct product{.weight = &matrix,
                                   .c = c.data(),
                                   .c_row_stride = n,
                                   .bias = bias,
                                   .residual = residual,
                                   .residual_row_stride = n,
                                   .is_sensitive = is_sensitive};
    quantized_gemm(ctx, {.m = x.m,
                         .k = x.k,
                         .x = x.data(),
                         .x_row_stride = x.stride,
                         .products = {&product, 1},
                         .prompt_rows = prompt_rows});
    return c;
  }
};

/// A row of x as its contract rounds it.
struct RoundedRow {
  std::vector<double> values, half_steps;
};
RoundedRow rounded(const Rows& x, int64_t row) {
  RoundedRow result;
  for (int64_t block = 0; block < x.k; block += 32) {
    float most = 0;
    for (int64_t j = block; j < block + 32; ++j) most = std::max(most, std::fabs(x.at(row, j)));
    const float scale = most / 127.0f, inverse = most > 0 ? 127.0f / most : 0.0f;
    for (int64_t j = block; j < block + 32; ++j) {
      result.values.push_back(static_cast<double>(scale) * std::nearbyint(x.at(row, j) * inverse));
      result.half_steps.push_back(0.5001 * static_cast<double>(scale));
    }
  }
  return result;
}

int64_t shortest_row(DType dtype) { return std::max<int64_t>(cpu::kBlock, dtype_block_elements(dtype)); }

class QuantizedGemm : public ::testing::TestWithParam<KernelSet> {};

TEST_P(QuantizedGemm, MatchesTheF64ProductWithRoundedRowsAndStaysWithinTheRounding) {
  Runner runner(GetParam(), 2);
  for (const DType dtype : kTypes)
    for (const auto& [m, n, blocks] : {std::array<int64_t, 3>{1, 1, 1}, {1, 37, 3}, {3, 16, 2}, {19, 50, 5}}) {
      SCOPED_TRACE(std::string(dtype_name(dtype)) + " " + std::to_string(m) + "x" + std::to_string(n));
      const int64_t k = blocks * shortest_row(dtype);
      const Weight weight(dtype, n, k, 11);
      const Rows x(m, k, 12);
      const std::vector<float> bias(Rows(1, n, 13).memory), residual(Rows(m, n, 14).memory);
      const std::vector<float> got = runner.multiply(weight, x, bias.data(), residual.data());
      for (int64_t i = 0; i < m; ++i) {
        const RoundedRow row = rounded(x, i);
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0, exact = 0, magnitude = 0, bound = 0;
          for (int64_t l = 0; l < k; ++l) {
            const double w = weight.value(j, l), product = w * row.values[static_cast<size_t>(l)];
            sum += product;
            magnitude += std::fabs(product);
            exact += w * static_cast<double>(x.at(i, l));
            bound += std::fabs(w) * row.half_steps[static_cast<size_t>(l)];
          }
          const double added = static_cast<double>(bias[static_cast<size_t>(j)]) +
                               static_cast<double>(residual[static_cast<size_t>(i * n + j)]);
          const double value = static_cast<double>(got[static_cast<size_t>(i * n + j)]) - added;
          // Minimums and offsets are added apart: what cancels between them counts in the magnitude.
          ASSERT_NEAR(value, sum, 4e-6 * (magnitude + 50)) << i << " " << j;
          ASSERT_NEAR(value, exact, bound + 4e-6 * (magnitude + 50)) << i << " " << j;
        }
      }
    }
}

/// The value of a float's upper half, to nearest even.
double halved(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
}

TEST_P(QuantizedGemm, ValuesOf16BitsMatchTheF64ProductWithRowsAsTheirKernelsTakeThem) {
  Runner runner(GetParam(), 2);
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    if (!multiplies_panels_of(GetParam(), dtype)) {
      const KernelContext ctx = runner.context();
      const Weight weight(dtype, 1, 32, 11);
      const QuantizedMatrix matrix(ctx, weight.stored());
      const QuantizedProduct product{.weight = &matrix};
      EXPECT_THROW(quantized_gemm(ctx, {.m = 1, .k = 32, .products = {&product, 1}}), Error);
      continue;
    }
    const cpu::InputForm form =
        cpu::quantized_kernels(GetParam()).formats[cpu::panel_format_index(dtype)].input;
    EXPECT_TRUE(form == cpu::InputForm::kFloats || (form == cpu::InputForm::kHalves && dtype == DType::kBF16));
    for (const auto& [m, n, blocks] :
         {std::array<int64_t, 3>{1, 1, 1}, {1, 37, 3}, {3, 16, 2}, {13, 50, 5}, {19, 50, 5}, {70, 40, 67}}) {
      SCOPED_TRACE(std::string(dtype_name(dtype)) + " " + std::to_string(m) + "x" + std::to_string(n));
      const int64_t k = blocks * 32;
      const Weight weight(dtype, n, k, 11);
      const Rows x(m, k, 12);
      const std::vector<float> bias(Rows(1, n, 13).memory), residual(Rows(m, n, 14).memory);
      const std::vector<float> got = runner.multiply(weight, x, bias.data(), residual.data());
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          double sum = static_cast<double>(bias[static_cast<size_t>(j)]) +
                       static_cast<double>(residual[static_cast<size_t>(i * n + j)]);
          double magnitude = std::fabs(sum);
          for (int64_t l = 0; l < k; ++l) {
            const double value = form == cpu::InputForm::kHalves ? halved(x.at(i, l)) : static_cast<double>(x.at(i, l));
            const double term = static_cast<double>(weight.value(j, l)) * value;
            sum += term;
            magnitude += std::fabs(term);
          }
          ASSERT_NEAR(static_cast<double>(got[static_cast<size_t>(i * n + j)]), sum, 2e-6 * magnitude) << i << " " << j;
        }
    }
  }
}

TEST_P(QuantizedGemm, ASensitiveProductKeepsEightMoreBitsOfItsRows) {
  Runner runner(GetParam(), 2);
  runner.is_sensitive = true;
  for (const DType dtype : kTypes)
    for (const int64_t m : {1, 3, 11}) {
      const int64_t k = 2 * shortest_row(dtype), n = 37;
      const Weight weight(dtype, n, k, 15);
      const Rows x(m, k, 16);
      const std::vector<float> got = runner.multiply(weight, x);
      for (int64_t i = 0; i < m; ++i) {
        const RoundedRow row = rounded(x, i);
        for (int64_t j = 0; j < n; ++j) {
          double exact = 0, magnitude = 0, bound = 0;
          for (int64_t l = 0; l < k; ++l) {
            const double w = weight.value(j, l);
            exact += w * static_cast<double>(x.at(i, l));
            magnitude += std::fabs(w * static_cast<double>(x.at(i, l)));
            bound += std::fabs(w) * row.half_steps[static_cast<size_t>(l)] / 128;  // at the ends, else / 256
          }
          ASSERT_NEAR(static_cast<double>(got[static_cast<size_t>(i * n + j)]), exact, bound + 4e-6 * (magnitude + 50))
              << dtype_name(dtype) << " " << m << ": " << i << " " << j;
        }
      }
    }
}

TEST_P(QuantizedGemm, ARowGivesTheSameBitsAloneAndInAnyBatchOnAnyNumberOfThreads) {
  Runner one(GetParam(), 1), three(GetParam(), 3);
  for (const DType dtype : types_of(GetParam())) {
    // In one pass or two, by type.
    one.is_sensitive = three.is_sensitive = dtype == DType::kQ8_0 || dtype == DType::kQ4_1 || dtype == DType::kQ6_K;
    const int64_t k = 2 * 1024 + shortest_row(dtype), n = 200;
    const Weight weight(dtype, n, k, 21);
    const Rows x(531, k, 22);
    const std::vector<float> all = three.multiply(weight, x);
    for (const int64_t m : {1, 2, 4, 5, 8, 9, 16, 17, 33}) {
      Rows some(m, k, 22);
      EXPECT_EQ(std::memcmp(one.multiply(weight, some).data(), all.data(), static_cast<size_t>(m * n) * 4), 0)
          << dtype_name(dtype) << " " << m;
    }
    Rows last(1, k, 22);
    std::copy_n(x.data() + 530 * x.stride, k, last.memory.data() + 1);
    EXPECT_EQ(std::memcmp(three.multiply(weight, last).data(), all.data() + 530 * n, static_cast<size_t>(n) * 4), 0)
        << dtype_name(dtype);
  }
}

TEST(QuantizedGemmSets, AgreeInEveryBitButThePortableOne) {
  std::vector<DType> types(std::begin(kTypes), std::end(kTypes));
  types.push_back(DType::kF16);
  for (const DType dtype : types) {
    const Weight weight(dtype, 70, 3 * shortest_row(dtype), 31);
    const Rows x(11, 3 * shortest_row(dtype), 32);
    std::vector<float> first;
    for (const KernelSet set : available_kernel_sets()) {
      if (!multiplies_panels_of(set, dtype)) continue;
      Runner runner(set, 2);
      runner.is_sensitive = dtype == DType::kQ8_0 || dtype == DType::kQ4_K;
      const std::vector<float> got = runner.multiply(weight, x);
      if (set == KernelSet::kPortable) continue;
      if (first.empty()) first = got;
      EXPECT_EQ(std::memcmp(got.data(), first.data(), got.size() * 4), 0) << dtype_name(dtype) << kernel_set_name(set);
    }
  }
}

TEST_P(QuantizedGemm, SeveralWeightsInOneCallGiveWhatEachGivesAlone) {
  Runner runner(GetParam(), 3);
  const int64_t k = 768;
  const bool has_values = multiplies_panels_of(GetParam(), DType::kF16);
  const Weight a(DType::kQ4_K, 48, k, 41), b(DType::kQ6_K, 17, k, 42), c(DType::kQ8_0, 33, k, 43),
      d(DType::kQ4_0, 5, k, 44), e(has_values ? DType::kF16 : DType::kQ5_0, 50, k, 45),
      f(has_values ? DType::kBF16 : DType::kQ5_1, 33, k, 46);
  for (const int64_t m : {1, 12, 40}) {
    const Rows x(m, k, 45);
    const KernelContext ctx = runner.context();
    std::vector<QuantizedMatrix> matrices;
    std::vector<std::vector<float>> results;
    for (const Weight* weight : {&a, &b, &c, &d, &e, &f}) {
      matrices.emplace_back(ctx, weight->stored());
      results.emplace_back(static_cast<size_t>(m * weight->stored().n));
    }
    std::vector<QuantizedProduct> products;
    for (size_t i = 0; i < matrices.size(); ++i)
      products.push_back({.weight = &matrices[i],
                          .c = results[i].data(),
                          .c_row_stride = matrices[i].n(),
                          .is_sensitive = i % 2 == 1});
    quantized_gemm(ctx, {.m = m, .k = k, .x = x.data(), .x_row_stride = x.stride, .products = products});
    size_t i = 0;
    for (const Weight* weight : {&a, &b, &c, &d, &e, &f}) {
      runner.is_sensitive = i % 2 == 1;
      EXPECT_EQ(runner.multiply(*weight, x), results[i++]) << m << " " << i;
    }
  }
}

TEST_P(QuantizedGemm, RowsInAnotherOrderLieWhereTheOrderSays) {
  Runner runner(GetParam(), 1);
  const Weight weight(DType::kQ4_1, 20, 64, 51);
  const Rows x(1, 64, 52);
  const std::vector<float> plain = runner.multiply(weight, x);
  std::vector<int32_t> order;
  for (int32_t i = 0; i < 20; ++i) order.push_back((i * 7 + 3) % 20);
  StoredMatrix stored = weight.stored();
  stored.row_order = order.data();
  const KernelContext ctx = runner.context();
  const QuantizedMatrix matrix(ctx, stored);
  std::vector<float> got(20);
  const QuantizedProduct product{.weight = &matrix, .c = got.data(), .c_row_stride = 20};
  quantized_gemm(ctx, {.m = 1, .k = 64, .x = x.data(), .x_row_stride = x.stride, .products = {&product, 1}});
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(got[i], plain[static_cast<size_t>(order[i])]);
}

TEST_P(QuantizedGemm, WhatIsNotFiniteReachesTheResult) {
  Runner runner(GetParam(), 1);
  for (const DType dtype : types_of(GetParam())) {
    if (dtype != DType::kQ8_0 && is_block_dtype(dtype)) continue;
    const Weight weight(dtype, 16, 64, 61);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      for (const int64_t m : {1, 3, 20}) {
        Rows x(m, 64, 62);
        x.memory[1 + 40] = bad;
        runner.is_sensitive = std::isinf(bad);
        const std::vector<float> got = runner.multiply(weight, x);
        for (size_t j = 0; j < 16; ++j) EXPECT_FALSE(std::isfinite(got[j])) << bad << dtype_name(dtype);
        for (size_t j = 16; j < got.size(); ++j) EXPECT_TRUE(std::isfinite(got[j])) << "other rows are not touched";
      }
  }
}

TEST_P(QuantizedGemm, RowsAreReadOutOfPanelsWithTheBitsOfTheFile) {
  Runner runner(GetParam(), 2);
  for (const DType dtype : types_of(GetParam())) {
    const int64_t n = 37, k = 1024 + shortest_row(dtype);
    const Weight weight(dtype, n, k, 75);
    const KernelContext ctx = runner.context();
    const QuantizedMatrix matrix(ctx, weight.stored());
    const std::vector<int32_t> ids{0, 36, 15, 16, 36};
    std::vector<float> rows(ids.size() * static_cast<size_t>(k), 1.0f);
    const EmbeddingArgs args{.ids = ids.data(), .num_ids = 5, .num_rows = n, .columns = k};
    for (const bool accumulate : {false, true}) {
      embedding_forward(ctx, args, matrix, rows.data(), accumulate);
      for (size_t i = 0; i < rows.size(); ++i) {
        const float value = weight.value(ids[i / static_cast<size_t>(k)], static_cast<int64_t>(i) % k);
        ASSERT_EQ(rows[i], accumulate ? value + value : value) << dtype_name(dtype) << ' ' << i;
      }
    }
    const int32_t beyond = 37;
    EXPECT_THROW(embedding_forward(ctx, {.ids = &beyond, .num_ids = 1, .num_rows = n, .columns = k}, matrix,
                                   rows.data(), false),
                 Error);
  }
}

TEST_P(QuantizedGemm, RowsOfPromptsMatchTheF64ProductOfValuesRoundedToHalves) {
  Runner runner(GetParam(), 2);
  if (!reads_prompts_otherwise(runner.context())) return;  // OnlyTheRowsOfPromptsAreReadAsPrompts says that nothing changes
  for (const DType dtype : types_of(GetParam()))
    for (const auto& [m, n, blocks] : {std::array<int64_t, 3>{1, 1, 1}, {17, 37, 3}, {33, 16, 2}, {70, 50, 20}})
      for (const bool is_sensitive : {false, true}) {
        SCOPED_TRACE(std::string(dtype_name(dtype)) + " " + std::to_string(m) + "x" + std::to_string(n));
        const int64_t k = blocks * shortest_row(dtype);
        const Weight weight(dtype, n, k, 81);
        const Rows x(m, k, 82);
        const std::vector<float> bias(Rows(1, n, 83).memory), residual(Rows(m, n, 84).memory);
        runner.is_sensitive = is_sensitive;
        runner.prompt_rows = m;
        const std::vector<float> got = runner.multiply(weight, x, bias.data(), residual.data());
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            double sum = static_cast<double>(bias[static_cast<size_t>(j)]) +
                         static_cast<double>(residual[static_cast<size_t>(i * n + j)]);
            double magnitude = std::fabs(sum), step = 0;
            for (int64_t l = 0; l < k; ++l) {
              const double product = halved(weight.value(j, l)) * halved(x.at(i, l));
              sum += product;
              magnitude += std::fabs(product);
              step = std::max(step, std::fabs(product));
            }
            // A value next to the middle of two halves may go to either: its scale is applied in another order.
            ASSERT_NEAR(static_cast<double>(got[static_cast<size_t>(i * n + j)]), sum, 4e-6 * magnitude + step / 128)
                << i << " " << j;
          }
      }
}

TEST_P(QuantizedGemm, ARowOfAPromptGivesTheSameBitsAloneAndInAnyBatchOnAnyNumberOfThreads) {
  Runner one(GetParam(), 1), three(GetParam(), 3);
  for (const DType dtype : types_of(GetParam())) {
    one.is_sensitive = three.is_sensitive = dtype == DType::kQ8_0 || dtype == DType::kQ4_1 || dtype == DType::kQ6_K;
    const int64_t k = 1024 + shortest_row(dtype), n = 600;
    const Weight weight(dtype, n, k, 91);
    const Rows x(531, k, 92);
    one.prompt_rows = three.prompt_rows = 531;
    const std::vector<float> all = three.multiply(weight, x);
    for (const int64_t m : {1, 2, 15, 16, 17, 33, 100}) {
      one.prompt_rows = m;
      const std::vector<float> some = one.multiply(weight, Rows(m, k, 92));
      EXPECT_EQ(std::memcmp(some.data(), all.data(), static_cast<size_t>(m * n) * 4), 0) << dtype_name(dtype) << m;
    }
  }
}

TEST_P(QuantizedGemm, OnlyTheRowsOfPromptsAreReadAsPrompts) {
  Runner runner(GetParam(), 2);
  const Weight weight(DType::kQ4_K, 70, 512, 95);
  const Rows x(40, 512, 96);
  const auto written = runner.multiply(weight, x);
  runner.prompt_rows = 40;
  const auto read = runner.multiply(weight, x);
  EXPECT_EQ(read != written, reads_prompts_otherwise(runner.context()));
  runner.prompt_rows = 23;
  const auto both = runner.multiply(weight, x);
  EXPECT_EQ(std::memcmp(both.data(), read.data(), 23 * 70 * 4), 0);
  EXPECT_EQ(std::memcmp(both.data() + 23 * 70, written.data() + 23 * 70, 17 * 70 * 4), 0);
}

// Which of the two a product takes depends on the processor, so both are compared everywhere.
TEST_P(QuantizedGemm, TwoPanelsAtOnceGiveTheBitsOfEachAlone) {
  constexpr int64_t kBlocks = 16, kSums = cpu::kMaxPackedTileRows * cpu::kPanelRows;
  Runner runner(GetParam(), 1);
  const cpu::QuantizedKernels& kernels = cpu::quantized_kernels(GetParam());
  for (const DType dtype : types_of(GetParam())) {
    const Weight weight(dtype, 32, kBlocks * cpu::kBlock, 31);
    const QuantizedMatrix matrix(runner.context(), weight.stored());
    const QuantizedMatrix::State& state = matrix.state();
    int64_t compared = 0;
    for (int rows = 1; rows <= 2 * cpu::kMaxPackedTileRows; ++rows) {
      const int passes = rows > cpu::kMaxPackedTileRows ? 2 : 1;
      const cpu::PassKernels& format = kernels.formats[state.format_index].passes[passes - 1];
      const int byte_rows = rows - (passes - 1) * cpu::kMaxPackedTileRows;
      if (format.packed_pair[byte_rows] == nullptr) continue;
      const auto count = static_cast<size_t>(kBlocks * rows);
      std::vector<int8_t> bytes(count * cpu::kBlock);
      std::vector<float> scales(count), value_sums(2 * count);
      std::vector<int32_t> offset_sums(2 * count);
      Rng rng(5, static_cast<uint64_t>(rows), 1);
      for (int8_t& byte : bytes) byte = static_cast<int8_t>(static_cast<int>(rng.next_below(255)) - 127);
      for (float& scale : scales) scale = static_cast<float>(rng.next_normal());
      for (float& sum : value_sums) sum = static_cast<float>(rng.next_normal());
      for (int32_t& sum : offset_sums) sum = static_cast<int32_t>(rng.next_below(4096));
      std::vector<float> values(count * cpu::kBlock);  // as pairs of bf16 they are as good
      for (float& value : values) value = static_cast<float>(rng.next_normal());
      std::vector<float> alone(2 * kSums), paired(2 * kSums);
      const auto panel = [&](int64_t index, std::vector<float>& sums, bool asks_second_level = false) {
        return cpu::QuantizedPanelProduct{
            .codes = state.codes + index * state.panel_code_bytes(),
            .scales = state.scales + index * state.panel_scale_bytes(),
            .x = {bytes.data(), scales.data(), offset_sums.data(), value_sums.data(),
                  reinterpret_cast<const std::byte*>(values.data())},
            .num_blocks = kBlocks,
            .sums = sums.data() + index * kSums,
            .asks_second_level = asks_second_level};
      };
      for (int64_t i = 0; i < 2; ++i) format.packed[byte_rows](panel(i, alone));
      for (const bool asks : {false, true}) {
        std::fill(paired.begin(), paired.end(), 0.0f);
        format.packed_pair[byte_rows](panel(0, paired, asks), panel(1, paired, asks));
        EXPECT_EQ(std::memcmp(alone.data(), paired.data(), alone.size() * sizeof(float)), 0)
            << dtype_name(dtype) << ", " << byte_rows << " rows, passes " << passes << ", second level " << asks;
      }
      ++compared;
    }
    EXPECT_GE(compared, 1) << dtype_name(dtype);
  }
}

TEST(QuantizedMatrix, TakesNoMoreThanAFewPercentBeyondTheFile) {
  Runner runner(best_kernel_set(), 1);
  for (const DType dtype : types_of(best_kernel_set())) {
    const Weight weight(dtype, 64, 1024, 71);
    const QuantizedMatrix matrix(runner.context(), weight.stored());
    const auto file = static_cast<double>(storage_bytes(dtype, 64 * 1024));
    EXPECT_LE(static_cast<double>(matrix.num_bytes()), 1.04 * file) << dtype_name(dtype);
    EXPECT_GE(static_cast<double>(matrix.num_bytes()), file) << dtype_name(dtype);
  }
  EXPECT_TRUE(QuantizedMatrix::supports(DType::kF16, 96));
  for (const auto& [dtype, k] : {std::pair<DType, int64_t>{DType::kF32, 32}, {DType::kF16, 33}, {DType::kBF16, 16}}) {
    EXPECT_FALSE(QuantizedMatrix::supports(dtype, k));
    EXPECT_THROW(QuantizedMatrix(runner.context(), StoredMatrix{.dtype = dtype, .n = 1, .k = k}), Error);
  }
}

INSTANTIATE_TEST_SUITE_P(KernelSets, QuantizedGemm, ::testing::ValuesIn(available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

}  // namespace
}  // namespace vitrine::kernels
