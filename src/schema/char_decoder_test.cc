#include "schema/char_decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "schema/code_point_set.h"

namespace vitrine::schema {
namespace {

using Step = PartialCharacter::Step;

/// Reads one character; what may still come must hold it at every byte. Returns it, or nothing where it is refused.
std::optional<uint32_t> read(const std::string& bytes, Spelling spelling, std::optional<uint32_t> expected = std::nullopt) {
  PartialCharacter partial;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const PartialCharacter::Result result = partial.take(static_cast<uint8_t>(bytes[i]), spelling);
    if (result.step == Step::kRefused) return std::nullopt;
    const bool is_in = !expected || (*expected >= result.first && *expected <= result.last) ||
                       (*expected >= result.pair_first && *expected <= result.pair_last);
    if (spelling != Spelling::kJsonMinimal) {
      EXPECT_TRUE(is_in) << bytes << " byte " << i;
    }
    EXPECT_EQ(result.step == Step::kWhole, i + 1 == bytes.size()) << bytes;
    EXPECT_EQ(PartialCharacter::unpacked(partial.packed()).packed(), partial.packed());
    if (result.step == Step::kWhole) return result.first;
  }
  return std::nullopt;
}

std::string utf8(uint32_t c) {
  std::string out;
  append_utf8(c, out);
  return out;
}

std::string escape(uint32_t c, bool upper) {
  const auto hex = [&](uint32_t unit) { return upper ? fmt::format("\\u{:04X}", unit) : fmt::format("\\u{:04x}", unit); };
  if (c < 0x10000) return hex(c);
  return hex(0xD800 + ((c - 0x10000) >> 10)) + hex(0xDC00 + ((c - 0x10000) & 0x3FF));
}

TEST(PartialCharacter, ReadsEverySpellingOfEveryCharacter) {
  for (uint32_t c = 0; c <= kMaxCodePoint; c += c < 0x3000 ? 1 : 37) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    EXPECT_EQ(read(utf8(c), Spelling::kPlain, c), c);
    const bool stands_for_itself = c >= 0x20 && c != '"' && c != '\\';
    if (stands_for_itself) {
      EXPECT_EQ(read(utf8(c), Spelling::kJson, c), c);
      EXPECT_EQ(read(utf8(c), Spelling::kJsonMinimal, c), c);
    }
    EXPECT_EQ(read(escape(c, false), Spelling::kJson, c), c);
    EXPECT_EQ(read(escape(c, true), Spelling::kJson, c), c);
  }
  const std::pair<char, uint32_t> shorts[] = {{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', 8}, {'f', 12}, {'n', 10}, {'r', 13}, {'t', 9}};
  for (const auto& [letter, c] : shorts) EXPECT_EQ(read(std::string("\\") + letter, Spelling::kJson, c), c);
}

TEST(PartialCharacter, RefusesWhatIsNoCharacter) {
  for (const char* bytes : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF5", "\xC3\x28", "\xE2\x82\x28"}) {
    PartialCharacter partial;
    bool refused = false;
    for (const char* at = bytes; *at != '\0' && !refused; ++at) {
      refused = partial.take(static_cast<uint8_t>(*at), Spelling::kPlain).step == Step::kRefused;
    }
    EXPECT_TRUE(refused) << bytes;
  }
  for (const char* text : {"\\x", "\\u00g", "\\udc00", "\\uDFFF", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041", "\\ud83d\\ud83d", "\n"}) {
    EXPECT_EQ(read(text, Spelling::kJson).has_value(), false) << text;
  }
}

TEST(PartialCharacter, MinimalSpellingEscapesOnlyWhatMustBe) {
  for (const char* text : {"\\u0041", "\\/", "\\u000a", "\\u0022", "\\u00e9"}) {
    EXPECT_FALSE(read(text, Spelling::kJsonMinimal).has_value()) << text;
  }
  EXPECT_EQ(read("\\u001f", Spelling::kJsonMinimal, 0x1F), 0x1Fu);
  EXPECT_EQ(read("\\n", Spelling::kJsonMinimal, '\n'), 10u);
}

}  // namespace
}  // namespace vitrine::schema
