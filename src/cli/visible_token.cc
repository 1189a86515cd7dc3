#include "cli/visible_token.h"

#include <fmt/format.h>

#include "tokenizer/utf8.h"

namespace vitrine::cli {
namespace {

/// Calls on_character(code point, its bytes) and on_byte(byte) for what is part of none, front to back.
template <typename OnCharacter, typename OnByte>
void for_each_character(std::string_view bytes, const OnCharacter& on_character, const OnByte& on_byte) {
  while (!bytes.empty()) {
    const tokenizer::Utf8Char character = tokenizer::read_utf8(bytes.data(), bytes.data() + bytes.size());
    const bool is_valid = character.status == tokenizer::Utf8Status::kValid;
    if (is_valid)
      on_character(character.code_point, bytes.substr(0, character.length));
    else
      on_byte(static_cast<unsigned char>(bytes[0]));
    bytes.remove_prefix(is_valid ? character.length : 1);
  }
}

std::string escape(uint32_t code_point) { return fmt::format("\\u{:04X}", code_point); }

}  // namespace

bool is_control(uint32_t code_point) {
  const bool turns_direction =
      (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || turns_direction;
}

std::string visible_token(std::string_view bytes) {
  std::string out;
  for_each_character(
      bytes,
      [&](uint32_t code_point, std::string_view character) {
        if (code_point == ' ')
          out += "␣";
        else if (code_point == '\n')
          out += "⏎";
        else if (is_control(code_point))
          out += escape(code_point);
        else
          out += character;
      },
      [&](unsigned byte) { out += fmt::format("\\x{:02X}", byte); });
  return out;
}

std::string escape_controls(std::string_view bytes) {
  std::string out;
  for_each_character(
      bytes,
      [&](uint32_t code_point, std::string_view character) {
        if (code_point != '\n' && code_point != '\t' && is_control(code_point))
          out += escape(code_point);
        else
          out += character;
      },
      [&](unsigned byte) { out += fmt::format("\\x{:02X}", byte); });
  return out;
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  for_each_character(
      bytes, [&](uint32_t, std::string_view character) { out += character; }, [&](unsigned) { out += "\uFFFD"; });
  return out;
}

}  // namespace vitrine::cli
