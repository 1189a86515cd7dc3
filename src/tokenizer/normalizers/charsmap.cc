#include "tokenizer/normalizers/charsmap.h"

#include <cstring>

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

// The fields of a unit of the double array.
bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t leaf_value(uint32_t unit) { return unit & 0x7FFFFFFF; }
uint32_t label(uint32_t unit) { return unit & 0x800000FF; }
uint32_t offset(uint32_t unit) { return (unit >> 10) << ((unit & 1u << 9) >> 6); }

}  // namespace

Charsmap::Charsmap(std::string_view bytes) {
  if (bytes.empty()) return;
  uint32_t trie_bytes = 0;
  if (bytes.size() > 4) std::memcpy(&trie_bytes, bytes.data(), 4);  // little-endian, as this program's machines are
  if (bytes.size() <= 4 || trie_bytes == 0 || trie_bytes % 4 != 0 || trie_bytes > bytes.size() - 4)
    throw Error(ErrorCode::kCorruptData, "tokenizer: the precompiled charsmap does not hold the size it claims",
                "get the file again");
  units_.resize(trie_bytes / 4);
  std::memcpy(units_.data(), bytes.data() + 4, trie_bytes);
  texts_ = bytes.substr(4 + trie_bytes);
  texts_ += '\0';
}

std::optional<Charsmap::Match> Charsmap::find(std::string_view text, bool stop_at_first) const {
  std::optional<Match> found;
  if (units_.empty()) return found;
  size_t place = offset(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    place ^= byte;
    if (byte == 0 || place >= units_.size() || label(units_[place]) != byte) break;
    const uint32_t unit = units_[place];
    place ^= offset(unit);
    if (!has_leaf(unit)) continue;
    if (place >= units_.size() || leaf_value(units_[place]) >= texts_.size()) break;
    found = Match{i + 1, texts_.c_str() + leaf_value(units_[place])};
    if (stop_at_first) break;
  }
  return found;
}

}  // namespace vitrine::tokenizer
