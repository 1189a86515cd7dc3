#include "base/gguf_part_name.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace vitrine {
namespace {

TEST(GgufPartName, SaysNumberAndCountAndTheFirstFile) {
  const auto part = read_gguf_part_name("Q8_0/big-Q8_0-00002-of-00013.gguf");
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->name, "Q8_0/big-Q8_0");
  EXPECT_EQ(part->number, 2);
  EXPECT_EQ(part->count, 13);
  EXPECT_EQ(part->first(), "Q8_0/big-Q8_0-00001-of-00013.gguf");
}

TEST(GgufPartName, PartsAreFoundByTheNameOfOneAndCountedTogether) {
  const testing::TemporaryFolder folder;
  const auto put = [&](const char* name, size_t bytes) { testing::put_file(folder / name, std::string(bytes, 'x')); };
  put("m-00001-of-00003.gguf", 5);
  put("m-00003-of-00003.gguf", 7);
  put("m.gguf", 11);
  EXPECT_EQ(gguf_parts(folder / "m-00003-of-00003.gguf").size(), 3u);
  EXPECT_EQ(gguf_parts(folder / "m-00003-of-00003.gguf")[1], folder / "m-00002-of-00003.gguf");
  EXPECT_EQ(gguf_bytes(folder / "m-00001-of-00003.gguf"), 12) << "of those that are there";
  EXPECT_EQ(gguf_bytes(folder / "m.gguf"), 11);
  EXPECT_EQ(gguf_bytes(folder / "none.gguf"), 0);
}

TEST(GgufPartName, WholeFilesHaveNone) {
  for (const char* name : {"", ".gguf", "m.gguf", "m-00001-of-00003.safetensors", "m-1-of-3.gguf",
                           "m-00000-of-00003.gguf", "m-00001-of-00000.gguf", "m-0000a-of-00003.gguf",
                           "m-00001-of--0003.gguf", "00001-of-00003.gguf", "m-00001of-00003.gguf", "-of-00003.gguf"})
    EXPECT_FALSE(read_gguf_part_name(name).has_value()) << name;
}

}  // namespace
}  // namespace vitrine
