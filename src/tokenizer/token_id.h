// The number of a token in its vocabulary.
#pragma once

#include <cstdint>

namespace vitrine::tokenizer {

using TokenId = int32_t;

/// Stands where no token is.
inline constexpr TokenId kNoToken = -1;

}  // namespace vitrine::tokenizer
