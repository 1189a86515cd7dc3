// Characters that arrive byte by byte, as UTF-8 or as escapes of a JSON string.
#pragma once

#include <cstdint>

namespace vitrine::schema {

/// How characters may be spelled.
enum class Spelling : uint8_t {
  kPlain,        ///< UTF-8, no escapes: text outside of JSON
  kJson,         ///< in a JSON string, every legal spelling
  kJsonMinimal,  ///< in a JSON string, escapes only for what cannot stand as itself
};

/// A character of which some bytes have come. The default value is none: between two characters.
/// It fits 32 bits (packed()), as it is part of the automaton's state.
class PartialCharacter {
 public:
  enum class Step : uint8_t { kRefused, kPartial, kWhole };
  /// What a byte gave. The characters that may still come of it are first..last and, beyond the basic plane,
  /// pair_first..pair_last (none where they are out of order); whole means that first is the character.
  struct Result {
    Step step = Step::kRefused;
    uint32_t first = 0, last = 0;
    uint32_t pair_first = 1, pair_last = 0;
  };

  PartialCharacter() = default;
  static PartialCharacter unpacked(uint32_t bits) { return PartialCharacter(bits); }
  uint32_t packed() const { return bits_; }
  bool is_none() const { return bits_ == 0; }
  /// Tells whether a backslash was read and nothing after it.
  bool is_begun_escape() const { return kind() == Kind::kEscape; }
  /// Tells whether this waits for the next byte of UTF-8, or for a hexadecimal digit.
  bool wants_utf8() const { return kind() == Kind::kUtf8; }
  bool wants_hex() const { return kind() == Kind::kHex || kind() == Kind::kLowHex; }
  /// Tells whether an escape was begun and its character is not known: what may come then depends on the spelling.
  bool is_escape() const { return kind() == Kind::kEscape || kind() == Kind::kHex; }

  /// Takes the next byte. A quote that ends a JSON string is refused here; the caller looks for it first.
  Result take(uint8_t byte, Spelling spelling);

 private:
  enum class Kind : uint8_t { kNone, kUtf8, kEscape, kHex, kLowEscape, kLowU, kLowHex };

  explicit PartialCharacter(uint32_t bits) : bits_(bits) {}
  Kind kind() const { return static_cast<Kind>(bits_ >> 28); }
  uint32_t left() const { return bits_ >> 24 & 15; }  ///< bytes or digits to come
  uint32_t value() const { return bits_ & 0xFFFFFF; }
  void set(Kind kind, uint32_t left, uint32_t value) { bits_ = static_cast<uint32_t>(kind) << 28 | left << 24 | value; }
  Result whole(uint32_t code_point) {
    bits_ = 0;
    return {Step::kWhole, code_point, code_point};
  }
  Result first_byte(uint8_t byte, Spelling spelling);
  Result utf8_byte(uint8_t byte);
  Result escaped(uint8_t byte, Spelling spelling);
  Result hex_digit(uint8_t byte, Spelling spelling);
  Result low_hex_digit(uint8_t byte);

  uint32_t bits_ = 0;
};

}  // namespace vitrine::schema
