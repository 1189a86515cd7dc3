// A start for small models: attention that fetches earlier tokens, and attention that looks up what was told.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/layers.h"

namespace vitrine::nn {

/// How far before the start of an answer the last word of the question stands, in tokens of the chat format: `?`, end
/// of turn, line break, start of turn, `assistant` and line break follow it.
inline constexpr int64_t kAskedDistance = 6;

/// What the heads of the first layer look back to, in tokens.
inline constexpr std::array<int64_t, 6> kLookBackDistances = {1, 2, 3, 4, 5, kAskedDistance};

/// What one head of the second layer does, in distances at which the first layer has fetched tokens; 0 is the token
/// itself.
struct LookUp {
  int64_t asked;   ///< what the query holds: the token so many before it
  int64_t found;   ///< where the attended token must hold the same
  int64_t answer;  ///< what is copied: the token so many before the attended one
};

/// The first three find the answer before the word that is asked for ("Tom likes plums", "Tom has the key", "Tom is in
/// the garden"), the next two what followed the same one or two words, the last what stood before the same word ("red
/// lamp").
inline constexpr std::array<LookUp, 6> kLookUps = {
    {{kAskedDistance, 0, 2}, {kAskedDistance, 0, 3}, {kAskedDistance, 0, 4}, {0, 1, 0}, {1, 2, 0}, {1, 0, 1}}};

/// Overwrites the random start of embeddings and attention, so that a model need not find by itself how to look up what
/// it was told: that takes heads of two layers that are of no use without each other.
///
/// - All embeddings share a common offset, which the first layer's queries and keys read as a constant.
/// - Heads of the first layer have queries and keys that agree at one of kLookBackDistances under the rotary positions,
/// and
///   write what they find through rotations of the residual stream: beside the token's own embedding.
/// - Heads of the second layer have queries and keys that agree as kLookUps says, and copy what it says.
/// - Values and outputs of all other heads start as parts of one orthogonal map and its transpose: what is attended to
/// is
///   added to the stream as it is.
///
/// All of it is trained on as any other weight is, and the model's form is unchanged. `embedding_deviation` is that of
/// the random start. The config must have rotary positions, QK-norm and a key head for each head; with fewer than six
/// heads the last distances are left out, and what needs them. Source: the idea of a structured start, Trockman and
/// Kolter 2023, arXiv:2305.09828; what a look-up is made of, Olsson et al. 2022, arXiv:2209.11895. Measured in
/// docs/experiments.md.
void start_with_look_up(const TransformerConfig& config, uint64_t seed, double embedding_deviation,
                        Parameter& embedding, const std::vector<Attention*>& layers);

}  // namespace vitrine::nn
