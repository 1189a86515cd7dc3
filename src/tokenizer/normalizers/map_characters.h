// Goes through the characters of a text and writes what each becomes.
#pragma once

#include <string>
#include <string_view>

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

/// Calls `map(code_point, out)` for each character; returns true from it to keep the character as it is. Bytes that are
/// not UTF-8 stay.
template <typename Map>
std::string map_characters(std::string_view text, Map map) {
  std::string out;
  out.reserve(text.size());
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const Utf8Char character = read_utf8(at, end);
    if (character.status != Utf8Status::kValid || map(character.code_point, out)) out.append(at, character.length);
    at += character.length;
  }
  return out;
}

}  // namespace vitrine::tokenizer
