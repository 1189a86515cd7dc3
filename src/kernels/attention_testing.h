// What the tests of attention share: random cases, a runner over contiguous or interleaved operands, comparisons.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "kernels/attention.h"
#include "kernels/kernel_sets.h"
#include "reference/attention.h"

namespace vitrine::kernels::attention_testing {

using reference::AttentionCase;
using Floats = std::vector<float>;
using reference::Doubles;

inline Floats random_floats(size_t count, uint32_t seed, float spread = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  Floats values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

inline Doubles doubles(const Floats& values) { return {values.begin(), values.end()}; }

struct Inputs {
  AttentionCase shape;
  Floats q, k, v, out_gradient;
};

inline Inputs random_inputs(const AttentionCase& shape, uint32_t seed = 1, float spread = 1.0f) {
  const size_t queries = shape.batch * shape.queries * shape.heads * shape.head_width;
  const size_t keys = shape.batch * shape.keys * shape.key_heads * shape.head_width;
  return {shape, random_floats(queries, seed, spread), random_floats(keys, seed + 1, spread),
          random_floats(keys, seed + 2), random_floats(queries, seed + 3)};
}

struct Results {
  Floats out, log_sum_exp, q_gradient, k_gradient, v_gradient;
};

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline Floats nans(const Floats& like) { return Floats(like.size(), kNan); }

/// Runs the kernels. Results and gaps start as NaN: what is read or left unwritten by mistake shows.
class Runner {
 public:
  explicit Runner(KernelSet set, int threads = 1) : pool_(threads), context_{&pool_, &arena_, set} {}

  Results run(const Inputs& in, bool backward = true) {
    const AttentionCase& c = in.shape;
    const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
    Results r{nans(in.q), Floats(c.batch * c.heads * c.queries, kNan), nans(in.q), nans(in.k), nans(in.v)};
    run_on(in, backward,
           {.q = {in.q.data(), c.queries * q_width, q_width},
            .k = {in.k.data(), c.keys * k_width, k_width},
            .v = {in.v.data(), c.keys * k_width, k_width},
            .q_gradient = {r.q_gradient.data(), c.queries * q_width, q_width},
            .k_gradient = {r.k_gradient.data(), c.keys * k_width, k_width},
            .v_gradient = {r.v_gradient.data(), c.keys * k_width, k_width}},
           r);
    return r;
  }

  /// With q, k and v of a token, and their gradients, side by side in rows of (H + 2G) * D + 3 elements.
  Results run_interleaved(const Inputs& in) {
    const AttentionCase& c = in.shape;
    const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
    const int64_t stride = q_width + 2 * k_width + 3, tokens = c.batch * c.queries, batch_stride = c.queries * stride;
    Floats qkv(tokens * stride, kNan), gradient(tokens * stride, kNan);
    for (int64_t t = 0; t < tokens; ++t) {
      std::copy_n(&in.q[t * q_width], q_width, &qkv[t * stride]);
      std::copy_n(&in.k[t * k_width], k_width, &qkv[t * stride + q_width]);
      std::copy_n(&in.v[t * k_width], k_width, &qkv[t * stride + q_width + k_width]);
    }
    Results r{nans(in.q), Floats(c.batch * c.heads * c.queries, kNan), nans(in.q), nans(in.k), nans(in.v)};
    run_on(in, true,
           {.q = {&qkv[0], batch_stride, stride},
            .k = {&qkv[q_width], batch_stride, stride},
            .v = {&qkv[q_width + k_width], batch_stride, stride},
            .q_gradient = {&gradient[0], batch_stride, stride},
            .k_gradient = {&gradient[q_width], batch_stride, stride},
            .v_gradient = {&gradient[q_width + k_width], batch_stride, stride}},
           r);
    for (int64_t t = 0; t < tokens; ++t) {
      std::copy_n(&gradient[t * stride], q_width, &r.q_gradient[t * q_width]);
      std::copy_n(&gradient[t * stride + q_width], k_width, &r.k_gradient[t * k_width]);
      std::copy_n(&gradient[t * stride + q_width + k_width], k_width, &r.v_gradient[t * k_width]);
      for (int64_t i = q_width + 2 * k_width; i < stride; ++i) EXPECT_TRUE(std::isnan(gradient[t * stride + i]));
    }
    return r;
  }

 private:
  struct Operands {
    AttentionOperand q, k, v;
    AttentionResult q_gradient, k_gradient, v_gradient;
  };

  void run_on(const Inputs& in, bool backward, const Operands& on, Results& r) {
    const AttentionCase& c = in.shape;
    const AttentionShape shape{.batch = c.batch,
                               .queries = c.queries,
                               .keys = c.keys,
                               .heads = c.heads,
                               .key_heads = c.key_heads,
                               .head_width = c.head_width,
                               .window = c.window,
                               .scale = static_cast<float>(c.scale),
                               .first_key = c.first_key.empty() ? nullptr : c.first_key.data()};
    const int64_t width = c.heads * c.head_width, batch_stride = c.queries * width;
    attention_forward(context_, {.shape = shape,
                                 .q = on.q,
                                 .k = on.k,
                                 .v = on.v,
                                 .out = {r.out.data(), batch_stride, width},
                                 .log_sum_exp = r.log_sum_exp.data()});
    if (!backward) return;
    attention_backward(context_, {.shape = shape,
                                  .q = on.q,
                                  .k = on.k,
                                  .v = on.v,
                                  .out = {r.out.data(), batch_stride, width},
                                  .out_gradient = {in.out_gradient.data(), batch_stride, width},
                                  .log_sum_exp = r.log_sum_exp.data(),
                                  .q_gradient = on.q_gradient,
                                  .k_gradient = on.k_gradient,
                                  .v_gradient = on.v_gradient});
  }

  ThreadPool pool_;
  Arena arena_;
  KernelContext context_;
};

/// The largest difference, as a share of the largest value of the reference (at least 1).
inline double relative_error(const Floats& got, const Doubles& want) {
  double largest = 1.0, worst = 0.0;
  for (double value : want) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < want.size(); ++i) {
    if (!std::isfinite(got[i])) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, std::abs(got[i] - want[i]));
  }
  return worst / largest;
}

inline bool same_bits(const Floats& x, const Floats& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

inline void expect_same_bits(const Results& x, const Results& y) {
  EXPECT_TRUE(same_bits(x.out, y.out));
  EXPECT_TRUE(same_bits(x.log_sum_exp, y.log_sum_exp));
  EXPECT_TRUE(same_bits(x.q_gradient, y.q_gradient));
  EXPECT_TRUE(same_bits(x.k_gradient, y.k_gradient));
  EXPECT_TRUE(same_bits(x.v_gradient, y.v_gradient));
}

/// Documents of growing length from key 0 on; queries stand at the end of the keys.
inline std::vector<int32_t> document_starts(const AttentionCase& c, int64_t first_length, int64_t growth) {
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

inline double default_scale(int64_t head_width) { return 1.0 / std::sqrt(static_cast<double>(head_width)); }

inline AttentionCase make_case(int64_t batch, int64_t queries, int64_t keys, int64_t heads, int64_t key_heads,
                               int64_t head_width, int64_t window = 0) {
  return {batch, queries, keys, heads, key_heads, head_width, window, default_scale(head_width), {}};
}

inline std::string set_name(const testing::TestParamInfo<KernelSet>& info) {
  return std::string(kernel_set_name(info.param));
}

}  // namespace vitrine::kernels::attention_testing
