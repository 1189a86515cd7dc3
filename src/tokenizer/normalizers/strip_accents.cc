// StripAccents: removes marks; a decomposing normalizer stands before it.
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/normalizers/map_characters.h"
#include "tokenizer/unicode/categories.h"

namespace vitrine::tokenizer {
namespace {

class StripAccents : public Normalizer {
 public:
  std::string apply(std::string text) const override {
    return map_characters(text, [](uint32_t c, std::string&) { return !is_mark(c); });
  }
};

}  // namespace

NormalizerPointer make_strip_accents(const Setting& setting) {
  setting.expect_only({});
  return std::make_unique<StripAccents>();
}

}  // namespace vitrine::tokenizer
