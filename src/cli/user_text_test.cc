#include "cli/user_text.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace vitrine::cli {
namespace {

std::string refusal_of(const std::string& text) {
  try {
    text_or_standard_input(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    return error.message();
  }
  return "";
}

TEST(UserText, TextOfAnyLanguageIsTakenAsItIs) {
  for (const std::string& text :
       {std::string("plain"), std::string("Grüße, 世界 🌍"), std::string("a\0b", 3), std::string()})
    EXPECT_EQ(text_or_standard_input(text), text);
}

TEST(UserText, TheFirstByteThatIsNoCharacterIsNamed) {
  EXPECT_NE(refusal_of("ab\xff\xfe").find("at byte 2 (got 0xff)"), std::string::npos);
  EXPECT_NE(refusal_of("ü\xc3").find("at byte 2 (got 0xc3)"), std::string::npos);         // cut off by the end
  EXPECT_NE(refusal_of("\xed\xa0\x80").find("at byte 0 (got 0xed)"), std::string::npos);  // half of a pair
}

TEST(UserText, AFileIsNamed) {
  const testing::TemporaryFolder folder;
  testing::put_file(folder / "good.txt", "äöü");
  testing::put_file(folder / "bad.txt", "good words \xe4 and more");
  EXPECT_EQ(read_text_file(folder / "good.txt"), "äöü");
  try {
    read_text_file(folder / "bad.txt");
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("bad.txt': invalid UTF-8 at byte 11"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace vitrine::cli
