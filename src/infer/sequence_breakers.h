// The texts that end a passage for the dry step, as token ids.
#pragma once

#include "infer/sampling_settings.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::infer {

/// A list of texts that stands in one setting: split at commas; \n, \t, \\ and \, stand for themselves. Empty ones are
/// left out. Errors: kInvalidArgument for an unknown escape, naming the setting.
std::vector<std::string> split_texts(const std::string& text, std::string_view setting);

/// Fills settings.dry_breaker_ids from settings.dry_sequence_breakers: of each text the token that it ends with when it
/// follows a letter. Does nothing while dry is off. Errors: kInvalidArgument for an unknown escape.
void resolve_sequence_breakers(SamplingSettings& settings, const tokenizer::Tokenizer& tokenizer);

}  // namespace vitrine::infer
