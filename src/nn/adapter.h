// Low-rank adapters (LoRA): small maps beside a model's linear maps, chosen row by row or added to the weights.
// Source: Hu et al. 2021, arXiv:2106.09685.
#pragma once

#include <map>
#include <span>
#include <string>

#include "autograd/execution_context.h"
#include "nn/transformer.h"

namespace vitrine::nn {

/// y += scale * (x·Aᵀ)·Bᵀ. Shapes: a [R,K], b [N,R].
struct LowRankMap {
  Tensor a, b;
  float scale = 1;
};

struct Adapter {
  std::string name;
  std::map<std::string, LowRankMap, std::less<>> maps;  ///< by the name of the weight that they stand beside
};

/// Rows [first, first + count) of a pass go through an adapter.
struct AdaptedRows {
  int64_t first = 0, count = 0;
  const Adapter* adapter = nullptr;
};

/// For ExecutionContext::adapt: adds what the adapters make of their rows. `rows` is borrowed; no rows give an empty
/// function. A row's result does not depend on the other rows.
autograd::LinearAdapters adapt_rows(std::span<const AdaptedRows> rows);

/// Adds an adapter to the weights themselves, which are held as f32 from then on.
void merge_adapter(Transformer& transformer, const Adapter& adapter);

}  // namespace vitrine::nn
