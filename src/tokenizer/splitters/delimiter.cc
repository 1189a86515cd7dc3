// CharDelimiterSplit: at one character, which goes.
#include "tokenizer/regex/text_pattern.h"
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"

namespace vitrine::tokenizer {
namespace {

class DelimiterSplitter : public Splitter {
 public:
  explicit DelimiterSplitter(std::string delimiter) : pattern_(TextPattern::literal(std::move(delimiter))) {}
  void apply(Pieces& pieces) const override {
    split_by(pieces, Behavior::kRemoved, false,
             [&](std::string_view word, const FoundDelimiter& found) { pattern_.for_each_match(word, found); });
  }

 private:
  TextPattern pattern_;
};

}  // namespace

SplitterPointer make_delimiter_splitter(const Setting& setting) {
  setting.expect_only({"delimiter"});
  return std::make_unique<DelimiterSplitter>(setting.text("delimiter"));
}

}  // namespace vitrine::tokenizer
