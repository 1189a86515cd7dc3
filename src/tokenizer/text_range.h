// A stretch of a text.
#pragma once

#include <cstddef>

namespace vitrine::tokenizer {

/// Bytes [begin, end).
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

}  // namespace vitrine::tokenizer
