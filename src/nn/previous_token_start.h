// A start for small models: heads of the first layer that look at the tokens before, and values that carry words on.
#pragma once

#include <vector>

#include "nn/layers.h"

namespace vitrine::nn {

/// Overwrites the random start of embeddings and attention, so that a model need not find by itself how to fetch the token
/// before: that is the half of looking up (an induction head's) which small models learn last.
///
/// - All embeddings share a common offset, which the first layer's queries and keys read as a constant.
/// - The first layer's key heads (four at most) have queries and keys that agree at distance 1, 2, 3, 4 under the rotary
///   positions, and write what they find through a rotation of the residual stream: beside the token's own.
/// - Values and outputs of all other heads start as parts of one orthogonal map and its transpose: what is attended to is
///   added to the stream as it is.
///
/// All of it is trained on as any other weight is, and the model's form is unchanged. `embedding_deviation` is that of the
/// random start. The config must have rotary positions and QK-norm.
/// Source: the idea of a structured start, Trockman and Kolter 2023, arXiv:2305.09828; what a look-up is made of, Olsson et
/// al. 2022, arXiv:2209.11895. Measured in docs/experiments.md.
void start_with_previous_token(const TransformerConfig& config, uint64_t seed, double embedding_deviation,
                               Parameter& embedding, const std::vector<Attention*>& layers);

}  // namespace vitrine::nn
