// Random texts that exercise tokenizers: scripts, marks, spaces, digits, emoji, and the tokenizer's own added tokens.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "tokenizer/unicode/categories.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

/// Code points that came with Unicode 15 and later, below U+3400: other libraries' tables may lack them.
inline bool is_recent(uint32_t c) {
  for (const auto& [first, last] : {std::pair{0x897u, 0x897u}, {0xCF3u, 0xCF3u}, {0xECEu, 0xECEu}, {0x1B4Eu, 0x1B4Fu},
                                   {0x1B7Fu, 0x1B7Fu}, {0x1C89u, 0x1C8Au}, {0x2427u, 0x2429u}, {0x2FFCu, 0x2FFFu},
                                   {0x31E4u, 0x31E5u}, {0x31EFu, 0x31EFu}})
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
