// BertPreTokenizer: at white space, and around each punctuation mark.
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"
#include "tokenizer/unicode/categories.h"

namespace vitrine::tokenizer {
namespace {

class BertSplitter : public Splitter {
 public:
  void apply(Pieces& pieces) const override {
    split_by_characters(pieces, Behavior::kRemoved, is_white_space);
    split_by_characters(pieces, Behavior::kIsolated, is_punctuation);
  }
};

}  // namespace

SplitterPointer make_bert_splitter(const Setting& setting) {
  setting.expect_only({});
  return std::make_unique<BertSplitter>();
}

}  // namespace vitrine::tokenizer
