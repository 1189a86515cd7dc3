#include "tokenizer/byte_alphabet.h"

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

/// Bytes that print as themselves in Latin-1 keep their code point.
constexpr bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<uint16_t, 256> character_of{};
  std::array<int16_t, 324> byte_of{};  // by character; -1 outside the alphabet
  std::array<uint8_t, 256> ordered_bytes{};
};

constexpr Alphabet make_alphabet() {
  Alphabet alphabet;
  alphabet.byte_of.fill(-1);
  uint16_t next = 256;  // the other bytes get the characters from U+0100 on, in order
  for (int byte = 0; byte < 256; ++byte) {
    const uint16_t character = stands_for_itself(byte) ? static_cast<uint16_t>(byte) : next++;
    alphabet.character_of[static_cast<size_t>(byte)] = character;
    alphabet.byte_of[character] = static_cast<int16_t>(byte);
  }
  size_t place = 0;
  for (const int16_t byte : alphabet.byte_of) {
    if (byte >= 0) alphabet.ordered_bytes[place++] = static_cast<uint8_t>(byte);
  }
  return alphabet;
}

constexpr Alphabet kByteAlphabet = make_alphabet();

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    const uint16_t character = kByteAlphabet.character_of[static_cast<uint8_t>(c)];
    if (character < 0x80) {
      text += static_cast<char>(character);
    } else {
      text += static_cast<char>(0xC0 | character >> 6);
      text += static_cast<char>(0x80 | (character & 0x3F));
    }
  }
  return text;
}

std::optional<std::string> from_byte_alphabet(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    const Utf8Char character = read_utf8(at, end);
    if (character.status != Utf8Status::kValid || character.code_point >= kByteAlphabet.byte_of.size())
      return std::nullopt;
    const int16_t byte = kByteAlphabet.byte_of[character.code_point];
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += character.length;
  }
  return bytes;
}

const std::array<uint8_t, 256>& bytes_in_alphabet_order() { return kByteAlphabet.ordered_bytes; }

}  // namespace vitrine::tokenizer
