#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace vitrine {
namespace {

// The examples of FIPS 180-4's companion page, and the length where padding needs a block of its own.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPiecesOfAnySize) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7 + i / 256);
  const std::string whole = sha256_hex(text);
  for (const size_t piece : {1u, 3u, 55u, 56u, 63u, 64u, 65u, 127u, 999u}) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += piece) hash.update(text.data() + at, std::min(piece, text.size() - at));
    EXPECT_EQ(hash.hex(), whole) << piece;
    EXPECT_EQ(hash.hex(), whole) << "asking twice changes nothing";
  }
}

TEST(Sha256, DigitsOfOtherHashesAreNone) {
  EXPECT_EQ(normalized_sha256(std::string(64, 'A')), std::string(64, 'a'));
  EXPECT_EQ(normalized_sha256(std::string(63, 'a')), "");
  EXPECT_EQ(normalized_sha256(std::string(64, 'g')), "");
}

}  // namespace
}  // namespace vitrine
