#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <regex>

#include "base/error.h"
#include "schema/dfa.h"
#include "schema/formats.h"
#include "schema/regex_syntax.h"

namespace vitrine::schema {
namespace {

bool matches(const std::string& pattern, const std::string& text, bool is_search = true) {
  return Dfa::from_regex(parse_regex(pattern, "test"), is_search, "test").match(decode_utf8(text, "test")) != Dfa::kNoLabel;
}

bool is_format(std::string_view name, const std::string& text) {
  return find_format(name)->match(decode_utf8(text, "test")) != Dfa::kNoLabel;
}

/// Draws an expression over a, b and c.
std::string random_pattern(std::mt19937_64& random, int depth) {
  static constexpr const char* kAtoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "\\w", "\\d"};
  static constexpr const char* kQuantifiers[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*?"};
  std::string pattern;
  for (uint64_t parts = 1 + random() % 3; parts > 0; --parts) {
    const bool is_group = depth > 0 && random() % 3 == 0;
    pattern += is_group ? "(?:" + random_pattern(random, depth - 1) + ")" : kAtoms[random() % std::size(kAtoms)];
    pattern += kQuantifiers[random() % std::size(kQuantifiers)];
  }
  if (depth > 0 && random() % 3 == 0) pattern += "|" + random_pattern(random, depth - 1);
  if (depth == 2 && random() % 3 == 0) pattern = "^" + pattern;
  if (depth == 2 && random() % 3 == 0) pattern += "$";
  return pattern;
}

TEST(Regex, AgreesWithTheStandardLibraryOnRandomPatterns) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 400; ++round) {
    const std::string pattern = random_pattern(random, 2);
    const std::regex reference(pattern, std::regex::ECMAScript);
    const Dfa ours = Dfa::from_regex(parse_regex(pattern, "test"), true, "test");
    for (int trial = 0; trial < 60; ++trial) {
      std::string text;
      for (uint64_t n = random() % 8; n > 0; --n) text += "abc1\n"[random() % 5];
      ASSERT_EQ(ours.match(decode_utf8(text, "test")) != Dfa::kNoLabel, std::regex_search(text, reference))
          << "pattern " << pattern << " text '" << text << "'";
    }
  }
}

TEST(Regex, AnchorsHoldAtTheEndsOnly) {
  EXPECT_TRUE(matches("b", "abc"));
  EXPECT_FALSE(matches("^b", "abc"));
  EXPECT_TRUE(matches("^a|c$", "abc"));
  EXPECT_FALSE(matches("a^b", "ab"));
  EXPECT_FALSE(matches("a$b", "ab"));
  EXPECT_TRUE(matches("^$", ""));
  EXPECT_FALSE(matches("^$", "\n"));
  EXPECT_TRUE(matches("(^|,)x(,|$)", "y,x"));
}

TEST(Regex, EscapesAndClassesAreEcmas) {
  EXPECT_TRUE(matches("^\\d\\D\\w\\W\\s\\S$", "1a_- x"));
  EXPECT_FALSE(matches("^\\d$", "٣"));  // only ASCII digits
  EXPECT_TRUE(matches("^\\s$", "\u00a0"));
  EXPECT_TRUE(matches("^\\u00e9\\x41\\u{1F600}\\ud83d\\ude00$", "éA😀😀"));
  EXPECT_TRUE(matches("^[\\d\\-x]+$", "1-x"));
  EXPECT_TRUE(matches("^[^\\n]+$", "ab"));
  EXPECT_FALSE(matches("^.$", "\u2028"));
  EXPECT_TRUE(matches("^\\cJ$", "\n"));
  EXPECT_TRUE(matches("^[a-]$", "-"));
}

TEST(Regex, BrokenAndUnsupportedPatternsAreRefusedByName) {
  const auto code_of = [](const std::string& pattern) {
    try {
      parse_regex(pattern, "test");
      return ErrorCode::kInternal;
    } catch (const Error& error) {
      return error.code();
    }
  };
  for (const char* broken : {"(", ")", "[", "a{2,1}", "*", "a**", "\\", "[b-a]", "\\u12", "\\xg", "{", "a{", "(?<n", "\\ud800",
                             "[\\d-z]", "\\q", "^*", "\xff", "\\u{110000}"}) {
    EXPECT_EQ(code_of(broken), ErrorCode::kInvalidArgument) << broken;
  }
  for (const char* refused : {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "\\k<n>", "\\bword", "\\p{L}", "(?i:a)"}) {
    EXPECT_EQ(code_of(refused), ErrorCode::kUnsupported) << refused;
  }
}

