#include "model/model_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "base/error.h"
#include "base/zip_file.h"
#include "model/open_models.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

/// A store of its own for each test.
class ModelStore : public ::testing::Test {
 protected:
  void SetUp() override { setenv("VITRINE_HOME", folder_.path().c_str(), 1); }
  void TearDown() override { unsetenv("VITRINE_HOME"); }

  testing::TemporaryFolder folder_;
  fs::path models_ = folder_.path() / "models";
};

TEST_F(ModelStore, NamesBecomePaths) {
  touch(models_ / "smollm2/a.gguf");
  touch(models_ / "owner/name/config.json");
  touch(models_ / "owner/two/a.gguf");
  touch(models_ / "owner/two/b.gguf");
  EXPECT_EQ(resolve_model("smollm2"), models_ / "smollm2/a.gguf");
  EXPECT_EQ(resolve_model("owner/name"), models_ / "owner/name");
  EXPECT_EQ(resolve_model("hf:owner/name"), models_ / "owner/name");
  EXPECT_EQ(resolve_model("owner/two/b.gguf"), models_ / "owner/two/b.gguf");
  EXPECT_THROW(resolve_model("owner/two"), Error) << "two files: one has to be named";
  EXPECT_EQ(resolve_model("runs/nano"), fs::path("runs/nano")) << "for the loader to refuse";
  EXPECT_EQ(resolve_model("../models/smollm2"), fs::path("../models/smollm2"));
}

TEST_F(ModelStore, APathThatExistsWins) {
  touch(models_ / "here/a.gguf");
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  touch(folder_.path() / "here/config.json");
  EXPECT_EQ(resolve_model("here"), fs::path("here"));
  fs::current_path(before);
}

TEST_F(ModelStore, AKnownNameThatWasNotFetchedSaysHow) {
  try {
    resolve_model("smollm2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.hint(), "vitrine model pull smollm2");
  }
  EXPECT_TRUE(stored_models().empty());
}

TEST_F(ModelStore, TheListHasEveryModelOnce) {
  touch(models_ / "one/a.gguf");
  touch(models_ / "owner/name/config.json");
  touch(models_ / "owner/two/a.gguf");
  touch(models_ / "owner/two/b.gguf");
  touch(models_ / "owner/broken/a.gguf.part");
  std::vector<std::string> names;
  for (const StoredModel& model : stored_models()) {
    names.push_back(model.name);
    EXPECT_EQ(resolve_model(model.name), model.path);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"one", "owner/name", "owner/two/a.gguf", "owner/two/b.gguf"}));
}

TEST(OpenModels, EveryEntryIsCompleteAndNamedOnce) {
  std::set<std::string_view> names;
  for (const OpenModel& model : open_models()) {
    EXPECT_TRUE(names.insert(model.name).second) << model.name;
    EXPECT_TRUE(is_safe_relative_path(model.name)) << model.name;
    EXPECT_FALSE(model.summary.empty() || model.licence.empty() || model.num_megabytes <= 0) << model.name;
    EXPECT_NE(model.address.empty(), model.package == nullptr) << model.name;
  }
  EXPECT_NE(find_open_model("smollm2"), nullptr);
  EXPECT_EQ(find_open_model("nothing"), nullptr);
}

}  // namespace
}  // namespace vitrine::model
