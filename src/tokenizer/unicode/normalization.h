// Unicode normalization forms. Source: Unicode Standard Annex 15, of the pinned version.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::tokenizer {

enum class NormalizationForm : uint8_t { kNfc, kNfd, kNfkc, kNfkd };

/// Tells cheaply that a text is in the form already; false means only that it may not be.
bool is_surely_normalized(std::string_view text, NormalizationForm form);

/// Returns the text in the form. Bytes that are not UTF-8 stay, and nothing combines across them.
std::string normalize(std::string_view text, NormalizationForm form);

}  // namespace vitrine::tokenizer
