#include "cli/report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/console.h"
#include "cli/visible_token.h"

namespace vitrine::cli {
namespace {

TEST(Report, PeopleAndProgramsReadTheSameValues) {
  Report report;
  report.add("num_tokens", int64_t{1234567}).add("share", ReportReal{0.123456, 2}, "%").add("done", true);
  report.add("name", "a \"b\"").add_list("ids", {int64_t{1}, int64_t{2}});
  report.add_table("rows", {"word", "count"}, {{"x", int64_t{10}}, {"yy", int64_t{2000}}});
  EXPECT_EQ(report.json(), R"({"num_tokens":1234567,"share":0.123456,"done":true,"name":"a \"b\"","ids":[1,2],)"
                           R"("rows":[{"word":"x","count":10},{"word":"yy","count":2000}]})");
  EXPECT_EQ(report.table(),
            "num tokens  1,234,567\nshare       0.12 %\ndone        yes\nname        a \"b\"\nids         1 2\n"
            "\nrows\n  word  count\n  x        10\n  yy    2,000\n");
}

TEST(Report, ATableMayBeForPeopleOrForProgramsAlone) {
  Report report;
  report.add_people_table("speed", {"t/s"}, {{int64_t{1}}}).add_program_table("speed", {"tokens"}, {{int64_t{2}}});
  EXPECT_EQ(report.json(), R"({"speed":[{"tokens":2}]})");
  EXPECT_EQ(report.table(), "\nspeed\n  t/s\n    1\n");
}

TEST(Report, NumbersThatJsonLacksBecomeNull) {
  EXPECT_EQ(Report().add("loss", ReportReal{std::nan(""), 1}).json(), R"({"loss":null})");
  EXPECT_EQ(Report().add("big", INT64_MAX).json(), R"({"big":9223372036854775807})");
}

TEST(Report, BytesThatAreNoTextStayJson) {
  EXPECT_NE(Report().add("text", "\xFF").json().find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(VisibleToken, ShowsWhatALineCannotHold) {
  EXPECT_EQ(visible_token(" a\n\t\x80é世"), "␣a⏎\\u0009\\x80é世");
  EXPECT_EQ(visible_token("\xE4\xB8"), "\\xE4\\xB8");
  EXPECT_EQ(visible_token("\xED\xA0\x80"), "\\xED\\xA0\\x80");
}

TEST(VisibleToken, WhatATerminalWouldObeyIsWrittenOut) {
  EXPECT_EQ(escape_controls("a\tb\n\x1b[31mred\x07\r\x7f"), "a\tb\n\\u001B[31mred\\u0007\\u000D\\u007F");
  EXPECT_EQ(escape_controls(std::string_view("\0", 1)), "\\u0000");
  EXPECT_EQ(escape_controls("\u009b2J \u0085 \u00a0 \u202e \u2066"), "\\u009B2J \\u0085 \u00a0 \\u202E \\u2066");
  EXPECT_EQ(escape_controls("\x9b\xC2"), "\\x9B\\xC2");  // a control character of terminals that are not UTF-8
  EXPECT_EQ(visible_token("\x1b\u009b"), "\\u001B\\u009B");
  for (uint32_t c = 0; c < 0xA0; ++c) EXPECT_EQ(is_control(c), c < 0x20 || c >= 0x7F) << c;
  const std::string plain = "Plain text, with caf\u00e9 \u4e16 \U0001F30D and \\ in it.";
  EXPECT_EQ(escape_controls(plain), plain);
}

TEST(VisibleToken, BadBytesBecomeReplacementCharacters) {
  EXPECT_EQ(valid_utf8("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(valid_utf8("grün"), "grün");
}

TEST(Console, CountsAndClocksAreShort) {
  EXPECT_EQ(short_count(850), "850");
  EXPECT_EQ(short_count(12345), "12.3k");
  EXPECT_EQ(short_count(4.56e6), "4.56M");
  EXPECT_EQ(clock_text(65), "1:05");
  EXPECT_EQ(clock_text(7389), "2:03:09");
  EXPECT_EQ(one_line("a\nb\033[1m"), "a b [1m");
  EXPECT_EQ(one_line("a\u009bb\x9b\u202ec\x7f caf\u00e9"), "a b  c  caf\u00e9");
}

}  // namespace
}  // namespace vitrine::cli
