#include "io/safetensors_folder.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::put_file;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

NamedTensors numbered_tensors(int count) {
  NamedTensors tensors;
  for (int i = 0; i < count; ++i)
    tensors.emplace_back("t" + std::to_string(i),
                         Tensor::from_floats({4}, std::vector<float>{static_cast<float>(i), 1, 2, 3}));
  return tensors;
}

void write_shards(const fs::path& folder, const NamedTensors& tensors, int64_t max_shard_bytes) {
  write_safetensors_shards(
      [&](const std::string& name, const auto& write) {
        DurableFile file(folder / name);
        write([&](const void* data, size_t num_bytes) { file.write(data, num_bytes); });
        file.commit();
      },
      tensors, max_shard_bytes);
}

std::string index_of(const std::string& map) { return "{\"metadata\": {}, \"weight_map\": {" + map + "}}"; }

void expect_refused(const fs::path& folder, std::string_view words) {
  try {
    const SafetensorsFolder opened(folder);
    ADD_FAILURE() << "opened, expected: " << words;
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
  }
}

TEST(SafetensorsFolder, PickledWeightsAloneAreRefusedByTheirName) {
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    const TemporaryFolder folder;
    put_file(folder / name, "x");
    expect_refused(folder.path(), "the weights are in '" + (folder / name).string() + "', a format that is not read");
    write_shards(folder.path(), numbered_tensors(1), 1 << 20);
    EXPECT_EQ(SafetensorsFolder(folder.path()).num_elements(), 4) << "safetensors beside them are taken";
  }
}

TEST(SafetensorsFolder, ShardsReadBackAsOne) {
  const NamedTensors tensors = numbered_tensors(7);
  for (const int64_t limit : {1, 16, 32, 40, 1 << 20}) {
    const TemporaryFolder folder;
    write_shards(folder.path(), tensors, limit);
    const SafetensorsFolder opened(folder.path());
    EXPECT_EQ(opened.num_files(), limit <= 16 ? 7u : limit <= 40 ? 4u : 1u);
    EXPECT_EQ(fs::exists(folder / kShardIndexName), opened.num_files() > 1);
    EXPECT_EQ(opened.num_elements(), 28);
    const NamedTensors got = opened.read_all();
    ASSERT_EQ(got.size(), tensors.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].first, tensors[i].first);
      EXPECT_EQ(std::memcmp(got[i].second.data(), tensors[i].second.data(), 16), 0);
    }
  }
}

TEST(SafetensorsFolder, ShardNamesThatLeaveTheFolderAreNotOpened) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "inner");
  write_safetensors(folder / "secret.safetensors", numbered_tensors(1));
  for (const char* name : {"../secret.safetensors", "/etc/passwd", "..", "a/b.safetensors", "..\\\\secret.safetensors",
                           ".hidden.safetensors", "plain.bin", "", ".safetensors"}) {
    put_file(folder / "inner/model.safetensors.index.json", index_of(std::string("\"t0\": \"") + name + "\""));
    expect_refused(folder / "inner", "expected a .safetensors file in the same folder");
  }
  put_file(folder / "inner/model.safetensors.index.json", index_of("\"t0\": 5"));
  expect_refused(folder / "inner", "expected a .safetensors file in the same folder");
}

TEST(SafetensorsFolder, IndexesThatDoNotFitTheirShardsAreRefused) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", numbered_tensors(2));
  write_safetensors(folder / "b.safetensors", numbered_tensors(1));
  const auto index = [&](const std::string& text) { put_file(folder / kShardIndexName, text); };
  index(index_of("\"t0\": \"a.safetensors\", \"t9\": \"a.safetensors\""));
  expect_refused(folder.path(), "tensor 't9' is not in 'a.safetensors'");
  index(index_of("\"t1\": \"a.safetensors\", \"t0\": \"b.safetensors\""));
  expect_refused(folder.path(), "tensor 't0' lies in two shards");
  index(index_of("\"t0\": \"missing.safetensors\""));
  expect_refused(folder.path(), "missing.safetensors");
  for (const char* text : {"", "[]", "{}", "{\"weight_map\": []}", "{\"weight_map\": {}}", "{\"weight_map\""}) {
    index(text);
    expect_refused(folder.path(), "no object 'weight_map'");
  }
  index(std::string(100000, '['));
  expect_refused(folder.path(), "nested too deep");
}

TEST(SafetensorsFolder, AFolderWithoutWeightsIsNotFound) {
  const TemporaryFolder folder;
  expect_refused(folder.path(), "model.safetensors");
}

}  // namespace
}  // namespace vitrine::io
