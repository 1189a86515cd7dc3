#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr uint32_t kReplacementCodePoint = 0xFFFD;

struct LeadByte {
  int length;          // 0: cannot start a character
  uint8_t low = 0x80;  // the legal range of the second byte; later ones are 80..BF
  uint8_t high = 0xBF;
};

LeadByte classify_lead(uint8_t lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xC2) return {0};
  if (lead < 0xE0) return {2};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

}  // namespace

Utf8Char read_utf8(const char* begin, const char* end) {
  const auto lead_byte = static_cast<uint8_t>(*begin);
  const LeadByte lead = classify_lead(lead_byte);
  if (lead.length == 1) return {lead_byte, 1, Utf8Status::kValid};
  if (lead.length == 0) return {kReplacementCodePoint, 1, Utf8Status::kInvalid};
  uint32_t code_point = lead_byte & (0x7Fu >> lead.length);
  for (int i = 1; i < lead.length; ++i) {
    if (begin + i == end) return {kReplacementCodePoint, static_cast<uint32_t>(i), Utf8Status::kIncomplete};
    const auto byte = static_cast<uint8_t>(begin[i]);
    const uint8_t low = i == 1 ? lead.low : 0x80, high = i == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) return {kReplacementCodePoint, static_cast<uint32_t>(i), Utf8Status::kInvalid};
    code_point = code_point << 6 | (byte & 0x3F);
  }
  return {code_point, static_cast<uint32_t>(lead.length), Utf8Status::kValid};
}

void append_utf8(uint32_t code_point, std::string& text) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
    return;
  }
  const int tail = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  text += static_cast<char>((tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0) | code_point >> (6 * tail));
  for (int i = tail - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((code_point >> (6 * i)) & 0x3F));
}

size_t find_invalid_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const Utf8Char character = read_utf8(at, end);
    if (character.status != Utf8Status::kValid) return static_cast<size_t>(at - text.data());
    at += character.length;
  }
  return std::string_view::npos;
}

bool is_valid_utf8(std::string_view text) { return find_invalid_utf8(text) == std::string_view::npos; }

}  // namespace vitrine::tokenizer
