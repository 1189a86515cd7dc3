// Random texts that exercise tokenizers: scripts, marks, spaces, digits, emoji, and the tokenizer's own added tokens.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "tokenizer/unicode/categories.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

/// Characters below U+A000 whose properties the reference libraries do not know: their tables of marks and punctuation
/// stand at Unicode 9, PCRE2's at 14.
inline bool is_recent(uint32_t c) {
  static constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0x61D, 0x61D},   {0x7FD, 0x7FD},   {0x890, 0x891},   {0x897, 0x89F},   {0x8CA, 0x8E2},   {0x9FD, 0x9FE},
      {0xA76, 0xA76},   {0xAFA, 0xAFF},   {0xB55, 0xB55},   {0xC04, 0xC04},   {0xC3C, 0xC3C},   {0xC77, 0xC77},
      {0xC84, 0xC84},   {0xCF3, 0xCF3},   {0xD00, 0xD00},   {0xD3B, 0xD3C},   {0xD81, 0xD81},   {0xEBA, 0xEBA},
      {0xECE, 0xECE},   {0x166D, 0x166D}, {0x1715, 0x1715}, {0x1734, 0x1734}, {0x180E, 0x180F}, {0x1885, 0x1886},
      {0x1ABF, 0x1ACE}, {0x1B4E, 0x1B4F}, {0x1B7D, 0x1B7F}, {0x1C89, 0x1C8A}, {0x1CF2, 0x1CF3}, {0x1CF7, 0x1CF7},
      {0x1DF6, 0x1DFB}, {0x2427, 0x2429}, {0x2E43, 0x2E5D}, {0x2FFC, 0x2FFF}, {0x31E4, 0x31E5}, {0x31EF, 0x31EF},
      {0x32FF, 0x32FF}};
  for (const auto& [first, last] : kRanges)
    if (c >= first && c <= last) return true;
  return false;
}

inline uint32_t random_code_point(std::mt19937& random) {
  while (true) {
    uint32_t c = 0;
    switch (random() % 8) {
      case 0: c = 0x20 + random() % 0x60; break;
      case 1: c = 0x80 + random() % 0x780; break;
      case 2: c = 0x800 + random() % 0x1800; break;
      case 3: c = 0x2000 + random() % 0x1200; break;
      case 4: c = 0x3400 + random() % 0x6C00; break;
      case 5: c = 0xAC00 + random() % 0x2BA4; break;
      case 6: c = 0xF900 + random() % 0x6F0; break;
      default: c = 0x1F300 + random() % 0x3FF; break;
    }
    if (!is_recent(c) && category_of(c) != Category::kCn) return c;
  }
}

inline std::string random_text(std::mt19937& random, const std::vector<AddedToken>& added) {
  static constexpr std::string_view kPieces[] = {
      " ",      "  ",    "   ",     "          ", "\n",    "\n\n",  "\r\n",   "\t",    " \n ",   "\u00A0", "\u3000",
      "\u2028", "\x0B",  "\u0085",  "\u200B",     "\u200D", "\uFEFF", "'s",    "'S",    "'t",     "'LL",    "'ve",
      "'ſ",     "'",     "’s",      "the",        "The",   "THE",   "HelloWorld", "fooBar", "XMLHttp", "ing",  "walked",
      "naïve",  "Straße", "İstanbul", "ǅ",        "ﬁ",     "ª",     "e\u0301", "\u0301", "\u0323\u0307", "q\u0307\u0323",
      "가",     "\u1100\u1161\u11A8", "漢字",     "日本語", "ｶﾞ", "ガ",    "Å",     "①",    "²",      "½",      "Ⅷ",
      "٣٤",     "๓",     "०१",      "नमस्ते",     "हिन्दी", "שָׁלוֹם",  "مرحبا",  "ไทย",   "👩‍👩‍👧", "🏳️‍🌈", "🙂",     "👍🏽",
      "0",      "7",     "123",     "4567",       "3.14",  "1,000",  "...",     "!?",    "—",      "_",      "<0x0A>",
      "#",      "/",     "//",      "\n/",        "$",     "€",     "{}",      "();",   "==",     "\\n",    "\x01",
      "▁",      "▁▁",    "a▁b",     "<s>",        "</s>",  "<unk>", "[CLS]",   "[UNK]", "<|endoftext|>", "\uFFFD", "𝔘",
      "𐐷",      "\U000E0001", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "    def f(x):\n        return x\n"};
  std::string text;
  const int num_pieces = 1 + static_cast<int>(random() % 12);
  for (int i = 0; i < num_pieces; ++i) {
    const unsigned kind = random() % 10;
    if (kind < 6) {
      text += kPieces[random() % std::size(kPieces)];
    } else if (kind < 9 || added.empty()) {
      for (unsigned j = 0; j <= random() % 3; ++j) append_utf8(random_code_point(random), text);
    } else {
      text += added[random() % added.size()].content;
    }
  }
  return text;
}

}  // namespace vitrine::tokenizer
