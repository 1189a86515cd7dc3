// Attention on every kernel set against f64 loops.
#include "kernels/attention_testing.h"

namespace vitrine::kernels {
namespace {

using namespace attention_testing;  // NOLINT: written for these tests

void expect_matches_reference(const Results& r, const Inputs& in, double tolerance) {
  const Doubles q = doubles(in.q), k = doubles(in.k), v = doubles(in.v), dout = doubles(in.out_gradient);
  const auto forward = reference::attention(in.shape, q, k, v);
  const auto gradients = reference::attention_gradients(in.shape, q, k, v, dout);
  EXPECT_LT(relative_error(r.out, forward.out), tolerance);
  EXPECT_LT(relative_error(r.log_sum_exp, forward.log_sum_exp), tolerance);
  EXPECT_LT(relative_error(r.q_gradient, gradients.q), tolerance);
  EXPECT_LT(relative_error(r.k_gradient, gradients.k), tolerance);
  EXPECT_LT(relative_error(r.v_gradient, gradients.v), tolerance);
}

class Attention : public testing::TestWithParam<KernelSet> {};

INSTANTIATE_TEST_SUITE_P(KernelSets, Attention, testing::ValuesIn(available_kernel_sets()), set_name);

TEST_P(Attention, MatchesReferenceOnOddSizes) {
  Runner runner(GetParam());
  for (int64_t head_width : {1, 2, 3, 5, 8, 16, 17, 32, 33, 64, 80, 128})
    for (int64_t tokens : {1, 2, 5, 6, 7, 63, 64, 65, 97}) {
      SCOPED_TRACE(testing::Message() << "D=" << head_width << " T=" << tokens);
      const Inputs in = random_inputs(make_case(1, tokens, tokens, 2, 2, head_width), tokens);
      expect_matches_reference(runner.run(in), in, 2e-6);
    }
}

TEST_P(Attention, MatchesReferenceOverManyChunks) {
  Runner runner(GetParam(), 2);
  for (const AttentionCase& shape :
       {make_case(1, 700, 700, 2, 1, 16), make_case(2, 300, 300, 6, 2, 32), make_case(1, 257, 600, 3, 3, 20),
        make_case(1, 1, 513, 4, 2, 64), make_case(2, 40, 300, 8, 1, 8), make_case(1, 300, 301, 1, 1, 5)}) {
    SCOPED_TRACE(testing::Message() << "T=" << shape.queries << " S=" << shape.keys);
    const Inputs in = random_inputs(shape);
    expect_matches_reference(runner.run(in), in, 4e-6);
  }
}

TEST_P(Attention, MatchesReferenceWithWindowsAndDocuments) {
  Runner runner(GetParam());
  for (int64_t window : {0, 1, 2, 16, 63, 64, 65, 100, 1000})
    for (int64_t document : {0, 1, 3, 50}) {
      SCOPED_TRACE(testing::Message() << "window=" << window << " document=" << document);
      for (AttentionCase shape : {make_case(2, 330, 330, 2, 1, 16, window), make_case(2, 70, 330, 2, 2, 16, window)}) {
        if (document > 0) shape.first_key = document_starts(shape, document, document == 1 ? 0 : 7);
        const Inputs in = random_inputs(shape);
        expect_matches_reference(runner.run(in), in, 4e-6);
      }
    }
}

TEST_P(Attention, GradientsMatchCentralDifferencesOfTheReference) {
  AttentionCase shape = make_case(2, 9, 12, 4, 2, 5, 7);
  shape.first_key = document_starts(shape, 4, 1);
  const Inputs in = random_inputs(shape);
  const Results r = Runner(GetParam()).run(in);
  Doubles parts[] = {doubles(in.q), doubles(in.k), doubles(in.v)};
  const Doubles dout = doubles(in.out_gradient);
  const Floats* gradients[] = {&r.q_gradient, &r.k_gradient, &r.v_gradient};
  auto loss = [&] {
    const Doubles out = reference::attention(shape, parts[0], parts[1], parts[2]).out;
    return reference::dot(out.data(), dout.data(), static_cast<int64_t>(out.size()));
  };
  for (int part = 0; part < 3; ++part)
    for (size_t i = 0; i < parts[part].size(); ++i) {
      const double before = parts[part][i], step = 1e-4;
      parts[part][i] = before + step;
      const double above = loss();
      parts[part][i] = before - step;
      const double below = loss();
      parts[part][i] = before;
      EXPECT_NEAR((*gradients[part])[i], (above - below) / (2 * step), 1e-5) << "part " << part << " index " << i;
    }
}

TEST_P(Attention, PackedDocumentsEqualSeparateOnes) {
  Runner runner(GetParam());
  AttentionCase shape = make_case(1, 200, 200, 4, 2, 16);
  shape.first_key = document_starts(shape, 30, 11);
  const Inputs in = random_inputs(shape);
  const Results packed = runner.run(in);
  const int64_t q_width = 4 * 16, k_width = 2 * 16;
  for (int64_t start = 0, end = 0; start < 200; start = end) {
    while (end < 200 && shape.first_key[end] == start) ++end;
    Inputs one = in;
    one.shape.queries = one.shape.keys = end - start;
    one.shape.first_key.clear();
    auto cut = [&](const Floats& values, int64_t width) {
      return Floats(values.begin() + start * width, values.begin() + end * width);
    };
    one.q = cut(in.q, q_width), one.out_gradient = cut(in.out_gradient, q_width);
    one.k = cut(in.k, k_width), one.v = cut(in.v, k_width);
    const Results separate = runner.run(one);
    EXPECT_LT(relative_error(separate.out, doubles(cut(packed.out, q_width))), 1e-6);
    EXPECT_LT(relative_error(separate.q_gradient, doubles(cut(packed.q_gradient, q_width))), 1e-6);
    EXPECT_LT(relative_error(separate.k_gradient, doubles(cut(packed.k_gradient, k_width))), 1e-6);
    EXPECT_LT(relative_error(separate.v_gradient, doubles(cut(packed.v_gradient, k_width))), 1e-6);
  }
}

TEST_P(Attention, NotANumberInAQueryShowsInItsResult) {
  Inputs in = random_inputs(make_case(1, 70, 70, 1, 1, 16));
  in.q[40 * 16 + 3] = std::numeric_limits<float>::quiet_NaN();
  const Results r = Runner(GetParam()).run(in, false);
  for (int64_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(std::isnan(r.out[40 * 16 + i]));
    EXPECT_TRUE(std::isfinite(r.out[39 * 16 + i]));
    EXPECT_TRUE(std::isfinite(r.out[41 * 16 + i]));
  }
  EXPECT_TRUE(std::isnan(r.log_sum_exp[40]));
}

TEST_P(Attention, LargeScoresStayExact) {
  Runner runner(GetParam());
  for (float spread : {3.0f, 30.0f, 1000.0f}) {
    // Whole numbers small enough that every score is exact in f32 as in f64.
    Inputs in = random_inputs(make_case(1, 130, 130, 1, 1, 8), 3, spread);
    in.shape.scale = 1.0;
    for (Floats* part : {&in.q, &in.k})
      for (float& value : *part) value = std::round(std::clamp(value, -1000.0f, 1000.0f));
    const Results r = runner.run(in);
    const auto forward = reference::attention(in.shape, doubles(in.q), doubles(in.k), doubles(in.v));
    EXPECT_LT(relative_error(r.out, forward.out), 1e-6);
    EXPECT_LT(relative_error(r.log_sum_exp, forward.log_sum_exp), 1e-7);
    // Backward, the rounding of log_sum_exp is a relative error of every probability.
    double largest = 0;
    for (double value : forward.log_sum_exp) largest = std::max(largest, std::abs(value));
    expect_matches_reference(r, in, 1e-6 + largest * 0x1p-24);
    for (int64_t i = 0; i < 130 * 8; ++i) in.q[i] = 1000.0f, in.k[i] = -1000.0f;
    const Results equal_scores = runner.run(in);
    const auto mean = reference::attention(in.shape, doubles(in.q), doubles(in.k), doubles(in.v));
    EXPECT_LT(relative_error(equal_scores.out, mean.out), 1e-6);
    for (float value : equal_scores.q_gradient) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(Attention, EmptyBatchOrNoQueriesIsLegal) {
  Runner runner(GetParam());
  EXPECT_TRUE(runner.run(random_inputs(make_case(0, 4, 4, 2, 1, 8))).out.empty());
  const Results r = runner.run(random_inputs(make_case(1, 0, 4, 2, 1, 8)));
  for (float value : r.k_gradient) EXPECT_EQ(value, 0.0f);
  for (float value : r.v_gradient) EXPECT_EQ(value, 0.0f);
}

}  // namespace
}  // namespace vitrine::kernels
