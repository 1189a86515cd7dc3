#include "tokenizer/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace vitrine::tokenizer {
namespace {

Utf8Char read(std::string_view bytes) { return read_utf8(bytes.data(), bytes.data() + bytes.size()); }

std::string encode(uint32_t c) {
  std::string bytes;
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  bytes += static_cast<char>((tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0) | c >> (6 * tail));
  for (int i = tail - 1; i >= 0; --i) bytes += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
  return bytes;
}

TEST(Utf8, ReadsEveryCodePointAndRefusesSurrogates) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    const std::string bytes = encode(c);
    const Utf8Char read_back = read(bytes);
    if (c >= 0xD800 && c <= 0xDFFF) {
      EXPECT_EQ(read_back.status, Utf8Status::kInvalid);
      continue;
    }
    ASSERT_EQ(read_back.status, Utf8Status::kValid) << c;
    ASSERT_EQ(read_back.code_point, c);
    ASSERT_EQ(read_back.length, bytes.size());
  }
}

TEST(Utf8, ReportsTheMaximalPartOfBrokenSequences) {
  struct Case {
    std::string_view bytes;
    Utf8Status status;
    uint32_t length;
  };
  const Case cases[] = {
      {"\x80", Utf8Status::kInvalid, 1},
      {"\xFF", Utf8Status::kInvalid, 1},
      {"\xC0\xAF", Utf8Status::kInvalid, 1},
      {"\xC1\xBF", Utf8Status::kInvalid, 1},
      {"\xE0\x80\xAF", Utf8Status::kInvalid, 1},
      {"\xED\xA0\x80", Utf8Status::kInvalid, 1},
      {"\xE2\x82"
       "A",
       Utf8Status::kInvalid, 2},
      {"\xF0\x9F\x99"
       "A",
       Utf8Status::kInvalid, 3},
      {"\xF4\x90\x80\x80", Utf8Status::kInvalid, 1},
      {"\xF5\x80", Utf8Status::kInvalid, 1},
      {"\xF0\x80\x80", Utf8Status::kInvalid, 1},
      {"\xC3", Utf8Status::kIncomplete, 1},
      {"\xE2\x82", Utf8Status::kIncomplete, 2},
      {"\xF0\x9F\x99", Utf8Status::kIncomplete, 3},
      {"\xF0", Utf8Status::kIncomplete, 1},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read(c.bytes).status, c.status) << testing::PrintToString(c.bytes);
    EXPECT_EQ(read(c.bytes).length, c.length) << testing::PrintToString(c.bytes);
    EXPECT_FALSE(is_valid_utf8(c.bytes));
  }
  EXPECT_TRUE(is_valid_utf8("plain, é, 日本, 🙂"));
}

}  // namespace
}  // namespace vitrine::tokenizer
