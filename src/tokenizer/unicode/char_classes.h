// Looks up the class of a code point in constant time, from the generated ranges.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tokenizer/unicode/tables.h"

namespace vitrine::tokenizer {

/// A two-stage table over all code points, built once from the ranges (some 40 KiB).
class CharClasses {
 public:
  /// Returns the one table. Threads: safe.
  static const CharClasses& get();

  /// Returns the class of a code point below 0x110000.
  CharClass of(uint32_t code_point) const {
    return blocks_[block_of_[code_point >> kBlockBits]][code_point & (kBlockSize - 1)];
  }

 private:
  static constexpr uint32_t kBlockBits = 8;
  static constexpr uint32_t kBlockSize = 1u << kBlockBits;
  using Block = std::array<CharClass, kBlockSize>;

  CharClasses();

  std::array<uint16_t, (0x110000 >> kBlockBits)> block_of_{};
  std::vector<Block> blocks_;
};

}  // namespace vitrine::tokenizer
