// ByteFallback: tokens named <0x00> to <0xFF> become bytes.
#include "tokenizer/decoders/catalog.h"
#include "tokenizer/models/byte_fallback.h"

namespace vitrine::tokenizer {
namespace {

class ByteFallbackDecoder : public Decoder {
 public:
  void apply(DecodedToken& token) const override {
    if (token.is_added) return;
    if (const auto byte = byte_of_name(token.bytes)) token.bytes.assign(1, static_cast<char>(*byte));
  }
};

}  // namespace

DecoderPointer make_byte_fallback_decoder(const Setting& setting, bool) {
  setting.expect_only({});
  return std::make_unique<ByteFallbackDecoder>();
}

}  // namespace vitrine::tokenizer
