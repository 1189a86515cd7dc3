// Tokens named <0x00> to <0xFF> stand for single bytes.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Returns the byte that a token of this name stands for.
std::optional<uint8_t> byte_of_name(std::string_view name);

/// The token of each byte, kNoToken where there is none.
class ByteFallback {
 public:
  /// `find` returns the id of a name, or kNoToken.
  explicit ByteFallback(const std::function<TokenId(std::string_view name)>& find);

  /// Appends the tokens of the bytes if each has one, and tells whether.
  bool append(std::string_view bytes, std::vector<TokenId>& out) const;

  TokenId token(uint8_t byte) const { return tokens_[byte]; }

 private:
  std::array<TokenId, 256> tokens_;
};

}  // namespace vitrine::tokenizer
