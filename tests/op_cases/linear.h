#pragma once

#include "ops/linear.h"
#include "ops/pointwise.h"
#include "reference/linear.h"
#include "support/op_case.h"

namespace vitrine::testing {

struct LinearSize {
  int64_t rows, in, out;
};
inline std::vector<LinearSize> linear_sizes(CaseSizes sizes) {
  if (sizes == CaseSizes::kBench) return {{1024, 768, 768}, {1024, 768, 3072}, {3072, 384, 1536}};
  return {{1, 1, 1}, {2, 3, 5}, {5, 16, 7}, {7, 33, 17}, {19, 9, 34}};
}

inline F64Array sum_of(F64Array a, const F64Array& b) {
  for (int64_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

inline std::vector<OpCase> linear_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  for (const auto [m, k, n] : linear_sizes(sizes)) {
    const double flops = 2.0 * static_cast<double>(m * k * n);
    cases.push_back(
        {.name = case_name("linear", {m, k, n}),
         .inputs = {{"x", {m, k}}, {"weight", {n, k}}},
         .call = [](auto& ctx, const OpInputs& in) { return ops::linear(ctx, in.variable(0), in.parameter(1)); },
         .reference = [](const F64Arrays& in) { return reference::linear(in[0], in[1], nullptr); },
         .flops = flops});
    cases.push_back(
        {.name = case_name("linear_bias_residual", {m, k, n}),
         .inputs = {{"x", {m, k}}, {"weight", {n, k}}, {"bias", {n}}, {"residual", {m, n}}},
         .call =
             [](auto& ctx, const OpInputs& in) {
               const autograd::Variable residual = in.variable(3);
               return ops::linear(ctx, in.variable(0), in.parameter(1), &in.parameter(2), &residual);
             },
         .reference = [](const F64Arrays& in) { return sum_of(reference::linear(in[0], in[1], &in[2]), in[3]); },
         .flops = flops});
    using kernels::Activation;
    for (const Activation function : {Activation::kGelu, Activation::kGeluErf, Activation::kRelu2, Activation::kSilu}) {
      cases.push_back({.name = case_name("activated_linear_" + std::to_string(static_cast<int>(function)), {m, k, n}),
                       .inputs = {{"x", {m, k}, true, -3, 3}, {"weight", {n, k}}, {"bias", {n}}},
                       .call =
                           [function](auto& ctx, const OpInputs& in) {
                             return ops::activated_linear(ctx, in.variable(0), function, in.parameter(1),
                                                          &in.parameter(2));
                           },
                       .reference =
                           [function](const F64Arrays& in) {
                             return reference::linear(reference::activation(function, in[0]), in[1], &in[2]);
                           },
                       .flops = flops});
    }
    cases.push_back(
        {.name = case_name("swiglu_linear", {m, k, n}),
         .inputs = {{"gate", {m, k}, true, -4, 4}, {"up", {m, k}}, {"weight", {n, k}}, {"residual", {m, n}}},
         .call =
             [](auto& ctx, const OpInputs& in) {
               const autograd::Variable residual = in.variable(3);
               return ops::swiglu_linear(ctx, in.variable(0), in.variable(1), in.parameter(2), nullptr, &residual);
             },
         .reference =
             [](const F64Arrays& in) {
               return sum_of(reference::linear(reference::swiglu(in[0], in[1]), in[2], nullptr), in[3]);
             },
         .flops = flops});
    cases.push_back(
        {.name = case_name("swiglu_linear_bias", {m, k, n}),
         .inputs = {{"gate", {m, k}, true, -4, 4}, {"up", {m, k}}, {"weight", {n, k}}, {"bias", {n}}},
         .call =
             [](auto& ctx, const OpInputs& in) {
               return ops::swiglu_linear(ctx, in.variable(0), in.variable(1), in.parameter(2), &in.parameter(3));
             },
         .reference =
             [](const F64Arrays& in) { return reference::linear(reference::swiglu(in[0], in[1]), in[2], &in[3]); },
         .flops = flops});
  }
  return cases;
}

}  // namespace vitrine::testing
