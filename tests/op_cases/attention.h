#pragma once

#include "ops/attention.h"
#include "reference/attention.h"
#include "support/op_case.h"

namespace vitrine::testing {

inline std::vector<OpCase> attention_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  struct Size {
    int64_t batch, tokens, heads, key_heads, head_width, window, document;
  };
  std::vector<Size> list = {{1, 1, 1, 1, 1, 0, 0},
                            {2, 5, 2, 1, 3, 0, 0},
                            {1, 9, 4, 2, 8, 0, 4},
                            {2, 7, 2, 2, 5, 3, 0},
                            {1, 19, 1, 1, 4, 5, 6}};
  if (sizes == CaseSizes::kBench) list = {{4, 256, 12, 12, 64, 0, 0}, {12, 256, 6, 6, 64, 0, 0}};
  for (const auto [b, t, h, g, d, window, document] : list) {
    std::vector<int32_t> first_key;
    for (int64_t i = 0; i < b * t; ++i)
      first_key.push_back(static_cast<int32_t>(document > 0 ? i % t / document * document : 0));
    const reference::AttentionCase shape{.batch = b,
                                         .queries = t,
                                         .keys = t,
                                         .heads = h,
                                         .key_heads = g,
                                         .head_width = d,
                                         .window = window,
                                         .scale = 1.0 / std::sqrt(static_cast<double>(d)),
                                         .first_key = first_key};
    cases.push_back({.name = case_name("attention", {b, t, h, g, d, window, document}),
                     .inputs = {{"q", {b, t, h * d}, true, -2, 2},
                                {"k", {b, t, g * d}, true, -2, 2},
                                {"v", {b, t, g * d}},
                                {.name = "first_key", .shape = {b, t}, .differentiable = false, .integers = first_key}},
                     .call =
                         [d = d, window = window](auto& ctx, const OpInputs& in) {
                           return ops::attention(ctx, in.variable(0), in.variable(1), in.variable(2),
                                                 {.head_width = d, .window = window, .first_key = in.tensor(3)});
                         },
                     .reference =
                         [shape](const F64Arrays& in) {
                           F64Array y(in[0].shape);
                           y.data = reference::attention(shape, in[0].data, in[1].data, in[2].data).out;
                           return y;
                         },
                     .flops = 2.0 * static_cast<double>(b * h * t * t * d)});
  }
  return cases;
}

}  // namespace vitrine::testing
