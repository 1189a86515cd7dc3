// What the Metaspace splitter and the Metaspace decoder have in common.
#pragma once

#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// Where a space is put before a word.
enum class PrependScheme { kAlways, kFirst, kNever };

/// Reads `prepend_scheme`, or the `add_prefix_space` of older files. Errors: kCorruptData.
PrependScheme read_prepend_scheme(const Setting& setting);

}  // namespace vitrine::tokenizer
