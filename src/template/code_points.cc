#include "template/code_points.h"

#include <algorithm>

namespace vitrine::templates {
namespace {

constexpr uint32_t kStrayByte = 0xDC00;

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
bool is_tail(uint8_t byte) { return (byte & 0xC0) == 0x80; }

bool is_ascii_text(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

}  // namespace

CodePoint code_point_at(std::string_view bytes, size_t at) {
  const uint8_t lead = byte_at(bytes, at);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || at + length > bytes.size()) return {kStrayByte + lead, 1};
  uint32_t value = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!is_tail(byte_at(bytes, at + i))) return {kStrayByte + lead, 1};
    value = value << 6 | (byte_at(bytes, at + i) & 0x3F);
  }
  const bool valid = value >= kSmallest[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  return valid ? CodePoint{value, length} : CodePoint{kStrayByte + lead, 1};
}

size_t previous_code_point(std::string_view bytes, size_t at) {
  for (size_t length = 2; length <= 4 && length <= at; ++length) {
    if (is_tail(byte_at(bytes, at - 1)) && code_point_at(bytes, at - length).length == length) return at - length;
  }
  return at - 1;
}

void append_code_point(uint32_t value, std::string& bytes) {
  if (value >= kStrayByte + 0x80 && value <= kStrayByte + 0xFF) {
    bytes += static_cast<char>(value - kStrayByte);
    return;
  }
  if (value < 0x80) {
    bytes += static_cast<char>(value);
    return;
  }
  const int tail = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
  bytes += static_cast<char>((tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0) | value >> (6 * tail));
  for (int i = tail - 1; i >= 0; --i) bytes += static_cast<char>(0x80 | ((value >> (6 * i)) & 0x3F));
}

size_t count_code_points(std::string_view bytes) {
  if (is_ascii_text(bytes)) return bytes.size();
  size_t count = 0;
  for (size_t at = 0; at < bytes.size(); at += code_point_at(bytes, at).length) ++count;
  return count;
}

size_t byte_of_code_point(std::string_view bytes, size_t index) {
  size_t at = 0;
  for (; index > 0 && at < bytes.size(); --index) at += code_point_at(bytes, at).length;
  return at;
}

bool is_space(uint32_t value) {
  if (value < 0x80) return value == ' ' || (value >= 0x09 && value <= 0x0D) || (value >= 0x1C && value <= 0x1F);
  return value == 0x85 || value == 0xA0 || value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
         value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

bool is_line_end(uint32_t value) {
  return (value >= 0x0A && value <= 0x0D) || (value >= 0x1C && value <= 0x1E) || value == 0x85 || value == 0x2028 ||
         value == 0x2029;
}

}  // namespace vitrine::templates
