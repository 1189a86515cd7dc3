#include "tokenizer/unicode/normalization.h"

#include <gtest/gtest.h>

#include <random>

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

using enum NormalizationForm;

TEST(Normalization, KnownCharactersTakeTheirForms) {
  EXPECT_EQ(normalize("e\u0301", kNfc), "é");
  EXPECT_EQ(normalize("é", kNfd), "e\u0301");
  EXPECT_EQ(normalize("q\u0307\u0323", kNfc), "q\u0323\u0307");  // marks in the order of their classes
  EXPECT_EQ(normalize("\u1E9B\u0323", kNfkc), "\u1E69");         // from UAX 15
  EXPECT_EQ(normalize("\u1100\u1161\u11A8", kNfc), "\uAC01");
  EXPECT_EQ(normalize("\uAC01", kNfd), "\u1100\u1161\u11A8");
  EXPECT_EQ(normalize("ﬁ①²", kNfkc), "fi12");
  EXPECT_EQ(normalize("ﬁ①²", kNfc), "ﬁ①²");
  EXPECT_EQ(normalize("\u212B", kNfc), "\u00C5");
  EXPECT_EQ(normalize("e\xFF\u0301", kNfc), "e\xFF\u0301");  // nothing joins across a stray byte
}

// Properties that the standard states; the differential test compares with another implementation.
TEST(Normalization, FormsAreStableAndAgreeWithEachOther) {
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (int i = 0; i < 6; ++i) {
      const uint32_t ranges[][2] = {{0x20, 0x250},    {0x300, 0x370},   {0x900, 0xE00},
                                    {0x1100, 0x1200}, {0xAC00, 0xAC80}, {0xF900, 0xFB10},
                                    {0x1E00, 0x2000}, {0x3040, 0x3400}, {0x1D15E, 0x1D165}};
      const auto& range = ranges[random() % std::size(ranges)];
      append_utf8(range[0] + random() % (range[1] - range[0]), text);
    }
    const std::string nfc = normalize(text, kNfc), nfd = normalize(text, kNfd), nfkd = normalize(text, kNfkd);
    ASSERT_EQ(normalize(nfc, kNfc), nfc);
    ASSERT_EQ(normalize(nfd, kNfd), nfd);
    ASSERT_EQ(normalize(nfd, kNfc), nfc);
    ASSERT_EQ(normalize(nfc, kNfd), nfd);
    ASSERT_EQ(normalize(nfkd, kNfkc), normalize(text, kNfkc));
    ASSERT_EQ(normalize(nfd, kNfkd), nfkd);
    for (const NormalizationForm form : {kNfc, kNfd, kNfkc, kNfkd})
      ASSERT_TRUE(!is_surely_normalized(text, form) || normalize(text, form) == text);
  }
}

}  // namespace
}  // namespace vitrine::tokenizer
