// The entries of the catalog; each has a file of its own.
#pragma once

#include "tokenizer/splitters/splitter.h"

namespace vitrine::tokenizer {

SplitterPointer make_bert_splitter(const Setting& setting);
SplitterPointer make_byte_level_splitter(const Setting& setting);
SplitterPointer make_delimiter_splitter(const Setting& setting);
SplitterPointer make_digits_splitter(const Setting& setting);
SplitterPointer make_metaspace_splitter(const Setting& setting);
SplitterPointer make_pattern_splitter(const Setting& setting);
SplitterPointer make_punctuation_splitter(const Setting& setting);
SplitterPointer make_whitespace_splitter(const Setting& setting);

}  // namespace vitrine::tokenizer
