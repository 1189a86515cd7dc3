// ByteLevel: characters of the byte alphabet become bytes.
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/decoders/catalog.h"

namespace vitrine::tokenizer {
namespace {

class ByteLevelDecoder : public Decoder {
 public:
  void apply(DecodedToken& token) const override {
    if (token.is_added) return;
    if (auto bytes = from_byte_alphabet(token.bytes)) token.bytes = std::move(*bytes);
  }
};

}  // namespace

DecoderPointer make_byte_level_decoder(const Setting& setting, bool) {
  setting.expect_only({"add_prefix_space", "trim_offsets", "use_regex"});  // they say nothing about decoding
  return std::make_unique<ByteLevelDecoder>();
}

}  // namespace vitrine::tokenizer
