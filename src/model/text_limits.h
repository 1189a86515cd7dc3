// Where a model's texts begin and end.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_config.h"

namespace vitrine::model {

/// The tokens that end an answer: those that files name, the end of the tokenizer's config, and every special token
/// whose name says that it ends a turn or a text (<|im_end|>, <|eot_id|>, </s> …). Ascending; ids that the vocabulary
/// lacks are left out.
std::vector<tokenizer::TokenId> end_ids(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& config,
                                        std::span<const int64_t> named);

/// Whether a token of this name ends a turn or a text wherever it is met.
bool is_end_name(std::string_view name);

/// The tokens that stand before a text that is to be continued: what the tokenizer puts there, or its first token where
/// its config says so, or, where it names none, the token that pads: our own models learn texts behind it.
std::vector<tokenizer::TokenId> text_start(const tokenizer::Tokenizer& tokenizer,
                                           const tokenizer::TokenizerConfig& config);

}  // namespace vitrine::model
