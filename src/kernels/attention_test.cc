// Attention on every kernel set against f64 loops, and its promises of exactness bit by bit.
#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "kernels/kernel_sets.h"
#include "reference/attention.h"

namespace vitrine::kernels {
namespace {

using reference::AttentionCase;
using Floats = std::vector<float>;
using reference::Doubles;

Floats random_floats(size_t count, uint32_t seed, float spread = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  Floats values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

Doubles doubles(const Floats& values) { return {values.begin(), values.end()}; }

struct Inputs {
  AttentionCase shape;
  Floats q, k, v, out_gradient;
};

Inputs random_inputs(const AttentionCase& shape, uint32_t seed = 1, float spread = 1.0f) {
  const size_t queries = shape.batch * shape.queries * shape.heads * shape.head_width;
  const size_t keys = shape.batch * shape.keys * shape.key_heads * shape.head_width;
  return {shape, random_floats(queries, seed, spread), random_floats(keys, seed + 1, spread),
          random_floats(keys, seed + 2), random_floats(queries, seed + 3)};
}

struct Results {
  Floats out, log_sum_exp, q_gradient, k_gradient, v_gradient;
};

/// Runs the kernel on contiguous tensors, or with q, k, v and their gradients interleaved in rows of
/// (H + 2G) * D + gap elements. Gaps and results start as NaN: what is read or left unwritten by mistake shows.
class Runner {
 public:
  explicit Runner(KernelSet set, int threads = 1) : pool_(threads), context_{&pool_, &arena_, set} {}

  Results run(const Inputs& in, bool backward = true) {
    const AttentionCase& c = in.shape;
    const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
    AttentionForwardArgs forward{.shape = shape_of(c)};
    forward.q = {in.q.data(), c.queries * q_width, q_width};
    forward.k = {in.k.data(), c.keys * k_width, k_width};
    forward.v = {in.v.data(), c.keys * k_width, k_width};
    Results r{nans(in.q), Floats(c.batch * c.heads * c.queries, kNan), nans(in.q), nans(in.k), nans(in.v)};
    forward.out = {r.out.data(), c.queries * q_width, q_width};
    forward.log_sum_exp = r.log_sum_exp.data();
    attention_forward(context_, forward);
    if (!backward) return r;
    const AttentionOperand out{r.out.data(), c.queries * q_width, q_width};
    attention_backward(context_, {.shape = forward.shape,
                                  .q = forward.q,
                                  .k = forward.k,
                                  .v = forward.v,
                                  .out = out,
                                  .out_gradient = {in.out_gradient.data(), c.queries * q_width, q_width},
                                  .log_sum_exp = r.log_sum_exp.data(),
                                  .q_gradient = {r.q_gradient.data(), c.queries * q_width, q_width},
                                  .k_gradient = {r.k_gradient.data(), c.keys * k_width, k_width},
                                  .v_gradient = {r.v_gradient.data(), c.keys * k_width, k_width}});
    return r;
  }

  Results run_interleaved(const Inputs& in) {
    const AttentionCase& c = in.shape;
    const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
    const int64_t stride = q_width + 2 * k_width + 3, tokens = c.batch * c.queries;
    Floats qkv(tokens * stride, kNan), gradient(tokens * stride, kNan);
    for (int64_t t = 0; t < tokens; ++t) {
      std::copy_n(&in.q[t * q_width], q_width, &qkv[t * stride]);
      std::copy_n(&in.k[t * k_width], k_width, &qkv[t * stride + q_width]);
      std::copy_n(&in.v[t * k_width], k_width, &qkv[t * stride + q_width + k_width]);
    }
    const int64_t batch_stride = c.queries * stride;
    auto part = [&](int64_t offset) { return AttentionOperand{qkv.data() + offset, batch_stride, stride}; };
    auto gradient_part = [&](int64_t offset) {
      return AttentionResult{gradient.data() + offset, batch_stride, stride};
    };
    Results r{nans(in.q), Floats(c.batch * c.heads * c.queries, kNan), nans(in.q), nans(in.k), nans(in.v)};
    AttentionForwardArgs forward{.shape = shape_of(c)};
    forward.q = part(0), forward.k = part(q_width), forward.v = part(q_width + k_width);
    forward.out = {r.out.data(), c.queries * q_width, q_width};
    forward.log_sum_exp = r.log_sum_exp.data();
    attention_forward(context_, forward);
    attention_backward(context_, {.shape = forward.shape,
                                  .q = forward.q,
                                  .k = forward.k,
                                  .v = forward.v,
                                  .out = {r.out.data(), c.queries * q_width, q_width},
                                  .out_gradient = {in.out_gradient.data(), c.queries * q_width, q_width},
                                  .log_sum_exp = r.log_sum_exp.data(),
                                  .q_gradient = gradient_part(0),
                                  .k_gradient = gradient_part(q_width),
                                  .v_gradient = gradient_part(q_width + k_width)});
    for (int64_t t = 0; t < tokens; ++t) {
      std::copy_n(&gradient[t * stride], q_width, &r.q_gradient[t * q_width]);
      std::copy_n(&gradient[t * stride + q_width], k_width, &r.k_gradient[t * k_width]);
      std::copy_n(&gradient[t * stride + q_width + k_width], k_width, &r.v_gradient[t * k_width]);
      for (int64_t i = q_width + 2 * k_width; i < stride; ++i) EXPECT_TRUE(std::isnan(gradient[t * stride + i]));
    }
    return r;
  }

 private:
  static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  static Floats nans(const Floats& like) { return Floats(like.size(), kNan); }
  static AttentionShape shape_of(const AttentionCase& c) {
    return {.batch = c.batch,
            .queries = c.queries,
            .keys = c.keys,
            .heads = c.heads,
            .key_heads = c.key_heads,
            .head_width = c.head_width,
            .window = c.window,
            .scale = static_cast<float>(c.scale),
            .first_key = c.first_key.empty() ? nullptr : c.first_key.data()};
  }

  ThreadPool pool_;
  Arena arena_;
  KernelContext context_;
};

/// The largest difference, as a share of the largest value of the reference (at least 1).
double relative_error(const Floats& got, const Doubles& want) {
  double largest = 1.0, worst = 0.0;
  for (double value : want) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < want.size(); ++i) {
    if (!std::isfinite(got[i])) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(got[i] - want[i]));
  }
  return worst / largest;
}

bool same_bits(const Floats& x, const Floats& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

void expect_same_bits(const Results& x, const Results& y) {
  EXPECT_TRUE(same_bits(x.out, y.out));
  EXPECT_TRUE(same_bits(x.log_sum_exp, y.log_sum_exp));
  EXPECT_TRUE(same_bits(x.q_gradient, y.q_gradient));
  EXPECT_TRUE(same_bits(x.k_gradient, y.k_gradient));
  EXPECT_TRUE(same_bits(x.v_gradient, y.v_gradient));
}

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

/// Documents of growing length from key 0 on; queries stand at the end of the keys.
std::vector<int32_t> document_starts(const AttentionCase& c, int64_t first_length, int64_t growth) {
  std::vector<int32_t> first_key;
  for (int64_t b = 0; b < c.batch; ++b) {
    int64_t start = 0, length = first_length + b;
    for (int64_t position = 0; position < c.keys; ++position) {
      if (position == start + length) start = position, length += growth;
      if (position >= c.keys - c.queries) first_key.push_back(static_cast<int32_t>(start));
    }
  }
  return first_key;
}

double default_scale(int64_t head_width) { return 1.0 / std::sqrt(static_cast<double>(head_width)); }

AttentionCase make_case(int64_t batch, int64_t queries, int64_t keys, int64_t heads, int64_t key_heads,
                        int64_t head_width, int64_t window = 0) {
  return {batch, queries, keys, heads, key_heads, head_width, window, default_scale(head_width), {}};
}

class Attention : public testing::TestWithParam<KernelSet> {};

INSTANTIATE_TEST_SUITE_P(KernelSets, Attention, testing::ValuesIn(available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

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

TEST_P(Attention, InterleavedOperandsGiveTheBitsOfContiguousOnes) {
  Runner runner(GetParam());
  for (int64_t head_width : {7, 16, 64}) {
    const Inputs in = random_inputs(make_case(2, 90, 90, 6, 2, head_width));
    expect_same_bits(runner.run_interleaved(in), runner.run(in));
  }
}

TEST_P(Attention, SameBitsOnAnyNumberOfThreads) {
  AttentionCase shape = make_case(2, 600, 600, 4, 2, 24);
  shape.first_key = document_starts(shape, 100, 30);
  const Inputs in = random_inputs(shape);
  const Results one = Runner(GetParam(), 1).run(in);
  for (int threads : {2, 3}) expect_same_bits(Runner(GetParam(), threads).run(in), one);
}

TEST_P(Attention, BatchGivesTheBitsOfItsMembers) {
  const AttentionCase shape = make_case(3, 130, 130, 4, 2, 33);
  const Inputs in = random_inputs(shape);
  Runner runner(GetParam());
  const Results all = runner.run(in);
  auto slice = [](const Floats& values, int64_t index, int64_t count) {
    const auto size = static_cast<int64_t>(values.size()) / count;
    return Floats(values.begin() + index * size, values.begin() + (index + 1) * size);
  };
  for (int64_t b = 0; b < shape.batch; ++b) {
    Inputs member{shape, slice(in.q, b, 3), slice(in.k, b, 3), slice(in.v, b, 3), slice(in.out_gradient, b, 3)};
    member.shape.batch = 1;
    expect_same_bits(runner.run(member),
                     {slice(all.out, b, 3), slice(all.log_sum_exp, b, 3), slice(all.q_gradient, b, 3),
                      slice(all.k_gradient, b, 3), slice(all.v_gradient, b, 3)});
  }
}

/// Queries [first, first + count) of a batch of one, with the keys up to the last of them.
Inputs chunk_of(const Inputs& in, int64_t first, int64_t count) {
  const AttentionCase& c = in.shape;
  const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
  Inputs part = in;
  part.shape.queries = count;
  part.shape.keys = first + count;
  part.q.assign(in.q.begin() + first * q_width, in.q.begin() + (first + count) * q_width);
  part.k.resize((first + count) * k_width);
  part.v.resize((first + count) * k_width);
  if (!c.first_key.empty()) part.shape.first_key.assign(&c.first_key[first], &c.first_key[first] + count);
  return part;
}

void expect_chunks_give_bits_of_full_run(KernelSet set, const AttentionCase& shape, int64_t chunk) {
  Inputs in = random_inputs(shape, 5, 2.0f);
  // Products that underflow to -0: a masked key must not turn them into +0.
  for (size_t i = 0; i < in.v.size(); i += 3) in.v[i] = -1e-44f;
  Runner runner(set);
  const Results full = runner.run(in, false);
  const int64_t q_width = shape.heads * shape.head_width;
  for (int64_t first = 0; first < shape.queries; first += chunk) {
    const int64_t count = std::min(chunk, shape.queries - first);
    const Results part = runner.run(chunk_of(in, first, count), false);
    ASSERT_TRUE(same_bits(part.out, Floats(&full.out[first * q_width], &full.out[first * q_width] + count * q_width)))
        << "query " << first;
    for (int64_t h = 0; h < shape.heads; ++h)
      for (int64_t t = 0; t < count; ++t)
        ASSERT_EQ(part.log_sum_exp[h * count + t], full.log_sum_exp[h * shape.queries + first + t]);
  }
}

TEST_P(Attention, OneQueryAgainstACacheGivesTheBitsOfTheFullRun) {
  for (int64_t head_width : {5, 64})
    for (int64_t window : {0, 1, 70})
      for (int64_t document : {0, 1, 11}) {
        SCOPED_TRACE(testing::Message() << "D=" << head_width << " window=" << window << " document=" << document);
        AttentionCase shape = make_case(1, 300, 300, 6, 2, head_width, window);
        if (document > 0) shape.first_key = document_starts(shape, document, document == 1 ? 0 : 7);
        expect_chunks_give_bits_of_full_run(GetParam(), shape, 1);
      }
}

TEST_P(Attention, ChunkedPrefillGivesTheBitsOfTheFullRun) {
  for (int64_t chunk : {2, 37, 64, 200}) {
    SCOPED_TRACE(chunk);
    expect_chunks_give_bits_of_full_run(GetParam(), make_case(1, 400, 400, 3, 1, 16, 150), chunk);
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

TEST_P(Attention, KeysOutOfSightDoNotLeak) {
  // Two documents. What the second one cannot see is huge: in scores and in dP it would overflow to infinity.
  AttentionCase shape = make_case(1, 100, 100, 2, 1, 8);
  shape.first_key.assign(100, 0);
  for (int64_t t = 50; t < 100; ++t) shape.first_key[t] = 50;
  const Inputs in = random_inputs(shape);
  Inputs huge = in;
  for (int64_t i = 0; i < 50 * 8; ++i) huge.k[i] = 3e38f, huge.v[i] = i % 2 ? 3e38f : -3e38f;
  Runner runner(GetParam());
  const Results want = runner.run(in), got = runner.run(huge);
  for (size_t i = 50 * 16; i < got.out.size(); ++i) {
    ASSERT_EQ(got.out[i], want.out[i]);
    ASSERT_EQ(got.q_gradient[i], want.q_gradient[i]);
  }
  for (size_t i = 50 * 8; i < got.k_gradient.size(); ++i) {
    ASSERT_EQ(got.k_gradient[i], want.k_gradient[i]);
    ASSERT_EQ(got.v_gradient[i], want.v_gradient[i]);
  }
}

TEST_P(Attention, KeysBehindTheLastAreNotRead) {
  Inputs in = random_inputs(make_case(1, 3, 70, 2, 1, 8));
  Runner runner(GetParam());
  const Results want = runner.run(in);
  in.k.insert(in.k.end(), 200 * 8, std::numeric_limits<float>::quiet_NaN());
  in.v.insert(in.v.end(), 200 * 8, std::numeric_limits<float>::quiet_NaN());
  const Results got = runner.run(in);
  EXPECT_TRUE(same_bits(got.out, want.out));
  EXPECT_TRUE(same_bits(got.q_gradient, want.q_gradient));
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
