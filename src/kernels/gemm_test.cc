#include "kernels/gemm.h"

#include <cblas.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.h"
#include "core/rng.h"
#include "kernels/kernel_sets.h"
#include "reference/gemm.h"

namespace vitrine::kernels {
namespace {

/// Deterministic values in [-1, 1), the same for a seed and index whatever the count.
std::vector<float> random_floats(int64_t count, uint64_t seed) {
  std::vector<float> values;
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    values.push_back(static_cast<float>(static_cast<int32_t>(state >> 32)) * 0x1p-31f);
  }
  return values;
}

/// A matrix with its memory: row-major or column-major, with a gap after each line and an odd start.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns, uint64_t seed, bool is_transposed = false, int64_t gap = 0, int64_t offset = 0)
      : rows_(rows), columns_(columns), is_transposed_(is_transposed), line_((is_transposed ? rows : columns) + gap) {
    const std::vector<float> plain = random_floats(rows * columns, seed);
    memory_.assign(static_cast<size_t>(offset + line_ * (is_transposed ? columns : rows) + 64), kGuard);
    offset_ = offset;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) at(i, j) = plain[static_cast<size_t>(i * columns + j)];
  }

  static constexpr float kGuard = 12345.5f;
  float& at(int64_t i, int64_t j) {
    return memory_[static_cast<size_t>(offset_ + (is_transposed_ ? j * line_ + i : i * line_ + j))];
  }
  float* data() { return memory_.data() + offset_; }
  int64_t line() const { return line_; }
  GemmMatrix view() { return {data(), is_transposed_ ? 1 : line_, is_transposed_ ? line_ : 1}; }
  std::vector<double> doubles() {
    std::vector<double> values;
    for (int64_t i = 0; i < rows_; ++i)
      for (int64_t j = 0; j < columns_; ++j) values.push_back(static_cast<double>(at(i, j)));
    return values;
  }
  std::vector<float> floats() {
    std::vector<float> values;
    for (const double value : doubles()) values.push_back(static_cast<float>(value));
    return values;
  }
  /// Whether everything outside of the elements is as it was.
  bool is_clean_outside() {
    int64_t num_guards = 0;
    for (const float value : memory_) num_guards += value == kGuard;
    return num_guards == static_cast<int64_t>(memory_.size()) - rows_ * columns_;
  }

 private:
  int64_t rows_, columns_;
  bool is_transposed_;
  int64_t line_, offset_ = 0;
  std::vector<float> memory_;
};

struct Machine {
  explicit Machine(KernelSet set, int num_threads = 1) : pool(num_threads) {
    context = {.pool = &pool, .arena = &arena, .kernel_set = set};
  }
  ThreadPool pool;
  Arena arena;
  KernelContext context;
};

struct Options {
  bool a_transposed = false, b_transposed = false, packed = false;
  int64_t gap = 0, offset = 0;
  float alpha = 1;
  bool accumulate = false, bias = false, pre_activation = false, residual = false, residual_is_c = false;
  bool derivative = false;
  Activation activation = Activation::kNone, derivative_of = Activation::kNone;
};

reference::GemmActivation reference_of(Activation activation) {
  return static_cast<reference::GemmActivation>(static_cast<int>(activation));
}

