// Fuse: the steps behind it see the whole text; see DecoderKind.
#include "tokenizer/decoders/catalog.h"

namespace vitrine::tokenizer {

DecoderPointer make_fuse_decoder(const Setting& setting, bool) {
  setting.expect_only({});
  return nullptr;
}

}  // namespace vitrine::tokenizer
