#include "tokenizer/normalizers/normalizer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/normalizers/catalog.h"

namespace vitrine::tokenizer {

std::span<const NormalizerKind> normalizer_kinds() {
  static const NormalizerKind kCatalog[] = {
      {"BertNormalizer", make_bert_normalizer},
      {"Lowercase", make_lowercase},
      {"NFC", make_unicode_form},
      {"NFD", make_unicode_form},
      {"NFKC", make_unicode_form},
      {"NFKD", make_unicode_form},
      {"Precompiled", make_precompiled},
      {"Prepend", make_prepend},
      {"Replace", make_replace},
      {"SentencePiece", make_sentencepiece_normalizer},
      {"Strip", make_strip},
      {"StripAccents", make_strip_accents},
  };
  return kCatalog;
}

NormalizerChain::NormalizerChain(const Setting& setting) {
  for (const Setting* step : flatten_sequence(setting, "normalizers")) {
    const NormalizerKind* kind = nullptr;
    for (const NormalizerKind& known : normalizer_kinds())
      if (known.type == step->type()) kind = &known;
    if (kind == nullptr)
      throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: unknown normalizer '{}'", step->type()),
                  "docs/ARCHITECTURE.md says how to add one");
    steps_.push_back(kind->make(*step));
  }
}

bool NormalizerChain::surely_keeps(std::string_view text) const {
  for (const NormalizerPointer& step : steps_)
    if (!step->surely_keeps(text)) return false;
  return true;
}

std::string NormalizerChain::apply(std::string text) const {
  for (const NormalizerPointer& step : steps_) text = step->apply(std::move(text));
  return text;
}

std::string NormalizerChain::apply_to_token(std::string token) const {
  for (const NormalizerPointer& step : steps_) token = step->apply_to_token(std::move(token));
  return token;
}

}  // namespace vitrine::tokenizer