/// Runs gemm on one case and compares it with the f64 reference. The bound grows with the length of the sum.
void expect_matches_reference(Machine& machine, int64_t m, int64_t n, int64_t k, const Options& o) {
  Matrix a(m, k, 1, o.a_transposed, o.gap, o.offset), b(k, n, 2, o.b_transposed, o.gap, o.offset);
  Matrix c(m, n, 3, false, o.gap, o.offset), pre(m, n, 4, false, o.gap, o.offset);
  Matrix at(m, n, 5, false, o.gap, o.offset), residual(m, n, 6, false, 2 * o.gap, o.offset),
      bias(1, n, 7, false, 0, o.offset);
  reference::GemmCase expected_case{.m = m, .n = n, .k = k, .a = a.doubles(), .b = b.doubles(), .c = c.doubles()};
  expected_case.alpha = static_cast<double>(o.alpha);
  expected_case.accumulate = o.accumulate;
  expected_case.activation = reference_of(o.activation);
  expected_case.derivative_of = reference_of(o.derivative_of);
  GemmArgs args{.m = m, .n = n, .k = k, .a = a.view(), .b = b.view(), .c = c.data(), .c_row_stride = c.line()};
  args.alpha = o.alpha;
  args.accumulate = o.accumulate;
  args.activation = o.activation;
  if (o.bias) args.bias = bias.data(), expected_case.bias = bias.doubles();
  if (o.pre_activation) args.pre_activation = pre.data();
  if (o.derivative) {
    args.derivative_at = at.data();
    args.derivative_of = o.derivative_of;
    expected_case.derivative_at = at.doubles();
  }
  if (o.residual) {
    args.residual = o.residual_is_c ? c.data() : residual.data();
    args.residual_row_stride = o.residual_is_c ? c.line() : residual.line();
    expected_case.residual = o.residual_is_c ? c.doubles() : residual.doubles();
  }
  std::unique_ptr<PackedMatrix> packed;
  if (o.packed) {
    packed = std::make_unique<PackedMatrix>(machine.context, args.b, k, n);
    args.packed_b = packed.get();
    args.b = {};
  }
  const auto expected = reference::gemm(expected_case);
  gemm(machine.context, args);
  const auto got = c.doubles(), got_pre = pre.doubles();
  int num_wrong = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double bound = 1e-6 + 2e-7 * std::sqrt(static_cast<double>(k) + 4) * (expected.magnitude[i] + 1);
    const double slope = 1.2 + (o.activation == Activation::kRelu2 ? 2 * std::abs(expected.pre_activation[i]) : 0);
    if (!(std::abs(got[i] - expected.c[i]) <= bound * slope * (o.derivative ? 2 : 1))) ++num_wrong;
    if (o.pre_activation && !(std::abs(got_pre[i] - expected.pre_activation[i]) <= bound)) ++num_wrong;
  }
  EXPECT_EQ(num_wrong, 0) << kernel_set_name(machine.context.kernel_set) << " m " << m << " n " << n << " k " << k
                          << " transposed " << o.a_transposed << o.b_transposed << " packed " << o.packed << " gap "
                          << o.gap << " activation " << static_cast<int>(o.activation);
  EXPECT_TRUE(c.is_clean_outside() && pre.is_clean_outside()) << m << ' ' << n << ' ' << k;
}

TEST(Gemm, MatchesTheReferenceAtEverySizeAroundATile) {
  for (const KernelSet set : available_kernel_sets()) {
    Machine machine(set);
    for (int64_t m = 1; m <= 29; ++m)
      for (const int64_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65})
        for (const int64_t k : {1, 2, 5, 8, 17})
          expect_matches_reference(machine, m, n, k,
                                   {.a_transposed = (m + n) % 2 == 0,
                                    .b_transposed = (m + k) % 2 == 0,
                                    .packed = (n + k) % 3 == 0,
                                    .gap = (m + n + k) % 4,
                                    .offset = m % 3});
    for (int64_t n = 1; n <= 65; ++n) expect_matches_reference(machine, 5, n, 6, {.b_transposed = n % 2 == 0});
    for (int64_t k = 1; k <= 65; ++k)
      for (const bool transposed : {false, true})
        expect_matches_reference(machine, 15, 33, k, {.a_transposed = !transposed, .b_transposed = transposed});
  }
}

TEST(Gemm, MatchesTheReferenceOverSeveralBlocks) {
  for (const KernelSet set : available_kernel_sets())
    for (const bool a_transposed : {false, true})
      for (const bool b_transposed : {false, true})
        for (const bool packed : {false, true}) {
          Machine machine(set, a_transposed == packed ? 2 : 1);
          const Options o{
              .a_transposed = a_transposed, .b_transposed = b_transposed, .packed = packed, .gap = 3, .offset = 1};
          expect_matches_reference(machine, 3, 301, 1700, o);
          expect_matches_reference(machine, 181, 33, 1601, o);
          expect_matches_reference(machine, 2101, 35, 13, o);
          expect_matches_reference(machine, 201, 1601, 5, o);
        }
}