TEST(Regex, HostilePatternsAreRefusedQuickly) {
  const std::string groups(100'000, '(');
  for (const std::string& pattern : {std::string("(a|b)*a(a|b){30}"), std::string("a{1000000}"), std::string("((a{1000}){1000}){1000}"),
                                     std::string("(?:a*)*{5}"), groups, std::string("((((a?){99}){99}){99}){99}"),
                                     std::string("(){1000000}"), std::string("(a*){999999999}"), std::string("[a-z]{0,99999999999}")}) {
    try {
      const Dfa dfa = Dfa::from_regex(parse_regex(pattern, "test"), true, "test");
      EXPECT_LE(dfa.size(), Dfa::kMaxStates);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal);
    }
  }
}

TEST(Dfa, SetOperationsAgreeWithMembership) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 60; ++round) {
    const Dfa a = Dfa::from_regex(parse_regex(random_pattern(random, 1), "test"), random() % 2 == 0, "test");
    const Dfa b = Dfa::from_regex(parse_regex(random_pattern(random, 1), "test"), random() % 2 == 0, "test");
    const Dfa both = Dfa::intersection(a, b, "test"), either = Dfa::united(a, b, "test"), only = Dfa::difference(a, b, "test");
    const Dfa sized = Dfa::intersection(a, Dfa::lengths(2, 4), "test");
    for (int trial = 0; trial < 60; ++trial) {
      std::vector<uint32_t> text;
      for (uint64_t n = random() % 7; n > 0; --n) text.push_back("abc1\n"[random() % 5]);
      const auto in = [&](const Dfa& dfa) { return dfa.match(text) != Dfa::kNoLabel; };
      ASSERT_EQ(in(both), in(a) && in(b));
      ASSERT_EQ(in(either), in(a) || in(b));
      ASSERT_EQ(in(only), in(a) && !in(b));
      ASSERT_EQ(in(sized), in(a) && text.size() >= 2 && text.size() <= 4);
    }
  }
}

TEST(Dfa, TextsHaveTheirLabelsAndOthersAnother) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<uint32_t>> texts;
    std::vector<int32_t> labels;
    for (uint64_t n = random() % 12; n > 0; --n) {
      std::vector<uint32_t> text;
      for (uint64_t k = random() % 5; k > 0; --k) text.push_back("ab\x7f"[random() % 3]);
      if (std::ranges::find(texts, text) != texts.end()) continue;
      texts.push_back(text);
      labels.push_back(static_cast<int32_t>(texts.size()));
    }
    const Dfa exact = Dfa::from_texts(texts, labels), with_others = Dfa::from_texts(texts, labels, 99);
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<uint32_t> text;
      for (uint64_t k = random() % 6; k > 0; --k) text.push_back(random() % 9 == 0 ? 0x1F600 : "abc"[random() % 3]);
      const auto place = std::ranges::find(texts, text);
      const int32_t label = place == texts.end() ? Dfa::kNoLabel : labels[static_cast<size_t>(place - texts.begin())];
      ASSERT_EQ(exact.match(text), label);
      ASSERT_EQ(with_others.match(text), label == Dfa::kNoLabel ? 99 : label);
    }
  }
}

TEST(Formats, TakeWhatTheirStandardsSay) {
  const std::pair<std::string_view, std::vector<std::string>> good[] = {
      {"date", {"2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01"}},
      {"time", {"12:00:00Z", "23:59:59.123+01:00", "00:00:00z"}},
      {"date-time", {"2024-02-29T12:00:00Z", "1990-12-31t15:59:50.5-08:00"}},
      {"duration", {"P1Y2M3DT4H5M6S", "PT36H", "P2W", "P1D"}},
      {"email", {"a@b.co", "first.last+tag@sub.example.org", "x@localhost"}},
      {"hostname", {"example.com", "a", "xn--nxasmq6b.example", "a-b.c"}},
      {"ipv4", {"0.0.0.0", "255.255.255.255", "192.168.1.1"}},
      {"ipv6", {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "fe80::1:2", "1::8"}},
      {"uuid", {"123e4567-e89b-12d3-a456-426614174000", "ABCDEF00-0000-0000-0000-000000000000"}},
      {"uri", {"http://example.com/a?b=c#d", "mailto:a@b.c", "urn:isbn:0451450523", "https://u@h:80/%20"}},
      {"uri-reference", {"/a/b", "a/b?c", "#x", "", "http://e.org", "?q"}},
      {"json-pointer", {"", "/a", "/a~0b/~1", "//"}},
  };
  for (const auto& [name, texts] : good) {
    for (const std::string& text : texts) EXPECT_TRUE(is_format(name, text)) << name << " " << text;
  }
  const std::pair<std::string_view, std::vector<std::string>> bad[] = {
      {"date", {"2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "24-01-01", "0000-01-01", "2024-1-1"}},
      {"time", {"24:00:00Z", "12:00Z", "12:00:00", "12:60:00Z", "12:00:00+24:00"}},
      {"date-time", {"2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z"}},
      {"duration", {"P", "PT", "1D", "P1H", "P1W1D", "P1Y1D"}},
      {"email", {"a", "@b", "a@", "a..b@c", ".a@b", "a@-b"}},
      {"hostname", {"-a", "a-", "a..b", "", std::string(64, 'a')}},
      {"ipv4", {"256.1.1.1", "1.1.1", "01.1.1.1", "1.1.1.1.1"}},
      {"ipv6", {":::", "1:2:3:4:5:6:7", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9", "::256.1.1.1"}},
      {"uuid", {"123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"}},
      {"uri", {"/a", "http://a b", "1http://x", "http://[", "a", "http://é"}},
      {"uri-reference", {"1a:b", "a b", "\\"}},
      {"json-pointer", {"a", "/~", "/~2"}},
  };
  for (const auto& [name, texts] : bad) {
    for (const std::string& text : texts) EXPECT_FALSE(is_format(name, text)) << name << " " << text;
  }
  EXPECT_EQ(format_names().size(), std::size(good));
  EXPECT_EQ(find_format("colour"), nullptr);
}

}  // namespace
}  // namespace vitrine::schema
