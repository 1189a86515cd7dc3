// The entries of the catalog; each has a file of its own.
#pragma once

#include "tokenizer/pre_tokenizer.h"

namespace vitrine::tokenizer {

PreTokenizer gpt2_pre_tokenizer();
PreTokenizer qwen2_pre_tokenizer();

}  // namespace vitrine::tokenizer
