// How an architecture's parameters lie in GGUF files: one table each, read both ways.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "nn/transformer.h"

namespace vitrine::model {

/// In which order the rows of one of our parameters lie in the file's tensor.
enum class GgufRows {
  kAsOurs,
  kInterleaved,  ///< the two halves of each head in turn: rotary pairs are neighbours there, half a head apart here
  kQueryPart,    ///< first, second and last third of the rows of one tensor
  kKeyPart,
  kValuePart,
};

/// A module's name here and there, without the block and without `.weight` or `.bias`.
struct GgufName {
  std::string_view ours;
  std::string_view theirs;
  GgufRows rows = GgufRows::kAsOurs;
};

/// One architecture in GGUF files.
struct GgufLayout {
  std::string_view architecture;  ///< general.architecture, and what its keys begin with
  std::span<const GgufName> names;
  /// What the architecture settles without the file's help.
  nn::TransformerConfig (*defaults)();
};

/// Where one of our parameters lies.
struct GgufPlace {
  std::string tensor;
  GgufRows rows = GgufRows::kAsOurs;
  int64_t first_row = 0;
  int64_t total_rows = 0;  ///< of the file's tensor
};

/// Errors: kInternal for a parameter that the table lacks.
GgufPlace gguf_place(const GgufLayout& layout, const std::string& parameter, const Shape& shape);

/// The shape of the tensor there.
inline Shape gguf_shape(const GgufPlace& place, const Shape& ours) {
  return ours.rank() == 1 ? Shape{place.total_rows} : Shape{place.total_rows, ours[1]};
}

/// Row of the file's tensor, counted from the place's first, that holds our row.
int64_t gguf_row(GgufRows rows, int64_t our_row, int64_t head_width);

extern const GgufLayout kGpt2Gguf;
extern const GgufLayout kLlamaGguf;
extern const GgufLayout kQwen2Gguf;
extern const GgufLayout kQwen3Gguf;

}  // namespace vitrine::model