TEST(Gemm, EveryEpilogueMatchesTheReference) {
  for (const KernelSet set : available_kernel_sets()) {
    Machine machine(set);
    for (const auto [m, n, k] : {std::array<int64_t, 3>{5, 37, 11}, {17, 64, 900}, {190, 50, 20}}) {
      for (int bits = 0; bits < 128; ++bits)
        expect_matches_reference(machine, m, n, k,
                                 {.gap = bits % 2 * 5,
                                  .offset = bits % 3,
                                  .alpha = bits & 1 ? 0.37f : 1.0f,
                                  .accumulate = (bits & 2) != 0,
                                  .bias = (bits & 4) != 0,
                                  .pre_activation = (bits & 8) != 0,
                                  .residual = (bits & 16) != 0,
                                  .residual_is_c = (bits & 32) != 0,
                                  .derivative = (bits & 64) != 0,
                                  .activation = Activation::kNone,
                                  .derivative_of = Activation::kSilu});
      for (const Activation activation :
           {Activation::kGelu, Activation::kGeluErf, Activation::kRelu2, Activation::kSilu}) {
        const int64_t few = std::min<int64_t>(k, 30);  // keeps arguments where the functions are not flat
        expect_matches_reference(machine, m, n, few, {.bias = true, .pre_activation = true, .activation = activation});
        expect_matches_reference(machine, m, n, few, {.residual = true, .activation = activation});
        expect_matches_reference(machine, m, n, k, {.derivative = true, .derivative_of = activation});
        expect_matches_reference(machine, m, n, few,
                                 {.packed = true,
                                  .alpha = 0.5f,
                                  .accumulate = true,
                                  .bias = true,
                                  .pre_activation = true,
                                  .residual = true,
                                  .residual_is_c = true,
                                  .derivative = true,
                                  .activation = activation,
                                  .derivative_of = activation});
      }
    }
  }
}

TEST(Gemm, AgreesWithABlas) {
  for (const KernelSet set : available_kernel_sets()) {
    Machine machine(set, 2);
    for (const auto [m, n, k] : {std::array<int64_t, 3>{384, 512, 256}, {517, 333, 800}, {64, 64, 64}}) {
      for (const bool a_transposed : {false, true})
        for (const bool b_transposed : {false, true}) {
          Matrix a(m, k, 1, a_transposed), b(k, n, 2, b_transposed), c(m, n, 3), expected(m, n, 3);
          cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans,
                      static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 0.5f, a.data(),
                      static_cast<int>(a.line()), b.data(), static_cast<int>(b.line()), 1.0f, expected.data(),
                      static_cast<int>(expected.line()));
          gemm(machine.context, {.m = m,
                                 .n = n,
                                 .k = k,
                                 .a = a.view(),
                                 .b = b.view(),
                                 .c = c.data(),
                                 .c_row_stride = c.line(),
                                 .alpha = 0.5f,
                                 .accumulate = true});
          double worst = 0;
          for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < n; ++j)
              worst = std::max(worst, static_cast<double>(std::abs(c.at(i, j) - expected.at(i, j))));
          EXPECT_LT(worst, 2e-6 * std::sqrt(static_cast<double>(k))) << kernel_set_name(set) << ' ' << m;
        }
    }
  }
}

TEST(Gemm, ZeroSizesGiveTheEpilogueOfNothing) {
  for (const KernelSet set : available_kernel_sets()) {
    Machine machine(set);
    expect_matches_reference(machine, 0, 5, 5, {});
    expect_matches_reference(machine, 5, 0, 5, {.packed = true});
    expect_matches_reference(machine, 5, 40, 0, {});
    expect_matches_reference(machine, 5, 40, 0, {.packed = true, .accumulate = true, .bias = true});
    expect_matches_reference(machine, 5, 40, 0,
                             {.bias = true,
                              .pre_activation = true,
                              .residual = true,
                              .residual_is_c = true,
                              .derivative = true,
                              .activation = Activation::kGelu,
                              .derivative_of = Activation::kSilu});
  }
}

