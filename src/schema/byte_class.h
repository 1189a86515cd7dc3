// Classes of characters by which the tokens of a vocabulary are sorted once, before any schema is known.
#pragma once

#include <array>
#include <cstdint>

namespace vitrine::schema {

/// A set of classes, one bit each.
using ByteClasses = uint64_t;

namespace byte_class {

constexpr ByteClasses bit(int index) { return ByteClasses{1} << index; }

constexpr ByteClasses kDigit = bit(0);
constexpr ByteClasses kLowerHex = bit(1);   ///< a to f
constexpr ByteClasses kLowerRest = bit(2);  ///< g to z
constexpr ByteClasses kUpperHex = bit(3);
constexpr ByteClasses kUpperRest = bit(4);
constexpr ByteClasses kSpace = bit(5);
constexpr ByteClasses kLineSpace = bit(6);  ///< tab, line feed, carriage return
constexpr ByteClasses kControl = bit(7);    ///< other bytes below 0x20
constexpr ByteClasses kDelete = bit(8);     ///< 0x7F
constexpr ByteClasses kNonAscii = bit(9);   ///< a byte from 0x80 on
constexpr int kFirstPunctuation = 10;       ///< each of the 32 marks of ASCII is a class of its own
constexpr int kCount = kFirstPunctuation + 32;

constexpr ByteClasses of(uint8_t byte) {
  if (byte >= 0x80) return kNonAscii;
  if (byte >= '0' && byte <= '9') return kDigit;
  if (byte >= 'a' && byte <= 'z') return byte <= 'f' ? kLowerHex : kLowerRest;
  if (byte >= 'A' && byte <= 'Z') return byte <= 'F' ? kUpperHex : kUpperRest;
  if (byte == ' ') return kSpace;
  if (byte == '\t' || byte == '\n' || byte == '\r') return kLineSpace;
  if (byte < 0x20) return kControl;
  if (byte == 0x7F) return kDelete;
  int index = kFirstPunctuation;
  for (int other = 0x21; other < byte; ++other) {
    const bool is_mark = !(other >= '0' && other <= '9') && !(other >= 'a' && other <= 'z') && !(other >= 'A' && other <= 'Z');
    index += is_mark ? 1 : 0;
  }
  return bit(index);
}

inline constexpr std::array<ByteClasses, 256> kTable = [] {
  std::array<ByteClasses, 256> table{};
  for (int byte = 0; byte < 256; ++byte) table[static_cast<size_t>(byte)] = of(static_cast<uint8_t>(byte));
  return table;
}();

constexpr ByteClasses kQuote = of('"');
constexpr ByteClasses kBackslash = of('\\');
constexpr ByteClasses kAll = (ByteClasses{1} << kCount) - 1;
/// What stands for itself in a JSON string.
constexpr ByteClasses kPlain = kAll & ~(kQuote | kBackslash | kControl | kLineSpace);

}  // namespace byte_class

/// A set of ASCII characters.
struct AsciiSet {
  std::array<uint64_t, 2> bits{};

  constexpr void add(uint32_t first, uint32_t last) {
    for (uint32_t word = 0; word < 2; ++word) {
      const uint32_t low = word * 64, high = low + 63;
      if (first > high || last < low) continue;
      const uint32_t from = first > low ? first - low : 0, to = last < high ? last - low : 63;
      bits[word] |= (~uint64_t{0} >> (63 - to)) & (~uint64_t{0} << from);
    }
  }
  constexpr bool overlaps(const AsciiSet& other) const {
    return ((bits[0] & other.bits[0]) | (bits[1] & other.bits[1])) != 0;
  }
  constexpr bool contains(uint32_t c) const { return c < 128 && (bits[c / 64] >> c % 64 & 1) != 0; }
};

/// Returns the ASCII characters of some classes.
AsciiSet members_of(ByteClasses classes);

/// Returns the classes of which the set has every member, and with `any` those of which it has some.
ByteClasses classes_within(const AsciiSet& set);
ByteClasses classes_touched(const AsciiSet& set);

}  // namespace vitrine::schema
