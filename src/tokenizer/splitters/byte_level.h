// The byte-level step where the model itself works on bytes.
#pragma once

#include "tokenizer/splitters/splitter.h"

namespace vitrine::tokenizer {

/// Makes a ByteLevel step that cuts, and leaves the bytes as they are. Errors: kCorruptData for a bad option.
SplitterPointer make_raw_byte_level_splitter(const Setting& setting);

}  // namespace vitrine::tokenizer