TEST(Gemm, RefusesStridesThatAreBothNotOne) {
  Machine machine(KernelSet::kPortable);
  float x[16] = {};
  EXPECT_THROW(
      gemm(machine.context, {.m = 2, .n = 2, .k = 2, .a = {x, 4, 2}, .b = {x, 2, 1}, .c = x, .c_row_stride = 2}),
      Error);
}

/// Rows [row, row + m) and columns [column, column + n) of one product, computed as a product of their own.
struct Part {
  int64_t row = 0, m = 0, column = 0, n = 0;
  int num_threads = 1;
  bool packed = false, fused = false, accumulate = false, residual_is_c = false;
};

constexpr int64_t kRows = 400, kColumns = 333;

std::vector<float> compute_part(Machine& machine, Matrix& a, Matrix& b, int64_t k, const Part& p) {
  static const Matrix kBefore(kRows, kColumns, 3);
  static Matrix residual(kRows, kColumns, 4), bias(1, kColumns, 5);
  Matrix all_of_c = kBefore;
  GemmMatrix a_view = a.view(), b_view = b.view();
  a_view.data += p.row * a_view.row_stride;
  b_view.data += p.column * b_view.column_stride;
  float* const c = &all_of_c.at(p.row, p.column);
  GemmArgs args{.m = p.m, .n = p.n, .k = k, .a = a_view, .b = b_view, .c = c, .c_row_stride = all_of_c.line()};
  args.accumulate = p.accumulate;
  if (p.fused) {
    args.bias = &bias.at(0, p.column);
    args.activation = Activation::kGelu;
    args.residual = p.residual_is_c ? c : &residual.at(p.row, p.column);
    args.residual_row_stride = residual.line();
  }
  std::unique_ptr<PackedMatrix> packed;
  if (p.packed) {
    packed = std::make_unique<PackedMatrix>(machine.context, b_view, k, p.n);
    args.packed_b = packed.get();
  }
  gemm(machine.context, args);
  std::vector<float> result;
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) result.push_back(all_of_c.at(p.row + i, p.column + j));
  return result;
}

/// The same part, cut out of the whole result.
std::vector<float> cut(const std::vector<float>& whole, int64_t whole_columns, const Part& p) {
  std::vector<float> result;
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j)
      result.push_back(whole[static_cast<size_t>((p.row + i) * whole_columns + p.column + j)]);
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class GemmBits : public testing::TestWithParam<KernelSet> {};

