// Short words as two machine words: compared and hashed without touching memory again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vitrine::tokenizer {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "WordKey puts the length into the last byte");

/// Up to 15 bytes, zero-filled, with the length in the top byte of `high`. Equal keys are equal words; a key of zeros
/// is no word.
struct WordKey {
  static constexpr size_t kMaxBytes = 15;

  uint64_t low = 0;
  uint64_t high = 0;

  bool operator==(const WordKey&) const = default;

  size_t size() const { return high >> 56; }

  /// Writes the bytes of the word, size() of them, to `to`, which has room for 16.
  void copy_to(char* to) const {
    std::memcpy(to, &low, 8);
    std::memcpy(to + 8, &high, 8);
  }

  uint64_t hash() const {
    uint64_t mixed = (low ^ (high >> 29)) * 0x9E3779B97F4A7C15u;
    mixed ^= high * 0xC2B2AE3D27D4EB4Fu;
    return (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93u;
  }
};

/// Makes the key of `num_bytes` <= kMaxBytes at `word`; reads no byte at or behind `text_end`.
inline WordKey make_word_key(const char* word, size_t num_bytes, const char* text_end) {
  WordKey key;
  if (text_end - word >= 16) {
    std::memcpy(&key.low, word, 8);
    std::memcpy(&key.high, word + 8, 8);
    if (num_bytes < 8) {
      key.low &= (uint64_t{1} << (8 * num_bytes)) - 1;
      key.high = 0;
    } else {
      key.high &= (uint64_t{1} << (8 * (num_bytes - 8))) - 1;
    }
  } else {
    char padded[16] = {};
    std::memcpy(padded, word, num_bytes);
    std::memcpy(&key.low, padded, 8);
    std::memcpy(&key.high, padded + 8, 8);
  }
  key.high |= static_cast<uint64_t>(num_bytes) << 56;
  return key;
}

}  // namespace vitrine::tokenizer
