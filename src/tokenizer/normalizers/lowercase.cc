// Lowercase: each character by itself.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/unicode/lowercase.h"

namespace vitrine::tokenizer {
namespace {

class Lowercase : public Normalizer {
 public:
  std::string apply(std::string text) const override { return to_lowercase(text); }
};

}  // namespace

NormalizerPointer make_lowercase(const Setting& setting) {
  setting.expect_only({});
  return std::make_unique<Lowercase>();
}

}  // namespace vitrine::tokenizer