TEST_P(GemmBits, AnElementIsTheSameInEveryProductThatHoldsIt) {
  Machine machines[] = {Machine(GetParam(), 1), Machine(GetParam(), 2), Machine(GetParam(), 3)};
  for (const int64_t k : {7, 384, 700, 1700})
    for (const bool fused : {false, true}) {
      const bool accumulate = fused == (k > 500);
      Matrix a(kRows, k, 1), b(k, kColumns, 2), b_transposed(k, kColumns, 2, true);
      const Part all{.m = kRows, .n = kColumns, .fused = fused, .accumulate = accumulate};
      const auto whole = compute_part(machines[0], a, b, k, all);
      const auto expect_same = [&](Part p, bool use_transposed) {
        p.fused = fused;
        p.accumulate = accumulate;
        const auto part = compute_part(machines[p.num_threads - 1], a, use_transposed ? b_transposed : b, k, p);
        EXPECT_TRUE(same_bits(part, cut(whole, kColumns, p)))
            << "k " << k << " rows " << p.row << '+' << p.m << " columns " << p.column << '+' << p.n << " threads "
            << p.num_threads << " packed " << p.packed << " fused " << fused << " accumulate " << accumulate;
      };
      for (const bool packed : {false, true}) {
        for (const int num_threads : {1, 2, 3})
          expect_same({.m = kRows, .n = kColumns, .num_threads = num_threads, .packed = packed}, num_threads == 2);
        for (const int64_t m : {1, 2, 3, 5, 8, 13, 14, 15, 29, 64, 169})
          expect_same({.row = 31, .m = m, .n = kColumns, .packed = packed}, m % 2 == 0);
        expect_same({.row = 399, .m = 1, .column = 332, .n = 1, .packed = packed}, true);
        expect_same({.row = 200, .m = 77, .column = 5, .n = 31, .num_threads = 2, .packed = packed}, false);
        expect_same({.row = 1, .m = 199, .column = 33, .n = 300, .num_threads = 2, .packed = packed}, true);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, GemmBits, testing::ValuesIn(available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

TEST(Gemm, AResidualInPlaceGivesTheBitsOfOneApart) {
  constexpr int64_t kM = 230, kN = 190, kK = 1700;
  for (const KernelSet set : available_kernel_sets()) {
    Machine machine(set, 2);
    Matrix a(kM, kK, 1), b(kK, kN, 2), in_place(kM, kN, 3), apart(kM, kN, 4), residual(kM, kN, 3);
    GemmArgs args{.m = kM, .n = kN, .k = kK, .a = a.view(), .b = b.view(), .c = in_place.data(), .c_row_stride = kN};
    args.residual = in_place.data();
    args.residual_row_stride = kN;
    gemm(machine.context, args);
    args.c = apart.data();
    args.residual = residual.data();
    gemm(machine.context, args);
    EXPECT_TRUE(same_bits(in_place.floats(), apart.floats())) << kernel_set_name(set);
  }
}

TEST(Gemm, PackedWeightsOf16BitsGiveTheBitsOfTheirValues) {
  // Every finite value: subnormal, zero of either sign, the largest; with rows in another order.
  const int64_t k = 2048, n = 65536 / k + 3;
  std::vector<uint16_t> elements(static_cast<size_t>(n * k));
  std::vector<int32_t> order(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) order[static_cast<size_t>(i)] = static_cast<int32_t>((i * 3 + 1) % n);
  for (const DType dtype : {DType::kF16, DType::kBF16}) {
    for (size_t i = 0; i < elements.size(); ++i) {
      elements[i] = static_cast<uint16_t>(i);
      const bool is_finite = dtype == DType::kF16 ? (i & 0x7C00) != 0x7C00 : (i & 0x7F80) < 0x7000;
      if (!is_finite) elements[i] = static_cast<uint16_t>(i & 0x83FF);
    }
    const StoredMatrix stored{.dtype = dtype,
                              .n = n,
                              .k = k,
                              .data = reinterpret_cast<const std::byte*>(elements.data()),
                              .row_order = order.data()};
    std::vector<float> values(elements.size());
    dequantize_part(stored, 0, n, 0, k, values.data(), k);
    for (const KernelSet set : available_kernel_sets()) {
      Machine machine(set);
      const PackedMatrix packed(machine.context, stored);
      EXPECT_LT(packed.num_bytes(), 2 * (n + 64) * k + 4096);
      for (const int64_t m : {1, 2, 5, 6, 13, 14, 17, 170, 400}) {
        Matrix a(m, k, 1), bias(1, n, 2), residual(m, n, 3), got(m, n, 4), want(m, n, 5);
        GemmArgs args{.m = m, .n = n, .k = k, .a = a.view(), .packed_b = &packed, .c = got.data(), .c_row_stride = n};
        args.bias = bias.data(), args.residual = residual.data(), args.residual_row_stride = n;
        gemm(machine.context, args);
        args.packed_b = nullptr, args.b = {.data = values.data(), .row_stride = 1, .column_stride = k},
        args.c = want.data();
        gemm(machine.context, args);
        EXPECT_TRUE(same_bits(got.floats(), want.floats())) << kernel_set_name(set) << dtype_name(dtype) << m;
      }
    }
  }
}

TEST(Gemm, APackedMatrixOfAnotherShapeIsRefused) {
  Machine machine(KernelSet::kPortable);
  Matrix a(4, 5, 1), b(5, 6, 2), c(4, 6, 3);
  const PackedMatrix packed(machine.context, b.view(), 5, 6);
  EXPECT_EQ(packed.k(), 5);
  EXPECT_EQ(packed.n(), 6);
  EXPECT_THROW(gemm(machine.context,
                    {.m = 4, .n = 5, .k = 5, .a = a.view(), .packed_b = &packed, .c = c.data(), .c_row_stride = 6}),
               Error);
}

}  // namespace
}  // namespace vitrine::kernels
