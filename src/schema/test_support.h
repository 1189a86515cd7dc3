// What the tests of this folder share: a small vocabulary, walks, and a mask made token by token.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "schema/matcher.h"

namespace vitrine::schema {

/// All single bytes, tokens that cross the parts of a JSON document, cut characters, and an end token (the last id).
inline const std::vector<std::string>& small_tokens() {
  static const std::vector<std::string> tokens = [] {
    std::vector<std::string> list;
    for (int byte = 0; byte < 256; ++byte) list.emplace_back(1, static_cast<char>(byte));
    for (const char* text :
         {"\",", "\"}", "\"]", "\":", "\": ", "\": \"", "\", \"", "{\"", "[\"", "{}", "[]", "},", "}]", "]}", "],", "  ", "\n",
          "\n  ", " \"", " {", "[{", "\"}\n", "\\\"", "\\n", "\\u", "\\u00", "\\u00e9", "\\ud83d", "\\\\", "a\\", "x\\n\"",
          "name", "na", "me\"", "age", "\"age\"", "ab", "abc", "the", " the", " The", "The", "Word", "word.", "a-b", "-b", "b.",
          "hello world", "AB", "ABC", "A1", "12", "123", "1234", "0.", ".5", "e1", "1e", "-1", "10", "100", "00", "true", "tru",
          "alse", "null", "nul", "é", "\xC3", "\xA9x", "€", "\xE2\x82", "\xF0\x9F", "\x98\x80", "😀", "é\"", "\"é",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
          "        ", "", "@", "@x.", ".com", "://", "2024", "-01-", "T12:", "name", ")", "((", "))", "\x7F", "\t\"", "{\"name\": \"",
          "</s>"}) {
      list.emplace_back(text);
    }
    return list;
  }();
  return tokens;
}

inline TokenId end_token() { return static_cast<TokenId>(small_tokens().size() - 1); }

inline const Vocabulary& small_vocabulary() {
  static const Vocabulary vocabulary = [] {
    const std::vector<std::string_view> views(small_tokens().begin(), small_tokens().end());
    const TokenId end = end_token();
    return Vocabulary(views, std::span(&end, 1));
  }();
  return vocabulary;
}

inline bool is_set(const std::vector<uint64_t>& mask, TokenId token) { return mask[token / 64] >> token % 64 & 1; }

/// Tells whether a grammar takes a text as a whole, byte by byte.
inline bool takes(const Grammar& grammar, std::string_view text) {
  Matcher matcher(grammar, small_vocabulary());
  return matcher.accept_bytes(text) && matcher.is_complete();
}

/// Tells whether some text of a grammar begins so.
inline bool begins(const Grammar& grammar, std::string_view text) {
  return Matcher(grammar, small_vocabulary()).accept_bytes(text);
}

/// Checks each bit of the mask against trying the token.
inline void expect_mask_is_brute_force(Matcher& matcher, const std::string& where) {
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  matcher.mask(mask);
  for (TokenId token = 0; token < small_vocabulary().size(); ++token) {
    const bool is_taken = matcher.accept(token);
    if (is_taken) matcher.rollback(1);
    ASSERT_EQ(is_set(mask, token), is_taken) << where << " token " << token << " '" << small_tokens()[token] << "'";
  }
}

/// Writes a text by the masks: at random, and after `budget` tokens with a preference for what closes. Returns what was
/// written; fails the test where no token may come.
inline std::string sample(Matcher& matcher, std::mt19937_64& random, size_t budget) {
  std::string text;
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  for (size_t step = 0; step < 4000; ++step) {
    matcher.mask(mask);
    std::vector<TokenId> allowed;
    for (TokenId token = 0; token < small_vocabulary().size(); ++token) {
      if (is_set(mask, token)) allowed.push_back(token);
    }
    if (allowed.empty()) {
      ADD_FAILURE() << "a dead end after: " << text;
      return text;
    }
    TokenId token = allowed[random() % allowed.size()];
    if (step >= budget || is_set(mask, end_token())) {
      const bool is_in_string = is_set(mask, 'q') || is_set(mask, '(');
      const std::vector<const char*> closing = is_in_string ? std::vector{"</s>", "\""} : std::vector{"</s>", "}", "]", "\"", ")"};
      for (const char* wanted : closing) {
        const TokenId id = wanted[1] == '\0' ? static_cast<uint8_t>(wanted[0]) : end_token();
        // Not always, so that a required member is found in the end.
        if (!is_set(mask, id) || random() % (step < budget ? 3 : 8) == 0) continue;
        token = id;
        break;
      }
      // A key that is required may be missing: those of the tests' schemas begin so.
      if (is_in_string && step >= budget && random() % 2 == 0) {
        const auto letter = static_cast<TokenId>("abnk"[random() % 4]);
        if (is_set(mask, letter)) token = letter;
      }
    } else if (random() % 4 != 0) {
      // White space is much of what may come, and says little.
      for (int tries = 0; tries < 8 && small_tokens()[token].find_first_not_of(" \n\t\r") == std::string::npos; ++tries) {
        token = allowed[random() % allowed.size()];
      }
    }
    EXPECT_TRUE(matcher.accept(token));
    if (token == end_token()) return text;
    text += small_tokens()[token];
  }
  ADD_FAILURE() << "no end after 4000 tokens: " << text.substr(0, 200);
  return text;
}

}  // namespace vitrine::schema
