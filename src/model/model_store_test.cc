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
  EXPECT_EQ(resolve_model("hf:owner/two@main:B"), models_ / "owner/two/b.gguf");
  EXPECT_THROW(resolve_model("hf:owner/two:q"), Error) << "no such file";
  EXPECT_THROW(resolve_model("hf:owner/other"), Error) << "not fetched";
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

/// The error of a name, or one that says that there was none.
Error error_of(const std::string& name) {
  try {
    resolve_model(name);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

TEST_F(ModelStore, AFolderAnywhereThatHoldsAGgufFileIsThatFile) {
  const fs::path folder = folder_.path() / "download";
  touch(folder / "m.gguf");
  touch(folder / ".fetched.json");
  touch(folder / "tokenizer.json");
  EXPECT_EQ(resolve_model(folder.string()), folder / "m.gguf");
  EXPECT_EQ(resolve_model(folder.string() + "/"), folder / "m.gguf");
  touch(folder / "second.gguf");
  const Error error = error_of(folder.string());
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("2 GGUF files are in it"), std::string::npos) << error.message();
  EXPECT_NE(error.hint().find("m.gguf, second.gguf"), std::string::npos) << error.hint();
  for (int i = 0; i < 50; ++i) touch(folder / (std::to_string(100 + i) + ".gguf"));
  EXPECT_NE(error_of(folder.string()).hint().find("…"), std::string::npos) << "a handful is listed";
  EXPECT_EQ(error_of(folder.string()).hint().find("second.gguf"), std::string::npos);
}

TEST_F(ModelStore, AFolderThatIsAModelItselfStaysOneBesideAGgufFile) {
  for (const char* name : {"config.json", "manifest.json", "checkpoints/step-00000001/manifest.json"}) {
    const testing::TemporaryFolder folder;
    touch(folder / "m.gguf");
    touch(folder / name);
    EXPECT_EQ(resolve_model(folder.path().string()), folder.path()) << name;
  }
}

TEST_F(ModelStore, ASplitFileCountsOnceByItsFirstPartThatIsThere) {
  const fs::path folder = folder_.path() / "download";
  for (const char* number : {"2", "3", "1"}) touch(folder / ("m-0000" + std::string(number) + "-of-00003.gguf"));
  EXPECT_EQ(resolve_model(folder.string()), folder / "m-00001-of-00003.gguf");
  fs::remove(folder / "m-00001-of-00003.gguf");
  EXPECT_EQ(resolve_model(folder.string()), folder / "m-00002-of-00003.gguf")
      << "for the loader to name what is missing";
}

TEST_F(ModelStore, ANameWithoutItsOwnerProposesTheWholeOne) {
  touch(models_ / "me/Llama/a.gguf");
  touch(models_ / "you/two/a.gguf");
  touch(models_ / "you/two/b.gguf");
  EXPECT_EQ(error_of("llama").code(), ErrorCode::kNotFound);
  EXPECT_EQ(error_of("llama").hint(), "did you mean -m me/Llama?");
  EXPECT_EQ(error_of("two").hint(), "did you mean -m you/two/a.gguf or -m you/two/b.gguf?");
  EXPECT_EQ(resolve_model("lama"), fs::path("lama")) << "for the loader to refuse";
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
