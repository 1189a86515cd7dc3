// Digits: between numbers and the rest, on request around each digit.
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/split_by.h"
#include "tokenizer/unicode/categories.h"

namespace vitrine::tokenizer {
namespace {

class DigitsSplitter : public Splitter {
 public:
  explicit DigitsSplitter(bool individual) : behavior_(individual ? Behavior::kIsolated : Behavior::kContiguous) {}
  void apply(Pieces& pieces) const override { split_by_characters(pieces, behavior_, is_number); }

 private:
  Behavior behavior_;
};

}  // namespace

SplitterPointer make_digits_splitter(const Setting& setting) {
  setting.expect_only({"individual_digits"});
  return std::make_unique<DigitsSplitter>(setting.flag("individual_digits", false));
}

}  // namespace vitrine::tokenizer
