#include "data/shards.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "core/rng.h"
#include "support/temporary_folder.h"

namespace vitrine::data {
namespace {

using testing::put_file;
using testing::TemporaryFolder;

const ShardInfo kInfo{
    .vocab_size = 1000, .tokenizer_checksum = "abc", .split = "train", .source = "a \"b\" \xe2\x82\xac"};

std::vector<std::vector<TokenId>> random_documents(int64_t vocab_size, int count) {
  Rng rng(5, 0);
  std::vector<std::vector<TokenId>> documents(static_cast<size_t>(count));
  for (auto& document : documents) {
    document.resize(1 + rng.next_below(20));
    for (TokenId& id : document) id = static_cast<TokenId>(rng.next_below(static_cast<uint64_t>(vocab_size)));
  }
  return documents;
}

std::string write_sample(const std::filesystem::path& path, const ShardInfo& info = kInfo, int count = 7) {
  ShardBuilder builder(info);
  for (const auto& document : random_documents(info.vocab_size, count)) builder.add(document);
  return builder.write(path);
}

void expect_refused(const std::filesystem::path& path, const std::string& what, const std::string& context) {
  try {
    const Shard shard(path);
    ADD_FAILURE() << context;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << context;
    EXPECT_NE(error.message().find(path.string()), std::string::npos) << error.message();
    EXPECT_NE(error.message().find(what), std::string::npos) << context << ": " << error.message();
  }
}

TEST(Shard, ReadsBackWhatWasWrittenForSmallAndLargeVocabularies) {
  const TemporaryFolder folder;
  for (const int64_t vocab_size : {1, 300, 65536, 65537, 200000}) {
    ShardInfo info = kInfo;
    info.vocab_size = vocab_size;
    const std::string checksum = write_sample(folder / "a.vds", info, 50);
    const Shard shard(folder / "a.vds");
    EXPECT_EQ(shard.info(), info);
    EXPECT_EQ(shard.checksum(), checksum);
    EXPECT_FALSE(shard.has_mask());
    const auto documents = random_documents(vocab_size, 50);
    ASSERT_EQ(shard.num_documents(), 50);
    for (int64_t i = 0; i < 50; ++i) {
      EXPECT_EQ(shard.document(i).to_vector(), documents[static_cast<size_t>(i)]);
      EXPECT_TRUE(shard.document(i).is_learnt(0));
    }
  }
}

TEST(Shard, KeepsTheLossMaskOfEachDocument) {
  const TemporaryFolder folder;
  ShardBuilder builder(kInfo);
  const auto documents = random_documents(1000, 40);
  const auto flag = [](size_t document, size_t i) { return static_cast<uint8_t>((document * 7 + i * i) % 3 == 0); };
  for (size_t d = 0; d < documents.size(); ++d) {
    std::vector<uint8_t> mask;
    for (size_t i = 0; i < documents[d].size(); ++i) mask.push_back(flag(d, i));
    builder.add(documents[d], d % 5 == 0 ? std::vector<uint8_t>{} : mask);
  }
  builder.write(folder / "a.vds");
  const Shard shard(folder / "a.vds");
  ASSERT_TRUE(shard.has_mask());
  for (size_t d = 0; d < documents.size(); ++d)
    for (size_t i = 0; i < documents[d].size(); ++i)
      EXPECT_EQ(shard.document(static_cast<int64_t>(d)).is_learnt(static_cast<int64_t>(i)), d % 5 == 0 || flag(d, i));
}

TEST(Shard, RefusesIdsOutsideTheVocabulary) {
  ShardBuilder builder(kInfo);
  EXPECT_THROW(builder.add(std::vector<TokenId>{1000}), Error);
  EXPECT_THROW(builder.add(std::vector<TokenId>{-1}), Error);
}

TEST(Shard, EveryFlippedBitIsRefused) {
  const TemporaryFolder folder;
  ShardBuilder builder(kInfo);
  for (const auto& document : random_documents(1000, 7))
    builder.add(document, std::vector<uint8_t>(document.size(), 0));
  builder.write(folder / "a.vds");
  const std::string good = read_file(folder / "a.vds");
  for (size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    put_file(folder / "b.vds", bad);
    expect_refused(folder / "b.vds", "", "bit " + std::to_string(i));
  }
}

TEST(Shard, DamageIsNamedByItsPart) {
  const TemporaryFolder folder;
  write_sample(folder / "a.vds");
  std::string bad = read_file(folder / "a.vds");
  bad.back() = static_cast<char>(bad.back() ^ 1);
  put_file(folder / "b.vds", bad);
  expect_refused(folder / "b.vds", "tokens", "last byte");
}

TEST(Shard, EveryTruncationAndExtensionIsRefused) {
  const TemporaryFolder folder;
  write_sample(folder / "a.vds");
  const std::string good = read_file(folder / "a.vds");
  for (size_t size = 0; size < good.size(); ++size) {
    put_file(folder / "b.vds", good.substr(0, size));
    expect_refused(folder / "b.vds", "", std::to_string(size));
  }
  put_file(folder / "b.vds", good + '\0');
  expect_refused(folder / "b.vds", "bytes, expected", "one byte more");
  EXPECT_THROW(Shard(folder / "missing.vds"), Error);
}

/// Changes a shard and makes every checksum right again, as an attacker would.
std::string forge(std::string file, size_t offset, uint64_t value, size_t width) {
  uint64_t num_documents = 0, metadata_bytes = 0;
  std::memcpy(&num_documents, file.data() + 24, 8);
  std::memcpy(&metadata_bytes, file.data() + 40, 8);
  const size_t offsets = 216 + (metadata_bytes + 7) / 8 * 8, tokens = offsets + (num_documents + 1) * 8;
  std::memcpy(file.data() + offset, &value, width);
  const auto sum = [&](size_t begin, size_t size) {
    return checksum_hex(std::as_bytes(std::span(file)).subspan(begin, size));
  };
  file.replace(56, 32, sum(216, offsets - 216));
  file.replace(88, 32, sum(offsets, tokens - offsets));
  file.replace(120, 32, sum(tokens, file.size() - tokens));
  file.replace(184, 32, sum(0, 184));
  return file;
}

TEST(Shard, HostileFilesWithGoodChecksumsAreRefused) {
  const TemporaryFolder folder;
  write_sample(folder / "a.vds");
  const std::string good = read_file(folder / "a.vds");
  uint64_t metadata_bytes = 0;
  std::memcpy(&metadata_bytes, good.data() + 40, 8);
  const size_t offsets = 216 + (metadata_bytes + 7) / 8 * 8;
  const size_t tokens = offsets + 8 * 8;
  put_file(folder / "b.vds", forge(good, tokens, 999, 2));
  EXPECT_EQ(Shard(folder / "b.vds").document(0)[0], 999);  // the forger is able
  struct Case {
    const char* what;
    size_t offset;
    uint64_t value;
    size_t width;
  };
  const Case cases[] = {
      {"token bytes", 12, 4, 4},
      {"token bytes 0", 12, 0, 4},
      {"vocabulary 0", 16, 0, 8},
      {"vocabulary 2^63", 16, uint64_t{1} << 63, 8},
      {"smaller vocabulary", 16, 10, 8},
      {"documents 2^61", 24, uint64_t{1} << 61, 8},
      {"documents 2^64-1", 24, ~uint64_t{0}, 8},
      {"fewer documents", 24, 6, 8},
      {"tokens 2^63", 32, uint64_t{1} << 63, 8},
      {"tokens 2^64-1", 32, ~uint64_t{0}, 8},
      {"no tokens", 32, 0, 8},
      {"metadata 2^64-1", 40, ~uint64_t{0}, 8},
      {"metadata 2^64-8", 40, ~uint64_t{7}, 8},
      {"no metadata", 40, 0, 8},
      {"mask of another size", 48, 1, 8},
      {"mask of 2^63", 48, uint64_t{1} << 63, 8},
      {"metadata no JSON", 216, 0x5b5b5b5b5b5b5b5b, 8},
      {"first offset", offsets, 1, 8},
      {"offset beyond the end", offsets + 8, uint64_t{1} << 40, 8},
      {"offset 2^64-1", offsets + 16, ~uint64_t{0}, 8},
      {"offset falls", offsets + 24, 0, 8},
      {"last offset", offsets + 56, 3, 8},
      {"id outside", tokens + 2, 1000, 2},
      {"id outside", tokens + 2, 65535, 2},
  };
  for (const Case& hostile : cases) {
    put_file(folder / "b.vds", forge(good, hostile.offset, hostile.value, hostile.width));
    expect_refused(folder / "b.vds", "", hostile.what);
  }
  put_file(folder / "b.vds", forge(good, 8, 2, 4));
  try {
    const Shard shard(folder / "b.vds");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(ShardSet, IsOneListOfDocuments) {
  const TemporaryFolder folder;
  std::vector<std::filesystem::path> paths;
  const auto documents = random_documents(1000, 10);
  for (size_t shard = 0; shard < 3; ++shard) {
    ShardBuilder builder(kInfo);
    for (size_t i = shard * 3; i < (shard == 2 ? 10 : shard * 3 + 3); ++i) builder.add(documents[i]);
    paths.push_back(folder / std::to_string(shard));
    builder.write(paths.back());
  }
  const ShardSet set(paths);
  ASSERT_EQ(set.num_documents(), 10);
  int64_t num_tokens = 0;
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(set.document(i).to_vector(), documents[static_cast<size_t>(i)]);
    num_tokens += set.document(i).size();
  }
  EXPECT_EQ(set.num_tokens(), num_tokens);
}

TEST(ShardSet, RefusesShardsOfDifferentTokenizers) {
  const TemporaryFolder folder;
  ShardInfo other = kInfo;
  other.tokenizer_checksum = "xyz";
  write_sample(folder / "a");
  write_sample(folder / "b", other);
  EXPECT_THROW(ShardSet({folder / "a", folder / "b"}), Error);
}

TEST(Shard, AFullDiskLeavesNoShard) {
  const TemporaryFolder folder;
  for (int n = 1; n < 100; ++n) {
    int count = 0;
    set_file_hook([&](FileOperation, const std::filesystem::path&) {
      if (++count == n) throw Error(ErrorCode::kIo, "disk full");
    });
    bool is_written = false;
    try {
      write_sample(folder / "a.vds");
      is_written = true;
    } catch (const Error&) {
    }
    set_file_hook(nullptr);
    if (is_written) return;
    if (std::filesystem::exists(folder / "a.vds")) {
      EXPECT_NO_THROW(Shard(folder / "a.vds"));  // renamed, then the folder's sync failed
    }
  }
  ADD_FAILURE() << "writing never succeeded";
}

}  // namespace
}  // namespace vitrine::data
