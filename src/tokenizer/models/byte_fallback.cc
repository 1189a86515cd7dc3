#include "tokenizer/models/byte_fallback.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::tokenizer {

std::optional<uint8_t> byte_of_name(std::string_view name) {
  if (name.size() != 6 || !name.starts_with("<0x") || name[5] != '>') return std::nullopt;
  int value = 0;
  for (const char c : name.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + digit;
  }
  return static_cast<uint8_t>(value);
}

ByteFallback::ByteFallback(const std::function<TokenId(std::string_view)>& find) {
  for (int byte = 0; byte < 256; ++byte) tokens_[static_cast<size_t>(byte)] = find(fmt::format("<0x{:02X}>", byte));
}

bool ByteFallback::append(std::string_view bytes, std::vector<TokenId>& out) const {
  const bool all = std::all_of(bytes.begin(), bytes.end(),
                               [&](char c) { return tokens_[static_cast<uint8_t>(c)] != kNoToken; });
  if (!all) return false;
  for (const char c : bytes) out.push_back(tokens_[static_cast<uint8_t>(c)]);
  return true;
}

}  // namespace vitrine::tokenizer
