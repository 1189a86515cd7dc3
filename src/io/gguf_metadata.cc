#include "io/gguf_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/error.h"

namespace vitrine::io {
namespace {

[[noreturn]] void bad_value(std::string_view key, const GgufValue* value, std::string_view expected) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("metadata '{}' is {} (expected {})", excerpt(key),
                          value ? gguf_value_text(*value) : "missing", expected),
              "the file is damaged, or made by a program that writes another layout");
}

std::optional<int64_t> as_integer(const GgufValue& value) {
  return std::visit(
      [](const auto& v) -> std::optional<int64_t> {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
          if constexpr (std::is_same_v<T, uint64_t>)
            if (v > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
          return static_cast<int64_t>(v);
        } else {
          return std::nullopt;
        }
      },
      value);
}

std::optional<double> as_real(const GgufValue& value) {
  if (const auto* number = std::get_if<float>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto number = as_integer(value)) return static_cast<double>(*number);
  return std::nullopt;
}

/// One number of an array, as the value that it would be on its own.
GgufValue scalar_at(const GgufArray& array, size_t index) {
  const auto read = [&]<typename T>(T value) -> GgufValue {
    std::memcpy(&value, array.scalars.data() + index * sizeof(T), sizeof(T));
    return value;
  };
  switch (array.element_type) {
    case GgufType::kU8:
      return read(uint8_t{});
    case GgufType::kI8:
      return read(int8_t{});
    case GgufType::kU16:
      return read(uint16_t{});
    case GgufType::kI16:
      return read(int16_t{});
    case GgufType::kU32:
      return read(uint32_t{});
    case GgufType::kI32:
      return read(int32_t{});
    case GgufType::kF32:
      return read(float{});
    case GgufType::kBool:
      return array.scalars[index] != std::byte{0};
    case GgufType::kU64:
      return read(uint64_t{});
    case GgufType::kI64:
      return read(int64_t{});
    case GgufType::kF64:
      return read(double{});
    case GgufType::kText:
      return array.texts[index];
    case GgufType::kArray:
      return array.arrays[index];
  }
  return uint32_t{0};
}

template <typename T>
GgufArray packed(GgufType type, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {.element_type = type, .scalars = {bytes.begin(), bytes.end()}};
}

}  // namespace

std::string_view gguf_type_name(GgufType type) {
  constexpr std::string_view kNames[] = {"u8",   "i8",   "u16",   "i16", "u32", "i32", "f32",
                                         "bool", "text", "array", "u64", "i64", "f64"};
  const auto index = static_cast<size_t>(type);
  return index < std::size(kNames) ? kNames[index] : "?";
}

int64_t gguf_scalar_bytes(GgufType type) {
  constexpr int64_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kBytes[static_cast<size_t>(type)];
}

size_t GgufArray::size() const {
  if (element_type == GgufType::kText) return texts.size();
  if (element_type == GgufType::kArray) return arrays.size();
  return scalars.size() / static_cast<size_t>(gguf_scalar_bytes(element_type));
}

std::vector<int64_t> GgufArray::integers() const {
  std::vector<int64_t> values;
  values.reserve(size());
  for (size_t i = 0; i < size(); ++i) {
    const auto value = as_integer(scalar_at(*this, i));
    if (!value)
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("an array of {} where whole numbers are expected", gguf_type_name(element_type)));
    values.push_back(*value);
  }
  return values;
}

std::vector<float> GgufArray::reals() const {
  std::vector<float> values;
  values.reserve(size());
  for (size_t i = 0; i < size(); ++i) {
    const auto value = as_real(scalar_at(*this, i));
    if (!value)
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("an array of {} where numbers are expected", gguf_type_name(element_type)));
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

GgufArray GgufArray::of_texts(std::vector<std::string> texts) {
  return {.element_type = GgufType::kText, .texts = std::move(texts)};
}
GgufArray GgufArray::of_i32(std::span<const int32_t> values) { return packed(GgufType::kI32, values); }
GgufArray GgufArray::of_f32(std::span<const float> values) { return packed(GgufType::kF32, values); }

std::string gguf_value_text(const GgufValue& value) {
  constexpr size_t kShownElements = 4;
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", excerpt(*text));
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto number = as_integer(value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<float>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<uint64_t>(&value)) return fmt::format("{}", *number);
  const auto& array = std::get<GgufArray>(value);
  std::string text = fmt::format("{} x {} [", array.size(), gguf_type_name(array.element_type));
  for (size_t i = 0; i < std::min(array.size(), kShownElements); ++i)
    text += (i ? ", " : "") + (array.element_type == GgufType::kArray ? "[…]" : gguf_value_text(scalar_at(array, i)));
  return text + (array.size() > kShownElements ? ", …]" : "]");
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  for (const auto& [name, value] : entries_)
    if (name == key) return &value;
  return nullptr;
}

void GgufMetadata::set(std::string key, GgufValue value) {
  for (auto& entry : entries_)
    if (entry.first == key) {
      entry.second = std::move(value);
      return;
    }
  append(std::move(key), std::move(value));
}

void GgufMetadata::remove(std::string_view key) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first == key; });
}

int64_t GgufMetadata::integer(std::string_view key) const {
  const GgufValue* const value = find(key);
  const auto number = value ? as_integer(*value) : std::nullopt;
  if (!number) bad_value(key, value, "a whole number");
  return *number;
}

int64_t GgufMetadata::integer_or(std::string_view key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double GgufMetadata::real(std::string_view key) const {
  const GgufValue* const value = find(key);
  const auto number = value ? as_real(*value) : std::nullopt;
  if (!number) bad_value(key, value, "a number");
  return *number;
}

double GgufMetadata::real_or(std::string_view key, double fallback) const { return has(key) ? real(key) : fallback; }

bool GgufMetadata::flag_or(std::string_view key, bool fallback) const {
  const GgufValue* const value = find(key);
  if (value == nullptr) return fallback;
  const auto* flag = std::get_if<bool>(value);
  if (flag == nullptr) bad_value(key, value, "true or false");
  return *flag;
}

const std::string& GgufMetadata::text(std::string_view key) const {
  const GgufValue* const value = find(key);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  if (text == nullptr) bad_value(key, value, "a text");
  return *text;
}

std::string GgufMetadata::text_or(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}

const GgufArray& GgufMetadata::array(std::string_view key) const {
  const GgufValue* const value = find(key);
  const auto* array = value ? std::get_if<GgufArray>(value) : nullptr;
  if (array == nullptr) bad_value(key, value, "an array");
  return *array;
}

const std::vector<std::string>& GgufMetadata::texts(std::string_view key) const {
  const GgufArray& list = array(key);
  if (list.element_type != GgufType::kText && list.size() > 0) bad_value(key, find(key), "an array of texts");
  return list.texts;
}

}  // namespace vitrine::io
