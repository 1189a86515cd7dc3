#include "schema/char_decoder.h"

#include <algorithm>

namespace vitrine::schema {
namespace {

using Step = PartialCharacter::Step;
using Result = PartialCharacter::Result;

constexpr uint32_t kNoDigit = 16;

uint32_t hex_value(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10u;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10u;
  return kNoDigit;
}

/// Returns what the letter after a backslash stands for; 0 where it stands for nothing.
uint32_t short_escape(uint8_t byte) {
  switch (byte) {
    case '"':
    case '\\':
    case '/': return byte;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

bool has_short_escape(uint32_t c) { return c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t'; }

/// The characters that a value and `left` more bytes may make.
Result utf8_range(uint32_t value, uint32_t left, uint32_t smallest) {
  const uint32_t first = std::max(value << 6 * left, smallest);
  const uint32_t last = std::min(((value + 1) << 6 * left) - 1, 0x10FFFFu);
  if (first > last || (first >= 0xD800 && last <= 0xDFFF)) return {};
  return {Step::kPartial, first, last};
}

}  // namespace

Result PartialCharacter::take(uint8_t byte, Spelling spelling) {
  switch (kind()) {
    case Kind::kNone: return first_byte(byte, spelling);
    case Kind::kUtf8: return utf8_byte(byte);
    case Kind::kEscape: return escaped(byte, spelling);
    case Kind::kHex: return hex_digit(byte, spelling);
    case Kind::kLowEscape: {
      const uint32_t high = value();
      if (byte != '\\') return {};
      set(Kind::kLowU, 0, high);
      return {Step::kPartial, 0x10000 + (high << 10), 0x10000 + (high << 10) + 0x3FF};
    }
    case Kind::kLowU: {
      const uint32_t high = value();
      if (byte != 'u') return {};
      set(Kind::kLowHex, 4, high << 10);
      return {Step::kPartial, 0x10000 + (high << 10), 0x10000 + (high << 10) + 0x3FF};
    }
    case Kind::kLowHex: return low_hex_digit(byte);
  }
  return {};
}

Result PartialCharacter::first_byte(uint8_t byte, Spelling spelling) {
  if (byte < 0x80) {
    if (spelling == Spelling::kPlain) return {Step::kWhole, byte, byte};
    if (byte < 0x20 || byte == '"') return {};
    if (byte != '\\') return {Step::kWhole, byte, byte};
    set(Kind::kEscape, 0, 0);
    return {Step::kPartial, 0, 0x10FFFF};
  }
  if (byte < 0xC2 || byte > 0xF4) return {};
  const uint32_t left = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  const uint32_t value = byte & (0x3Fu >> left);
  set(Kind::kUtf8, left | left << 2, value);
  return utf8_range(value, left, left == 1 ? 0x80 : left == 2 ? 0x800 : 0x10000);
}

Result PartialCharacter::utf8_byte(uint8_t byte) {
  if ((byte & 0xC0) != 0x80) return {};
  // Two bits hold how many bytes are to come, two how many came after the lead byte in all.
  const uint32_t following = this->left() >> 2, left = (this->left() & 3) - 1;
  const uint32_t value = this->value() << 6 | (byte & 0x3F);
  Result range = utf8_range(value, left, following == 1 ? 0x80 : following == 2 ? 0x800 : 0x10000);
  if (range.step == Step::kRefused) return {};
  if (left == 0) return whole(value);
  set(Kind::kUtf8, left | following << 2, value);
  return range;
}

Result PartialCharacter::escaped(uint8_t byte, Spelling spelling) {
  if (byte == 'u') {
    set(Kind::kHex, 4, 0);
    return {Step::kPartial, 0, spelling == Spelling::kJsonMinimal ? 0x1Fu : 0x10FFFFu};
  }
  const uint32_t c = short_escape(byte);
  if (c == 0 || (c == '/' && spelling == Spelling::kJsonMinimal)) return {};
  return whole(c);
}

Result PartialCharacter::hex_digit(uint8_t byte, Spelling spelling) {
  const uint32_t digit = hex_value(byte);
  if (digit == kNoDigit) return {};
  const uint32_t value = this->value() << 4 | digit, left = this->left() - 1;
  uint32_t first = value << 4 * left, last = ((value + 1) << 4 * left) - 1;
  if (spelling == Spelling::kJsonMinimal) {
    if (first > 0x1F || (left == 0 && has_short_escape(value))) return {};
    last = std::min(last, 0x1Fu);
  }
  if (left == 0) {
    if (value >= 0xDC00 && value <= 0xDFFF) return {};
    if (value < 0xD800 || value > 0xDFFF) return whole(value);
    const uint32_t high = value - 0xD800;
    set(Kind::kLowEscape, 0, high);
    return {Step::kPartial, 0x10000 + (high << 10), 0x10000 + (high << 10) + 0x3FF};
  }
  set(Kind::kHex, left, value);
  // Prefixes D, D8, D8F may become a pair, which reaches past the basic plane.
  const uint32_t high_first = std::max(first, 0xD800u), high_last = std::min(last, 0xDBFFu);
  if (high_first <= high_last) {
    const uint32_t pair_first = 0x10000 + ((high_first - 0xD800) << 10);
    const uint32_t pair_last = 0x10000 + ((high_last - 0xD800) << 10) + 0x3FF;
    return {Step::kPartial, first, last, pair_first, pair_last};
  }
  if (first >= 0xDC00 && last <= 0xDFFF) return {};
  return {Step::kPartial, first, last};
}

Result PartialCharacter::low_hex_digit(uint8_t byte) {
  const uint32_t digit = hex_value(byte);
  if (digit == kNoDigit) return {};
  // The value keeps the high half's ten bits and the ten of the low half: DC00 is fixed above them.
  const uint32_t left = this->left() - 1;
  uint32_t bits = value();
  if (left == 3) {
    if (digit != 0xD) return {};
  } else if (left == 2) {
    if (digit < 0xC) return {};
    bits |= (digit & 3) << 8;
  } else {
    bits |= digit << 4 * left;
  }
  if (left == 0) return whole(0x10000 + bits);
  set(Kind::kLowHex, left, bits);
  const uint32_t unknown = left == 3 ? 10 : 4 * left;
  return {Step::kPartial, 0x10000 + bits, 0x10000 + bits + (1u << unknown) - 1};
}

}  // namespace vitrine::schema
