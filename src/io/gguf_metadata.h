// The typed key-value pairs of a GGUF file, in the order of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vitrine::io {

/// Types of values, with the numbers of the format. Source: GGUF specification, github.com/ggml-org/ggml.
enum class GgufType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kText = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

/// "u32", "text", …
std::string_view gguf_type_name(GgufType type);
/// Bytes of a number or bool; 0 for texts and arrays.
int64_t gguf_scalar_bytes(GgufType type);

/// An array of one type. Numbers stay as the bytes of the file, so that an array takes no more memory than there.
struct GgufArray {
  GgufType element_type = GgufType::kU32;
  std::vector<std::byte> scalars;  ///< numbers and bools, packed
  std::vector<std::string> texts;  ///< of element_type kText
  std::vector<GgufArray> arrays;   ///< of element_type kArray

  size_t size() const;
  /// Errors of both: kCorruptData when the elements are no whole numbers, or no numbers.
  std::vector<int64_t> integers() const;
  std::vector<float> reals() const;

  static GgufArray of_texts(std::vector<std::string> texts);
  static GgufArray of_i32(std::span<const int32_t> values);
  static GgufArray of_f32(std::span<const float> values);
  bool operator==(const GgufArray&) const = default;
};

/// A value; the alternatives stand in the order of GgufType's numbers.
using GgufValue = std::variant<uint8_t, int8_t, uint16_t, int16_t, uint32_t, int32_t, float, bool, std::string,
                               GgufArray, uint64_t, int64_t, double>;
inline GgufType gguf_type_of(const GgufValue& value) { return static_cast<GgufType>(value.index()); }
/// As people read it: numbers, quoted texts, arrays by type and size with their first elements.
std::string gguf_value_text(const GgufValue& value);

/// Keys with values. Errors of all readers: kCorruptData naming key, what was got and what was expected.
class GgufMetadata {
 public:
  const std::vector<std::pair<std::string, GgufValue>>& entries() const { return entries_; }
  const GgufValue* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// Replaces the value of a key where it stands, or puts the key last.
  void set(std::string key, GgufValue value);
  /// Puts a key last without looking for it: the reader has seen that it is new.
  void append(std::string key, GgufValue value) { entries_.emplace_back(std::move(key), std::move(value)); }
  void remove(std::string_view key);

  /// A whole number of any width.
  int64_t integer(std::string_view key) const;
  int64_t integer_or(std::string_view key, int64_t fallback) const;
  /// A number of any kind.
  double real(std::string_view key) const;
  double real_or(std::string_view key, double fallback) const;
  bool flag_or(std::string_view key, bool fallback) const;
  const std::string& text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  const GgufArray& array(std::string_view key) const;
  const std::vector<std::string>& texts(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, GgufValue>> entries_;
};

}  // namespace vitrine::io
