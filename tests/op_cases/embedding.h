#pragma once

#include "ops/attention.h"
#include "ops/embedding.h"
#include "reference/rope.h"
#include "support/op_case.h"

namespace vitrine::testing {

inline std::vector<int32_t> random_integers(int64_t count, int64_t bound, uint64_t seed) {
  Rng rng(seed, 5);
  std::vector<int32_t> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(bound))));
  return values;
}

inline std::vector<OpCase> embedding_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  struct Size {
    int64_t batch, tokens, vocabulary, width;
  };
  std::vector<Size> list = {{1, 1, 1, 1}, {2, 5, 3, 7}, {2, 9, 11, 33}};
  if (sizes == CaseSizes::kBench) list = {{4, 256, 50304, 768}};
  for (const auto [b, t, v, c] : list) {
    std::vector<int32_t> positions;
    for (int64_t i = 0; i < b * t; ++i) positions.push_back(static_cast<int32_t>(i % t));
    cases.push_back(
        {.name = case_name("embedding", {b, t, v, c}),
         .inputs = {{.name = "ids", .shape = {b, t}, .differentiable = false, .integers = random_integers(b * t, v, 3)},
                    {"table", {v, c}},
                    {.name = "positions", .shape = {b, t}, .differentiable = false, .integers = positions},
                    {"position_table", {t, c}}},
         .call =
             [](auto& ctx, const OpInputs& in) {
               return ops::embedding(ctx, in.tensor(0), in.parameter(1), in.tensor(2), &in.parameter(3));
             },
         .reference =
             [c](const F64Arrays& in) {
               F64Array y(Shape{in[0].size(), c});
               for (int64_t i = 0; i < y.size(); ++i)
                 y[i] = in[1][static_cast<int64_t>(in[0][i / c]) * c + i % c] +
                        in[3][static_cast<int64_t>(in[2][i / c]) * c + i % c];
               return y;
             }});
  }
  return cases;
}

inline std::vector<OpCase> rope_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  struct Size {
    int64_t batch, tokens, heads, head_width;
  };
  std::vector<Size> list = {{1, 1, 1, 2}, {2, 5, 3, 6}, {1, 7, 2, 34}};
  if (sizes == CaseSizes::kBench) list = {{4, 256, 12, 64}};
  for (const auto [b, t, h, d] : list)
    cases.push_back({.name = case_name("rope", {b, t, h, d}),
                     .inputs = {{"x", {b, t, h * d}},
                                {.name = "positions",
                                 .shape = {b, t},
                                 .differentiable = false,
                                 .integers = random_integers(b * t, 50, 4)}},
                     .call =
                         [d](auto& ctx, const OpInputs& in) {
                           return ops::rope(ctx, in.variable(0), in.tensor(1), ops::make_rope_tables(50, d, 10000));
                         },
                     .reference = [d](const F64Arrays& in) { return reference::rope(in[0], in[1], d, 10000); }});
  return cases;
}

}  // namespace vitrine::testing
