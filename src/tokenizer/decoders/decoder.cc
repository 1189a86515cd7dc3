#include "tokenizer/decoders/decoder.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/decoders/catalog.h"

namespace vitrine::tokenizer {

std::span<const DecoderKind> decoder_kinds() {
  static const DecoderKind kCatalog[] = {
      {"ByteFallback", make_byte_fallback_decoder},
      {"ByteLevel", make_byte_level_decoder},
      {"Fuse", make_fuse_decoder},
      {"Metaspace", make_metaspace_decoder},
      {"Replace", make_replace_decoder},
      {"Strip", make_strip_decoder},
      {"WordPiece", make_word_piece_decoder},
  };
  return kCatalog;
}

DecoderChain::DecoderChain(const Setting& setting) {
  bool is_fused = false;
  for (const Setting* step : flatten_sequence(setting, "decoders")) {
    const DecoderKind* kind = nullptr;
    for (const DecoderKind& known : decoder_kinds())
      if (known.type == step->type()) kind = &known;
    if (kind == nullptr)
      throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: unknown decoder '{}'", excerpt(step->type())),
                  "docs/ARCHITECTURE.md says how to add one");
    if (DecoderPointer made = kind->make(*step, is_fused)) steps_.push_back(std::move(made));
    is_fused = is_fused || step->type() == "Fuse";
  }
  joins_names_ = setting.is_null();
}

std::string DecoderChain::decode(std::string_view name, bool is_first, bool is_added) const {
  DecodedToken token{std::string(name), is_first, is_added};
  if (joins_names_ && !is_first) token.bytes.insert(0, 1, ' ');
  for (const DecoderPointer& step : steps_) step->apply(token);
  return std::move(token.bytes);
}

}  // namespace vitrine::tokenizer
