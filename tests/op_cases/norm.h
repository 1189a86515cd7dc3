#pragma once

#include "ops/norm.h"
#include "reference/norm.h"
#include "support/op_case.h"

namespace vitrine::testing {

inline std::vector<OpCase> norm_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  std::vector<std::pair<Shape, int64_t>> shapes = {{{1, 1, 2}, 2}, {{2, 3, 5}, 5}, {{2, 2, 33}, 33}, {{1, 4, 48}, 16}};
  if (sizes == CaseSizes::kBench) shapes = {{{4, 256, 768}, 768}, {{12, 256, 384}, 384}, {{12, 256, 384}, 64}};
  for (const auto& [shape, width] : shapes) {
    cases.push_back(
        {.name = case_name("rms_norm", {shape[0], shape[1], shape[2], width}),
         .inputs = {{"x", shape}, {"gain", {width}}},
         .call = [](auto& ctx,
                    const OpInputs& in) { return ops::rms_norm(ctx, in.variable(0), in.parameter(1), 1e-5f); },
         .reference = [](const F64Arrays& in) { return reference::rms_norm(in[0], in[1], 1e-5); }});
    if (width != shape.last()) continue;
    cases.push_back(
        {.name = case_name("layer_norm", {shape[0], shape[1], shape[2]}),
         .inputs = {{"x", shape}, {"gain", {width}}, {"bias", {width}}},
         .call =
             [](auto& ctx, const OpInputs& in) {
               return ops::layer_norm(ctx, in.variable(0), in.parameter(1), &in.parameter(2), 1e-3f);
             },
         .reference = [](const F64Arrays& in) { return reference::layer_norm(in[0], in[1], &in[2], 1e-3); }});
  }
  return cases;
}

}  // namespace vitrine::testing
