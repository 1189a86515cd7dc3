// The texts that end a passage for the dry step, as token ids.
#pragma once

#include "infer/sampling_settings.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::infer {

/// Fills settings.dry_breaker_ids from settings.dry_sequence_breakers: of each text the token that it ends with when it
/// follows a letter. Does nothing while dry is off. Errors: kInvalidArgument for an unknown escape.
void resolve_sequence_breakers(SamplingSettings& settings, const tokenizer::Tokenizer& tokenizer);

}  // namespace vitrine::infer
