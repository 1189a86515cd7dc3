// Attention as its definition: one full softmax per query, sums in f64.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace vitrine::reference {

/// Contiguous tensors: q, out [B,T,H,D]; k, v [B,S,G,D]; first_key [B,T] or empty.
struct AttentionCase {
  int64_t batch = 1, queries = 1, keys = 1, heads = 1, key_heads = 1, head_width = 1;
  int64_t window = 0;
  double scale = 1.0;
  std::vector<int32_t> first_key;

  int64_t position(int64_t t) const { return keys - queries + t; }
  int64_t first_visible(int64_t b, int64_t t) const {
    int64_t first = first_key.empty() ? 0 : first_key[b * queries + t];
    if (window > 0) first = std::max(first, position(t) - window + 1);
    return std::max<int64_t>(first, 0);
  }
  int64_t q_at(int64_t b, int64_t t, int64_t h) const { return ((b * queries + t) * heads + h) * head_width; }
  int64_t k_at(int64_t b, int64_t s, int64_t h) const {
    return ((b * keys + s) * key_heads + h / (heads / key_heads)) * head_width;
  }
};

using Doubles = std::vector<double>;

inline double dot(const double* x, const double* y, int64_t width) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) sum += x[i] * y[i];
  return sum;
}

/// Probabilities of keys first_visible … position for one query of one head, and the log of their normaliser.
struct AttentionRow {
  int64_t first = 0;
  Doubles p;
  double log_sum_exp = 0;
};

inline AttentionRow attention_row(const AttentionCase& c, const Doubles& q, const Doubles& k, int64_t b, int64_t t,
                                  int64_t h) {
  AttentionRow row{.first = c.first_visible(b, t)};
  for (int64_t s = row.first; s <= c.position(t); ++s)
    row.p.push_back(c.scale * dot(&q[c.q_at(b, t, h)], &k[c.k_at(b, s, h)], c.head_width));
  const double max = *std::max_element(row.p.begin(), row.p.end());
  double sum = 0;
  for (double& p : row.p) sum += p = std::exp(p - max);
  for (double& p : row.p) p /= sum;
  row.log_sum_exp = max + std::log(sum);
  return row;
}

struct AttentionOutput {
  Doubles out, log_sum_exp;  // [B,T,H,D], [B,H,T]
};

inline AttentionOutput attention(const AttentionCase& c, const Doubles& q, const Doubles& k, const Doubles& v) {
  AttentionOutput result{Doubles(q.size()), Doubles(c.batch * c.heads * c.queries)};
  for (int64_t b = 0; b < c.batch; ++b)
    for (int64_t t = 0; t < c.queries; ++t)
      for (int64_t h = 0; h < c.heads; ++h) {
        const AttentionRow row = attention_row(c, q, k, b, t, h);
        for (size_t j = 0; j < row.p.size(); ++j)
          for (int64_t i = 0; i < c.head_width; ++i)
            result.out[c.q_at(b, t, h) + i] += row.p[j] * v[c.k_at(b, row.first + j, h) + i];
        result.log_sum_exp[(b * c.heads + h) * c.queries + t] = row.log_sum_exp;
      }
  return result;
}

struct AttentionGradients {
  Doubles q, k, v;
};

/// Gradients of sum(out * out_gradient).
inline AttentionGradients attention_gradients(const AttentionCase& c, const Doubles& q, const Doubles& k,
                                              const Doubles& v, const Doubles& out_gradient) {
  AttentionGradients g{Doubles(q.size()), Doubles(k.size()), Doubles(v.size())};
  for (int64_t b = 0; b < c.batch; ++b)
    for (int64_t t = 0; t < c.queries; ++t)
      for (int64_t h = 0; h < c.heads; ++h) {
        const AttentionRow row = attention_row(c, q, k, b, t, h);
        const int64_t at = c.q_at(b, t, h);
        Doubles dp(row.p.size());
        double mean = 0;
        for (size_t j = 0; j < row.p.size(); ++j) {
          dp[j] = dot(&out_gradient[at], &v[c.k_at(b, row.first + j, h)], c.head_width);
          mean += row.p[j] * dp[j];
        }
        for (size_t j = 0; j < row.p.size(); ++j) {
          const int64_t key = c.k_at(b, row.first + j, h);
          const double ds = c.scale * row.p[j] * (dp[j] - mean);
          for (int64_t i = 0; i < c.head_width; ++i) {
            g.v[key + i] += row.p[j] * out_gradient[at + i];
            g.q[at + i] += ds * k[key + i];
            g.k[key + i] += ds * q[at + i];
          }
        }
      }
  return g;
}

}  // namespace vitrine::reference
