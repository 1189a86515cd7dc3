// A table over all code points in two stages, so that equal blocks cost nothing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace vitrine::tokenizer {

/// A small value for each code point; those never set have T{}. Memory: 2 bytes for each 256 code points, and a block
/// of 256 values for each that holds a set one.
template <typename T>
class CodePointMap {
 public:
  CodePointMap() : blocks_(1) { blocks_[0].fill(T{}); }

  /// Returns the value of a code point below 0x110000.
  const T& get(uint32_t code_point) const { return blocks_[block_of_[code_point >> 8]][code_point & 0xFF]; }

  void set(uint32_t code_point, T value) {
    uint16_t& block = block_of_[code_point >> 8];
    if (block == 0) {
      block = static_cast<uint16_t>(blocks_.size());
      blocks_.emplace_back().fill(T{});
    }
    blocks_[block][code_point & 0xFF] = value;
  }

 private:
  std::array<uint16_t, (0x110000 >> 8)> block_of_{};
  std::vector<std::array<T, 256>> blocks_;
};

}  // namespace vitrine::tokenizer
