// The character that vocabularies of SentencePiece's kind write in place of a space.
#pragma once

#include <string_view>

namespace vitrine::tokenizer {

inline constexpr std::string_view kSpaceMark = "\u2581";

}  // namespace vitrine::tokenizer
