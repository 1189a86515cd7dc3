#include "tokenizer/unicode/lowercase.h"

#include <array>

#include "tokenizer/unicode/code_point_map.h"
#include "tokenizer/unicode/table_text.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

using Lower = std::array<uint32_t, 2>;  // zeros: the character itself; one zero: a single character

const CodePointMap<Lower>& lowercase_map() {
  static const CodePointMap<Lower> map = [] {
    CodePointMap<Lower> built;
    for_each_entry(lowercase_mappings(), [&](const std::vector<uint32_t>& entry) {
      built.set(entry[0], {entry[1], entry.size() > 2 ? entry[2] : 0});
    });
    return built;
  }();
  return map;
}

}  // namespace

std::string to_lowercase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const Utf8Char character = read_utf8(at, end);
    const Lower mapped =
        character.status == Utf8Status::kValid ? lowercase_map().get(character.code_point) : Lower{};
    if (mapped[0] == 0) {
      lower.append(at, character.length);
    } else {
      append_utf8(mapped[0], lower);
      if (mapped[1] != 0) append_utf8(mapped[1], lower);
    }
    at += character.length;
  }
  return lower;
}

}  // namespace vitrine::tokenizer
