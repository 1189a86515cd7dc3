// Split: at the matches of a pattern.
#include "tokenizer/regex/text_pattern.h"
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"

namespace vitrine::tokenizer {
namespace {

class PatternSplitter : public Splitter {
 public:
  PatternSplitter(TextPattern pattern, Behavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void apply(Pieces& pieces) const override {
    split_by(pieces, behavior_, invert_,
             [&](std::string_view word, const FoundDelimiter& found) { pattern_.for_each_match(word, found); });
  }

 private:
  TextPattern pattern_;
  Behavior behavior_;
  bool invert_;
};

}  // namespace

SplitterPointer make_pattern_splitter(const Setting& setting) {
  setting.expect_only({"pattern", "behavior", "invert"});
  return std::make_unique<PatternSplitter>(TextPattern::from_setting(setting.get("pattern")),
                                           read_behavior(setting.text("behavior")), setting.flag("invert", false));
}

}  // namespace vitrine::tokenizer
