#pragma once

#include "ops/pointwise.h"
#include "reference/linear.h"
#include "reference/softmax.h"
#include "support/op_case.h"

namespace vitrine::testing {

inline std::vector<OpCase> pointwise_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  std::vector<Shape> shapes = {{1, 1}, {3, 5}, {2, 16}, {4, 33}, {3, 70}};
  if (sizes == CaseSizes::kBench) shapes = {{1024, 3072}, {3072, 1536}};
  for (const Shape& shape : shapes) {
    const int64_t m = shape[0], n = shape[1];
    using kernels::Activation;
    for (const Activation function : {Activation::kGelu, Activation::kGeluErf, Activation::kRelu2, Activation::kSilu})
      cases.push_back(
          {.name = case_name("activation_" + std::to_string(static_cast<int>(function)), {m, n}),
           .inputs = {{"x", shape, true, -6, 6}},
           .call = [function](auto& ctx, const OpInputs& in) { return ops::activation(ctx, function, in.variable(0)); },
           .reference = [function](const F64Arrays& in) { return reference::activation(function, in[0]); }});
    cases.push_back(
        {.name = case_name("swiglu", {m, n}),
         .inputs = {{"gate", shape, true, -6, 6}, {"up", shape}},
         .call = [](auto& ctx, const OpInputs& in) { return ops::swiglu(ctx, in.variable(0), in.variable(1)); },
         .reference = [](const F64Arrays& in) { return reference::swiglu(in[0], in[1]); }});
    cases.push_back(
        {.name = case_name("add", {m, n}),
         .inputs = {{"a", shape}, {"b", shape}},
         .call = [](auto& ctx, const OpInputs& in) { return ops::add(ctx, in.variable(0), in.variable(1)); },
         .reference =
             [](const F64Arrays& in) {
               F64Array y = in[0];
               for (int64_t i = 0; i < y.size(); ++i) y[i] += in[1][i];
               return y;
             }});
    cases.push_back({.name = case_name("softmax", {m, n}),
                     .inputs = {{"x", shape, true, -9, 9}},
                     .call = [](auto& ctx, const OpInputs& in) { return ops::softmax(ctx, in.variable(0)); },
                     .reference = [](const F64Arrays& in) { return reference::softmax(in[0]); }});
  }
  return cases;
}

}  // namespace vitrine::testing
