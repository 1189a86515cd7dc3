// WhitespaceSplit: at white space. Whitespace: also between word characters and others.
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"
#include "tokenizer/unicode/categories.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

class WhitespaceSplitter : public Splitter {
 public:
  void apply(Pieces& pieces) const override { split_by_characters(pieces, Behavior::kRemoved, is_white_space); }
};

enum class Kind { kSpace, kWord, kOther };

Kind kind_of(uint32_t c) {
  if (is_word_character(c)) return Kind::kWord;
  return is_white_space(c) ? Kind::kSpace : Kind::kOther;
}

class WordSplitter : public Splitter {
 public:
  void apply(Pieces& pieces) const override {
    split_by(pieces, Behavior::kRemoved, /*invert=*/true, [](std::string_view text, const FoundDelimiter& found) {
      const char* end = text.data() + text.size();
      for (const char *begin = text.data(), *at = begin; begin != end; begin = at) {
        const Kind kind = kind_of(read_utf8(at, end).code_point);
        while (at != end && kind_of(read_utf8(at, end).code_point) == kind) at += read_utf8(at, end).length;
        if (kind != Kind::kSpace)
          found(static_cast<size_t>(begin - text.data()), static_cast<size_t>(at - text.data()));
      }
    });
  }
};

}  // namespace

SplitterPointer make_whitespace_splitter(const Setting& setting) {
  setting.expect_only({});
  if (setting.type() == "Whitespace") return std::make_unique<WordSplitter>();
  return std::make_unique<WhitespaceSplitter>();
}

}  // namespace vitrine::tokenizer
