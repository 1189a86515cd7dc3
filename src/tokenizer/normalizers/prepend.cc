// Prepend: a text before every stretch of text that is not empty.
#include "tokenizer/normalizers/catalog.h"

namespace vitrine::tokenizer {
namespace {

class Prepend : public Normalizer {
 public:
  explicit Prepend(std::string what) : what_(std::move(what)) {}

  std::string apply(std::string text) const override { return text.empty() ? text : what_ + text; }

 private:
  std::string what_;
};

}  // namespace

NormalizerPointer make_prepend(const Setting& setting) {
  setting.expect_only({"prepend"});
  return std::make_unique<Prepend>(setting.text("prepend"));
}

}  // namespace vitrine::tokenizer
