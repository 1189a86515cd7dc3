#pragma once

#include "op_cases/embedding.h"
#include "ops/cross_entropy.h"
#include "reference/linear.h"
#include "reference/softmax.h"
#include "support/op_case.h"

namespace vitrine::testing {

/// The loss starts the backward pass by itself; the case's output is the loss, its gradient weight is 1.
inline std::vector<OpCase> cross_entropy_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  struct Size {
    int64_t rows, width, vocabulary;
  };
  std::vector<Size> list = {{1, 1, 2}, {5, 7, 11}, {33, 16, 19}, {3, 5, 70}};
  if (sizes == CaseSizes::kBench) list = {{1024, 768, 50304}};
  for (const auto [m, k, v] : list) {
    std::vector<int32_t> targets = random_integers(m, v, 6);
    if (m > 2) targets[1] = -1;
    cases.push_back({.name = case_name("cross_entropy", {m, k, v}),
                     .inputs = {{"x", {m, k}, true, -2, 2},
                                {"head", {v, k}},
                                {.name = "targets", .shape = {m}, .differentiable = false, .integers = targets}},
                     .call =
                         [](auto& ctx, const OpInputs& in) {
                           const auto result =
                               ops::linear_cross_entropy(ctx, in.variable(0), in.parameter(1), in.tensor(2), 1.0f);
                           const float loss = static_cast<float>(result.loss_sum);
                           return autograd::leaf(Tensor::from_floats({1}, std::span(&loss, 1)));
                         },
                     .reference =
                         [](const F64Arrays& in) {
                           F64Array loss(Shape{1});
                           loss[0] = reference::cross_entropy_sum(reference::linear(in[0], in[1], nullptr), in[2]);
                           return loss;
                         },
                     .flops = 2.0 * static_cast<double>(m * k * v)});
  }
  return cases;
}

}  // namespace vitrine::testing
