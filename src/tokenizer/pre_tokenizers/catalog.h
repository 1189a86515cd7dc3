// The entries of the catalog; each has a file of its own.
#pragma once

#include "tokenizer/pre_tokenizer.h"

namespace vitrine::tokenizer {

PreTokenizer cl100k_pre_tokenizer();
PreTokenizer gpt2_pre_tokenizer();
PreTokenizer llama3_pre_tokenizer();
PreTokenizer o200k_pre_tokenizer();
PreTokenizer qwen2_pre_tokenizer();
PreTokenizer smollm_pre_tokenizer();
PreTokenizer tekken_pre_tokenizer();

}  // namespace vitrine::tokenizer
