#include "tokenizer/unicode/char_classes.h"

#include <algorithm>

namespace vitrine::tokenizer {

const CharClasses& CharClasses::get() {
  static const CharClasses table;
  return table;
}

CharClasses::CharClasses() {
  // The first four blocks are of one class throughout; most of the code space shares them.
  for (int uniform = 0; uniform < 4; ++uniform) blocks_.emplace_back().fill(static_cast<CharClass>(uniform));
  for (const ClassRange& range : class_ranges()) {
    for (uint32_t block = range.first >> kBlockBits; block <= range.last >> kBlockBits; ++block) {
      const uint32_t start = block << kBlockBits;
      const uint32_t first = std::max(range.first, start), last = std::min(range.last, start + kBlockSize - 1);
      if (last - first + 1 == kBlockSize) {
        block_of_[block] = static_cast<uint16_t>(range.char_class);
        continue;
      }
      if (block_of_[block] == 0) {
        block_of_[block] = static_cast<uint16_t>(blocks_.size());
        blocks_.emplace_back().fill(CharClass::kOther);
      }
      Block& content = blocks_[block_of_[block]];
      std::fill(content.begin() + (first - start), content.begin() + (last - start) + 1, range.char_class);
    }
  }
}

}  // namespace vitrine::tokenizer
