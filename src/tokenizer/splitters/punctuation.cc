// Punctuation: at punctuation marks.
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"
#include "tokenizer/unicode/categories.h"

namespace vitrine::tokenizer {
namespace {

class PunctuationSplitter : public Splitter {
 public:
  explicit PunctuationSplitter(Behavior behavior) : behavior_(behavior) {}
  void apply(Pieces& pieces) const override { split_by_characters(pieces, behavior_, is_punctuation); }

 private:
  Behavior behavior_;
};

}  // namespace

SplitterPointer make_punctuation_splitter(const Setting& setting) {
  setting.expect_only({"behavior"});
  return std::make_unique<PunctuationSplitter>(read_behavior(setting.text_or("behavior", "Isolated")));
}

}  // namespace vitrine::tokenizer
