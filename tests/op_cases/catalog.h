// Every op's cases. Adding an op: its cases in a file here, and one line below.
#pragma once

#include "op_cases/attention.h"
#include "op_cases/cross_entropy.h"
#include "op_cases/embedding.h"
#include "op_cases/linear.h"
#include "op_cases/norm.h"
#include "op_cases/pointwise.h"

namespace vitrine::testing {

inline std::vector<OpCase> all_op_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  for (const auto& make :
       {attention_cases, cross_entropy_cases, embedding_cases, linear_cases, norm_cases, pointwise_cases, rope_cases})
    for (OpCase& each : make(sizes)) cases.push_back(std::move(each));
  return cases;
}

}  // namespace vitrine::testing
