// The entries of the catalog; each has a file of its own.
#pragma once

#include "tokenizer/decoders/decoder.h"

namespace vitrine::tokenizer {

DecoderPointer make_byte_fallback_decoder(const Setting& setting, bool is_fused);
DecoderPointer make_byte_level_decoder(const Setting& setting, bool is_fused);
DecoderPointer make_fuse_decoder(const Setting& setting, bool is_fused);  // null: every text is fused here
DecoderPointer make_metaspace_decoder(const Setting& setting, bool is_fused);
DecoderPointer make_replace_decoder(const Setting& setting, bool is_fused);
DecoderPointer make_strip_decoder(const Setting& setting, bool is_fused);
DecoderPointer make_word_piece_decoder(const Setting& setting, bool is_fused);

}  // namespace vitrine::tokenizer
