#include "io/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "io/manifest.h"
#include "support/temporary_folder.h"

namespace vitrine::io {
namespace {

using testing::put_file;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

Tensor weight_of(int64_t step) { return Tensor::from_floats({3}, std::vector<float>{static_cast<float>(step), 2, 3}); }

fs::path save(const fs::path& run, int64_t step, const char* config = "{\"width\": 8}") {
  CheckpointWriter writer(run, step);
  writer.add_tensors("model.safetensors", {{"w", weight_of(step)}});
  writer.add_text("config.json", config);
  writer.add_tensors("optimizer.safetensors", {{"m", weight_of(step + 1)}});
  writer.add_text("empty.txt", "");
  return writer.commit(R"({"seed": 7, "nested": {"z": 1, "a": [1.5, null]}})");
}

void expect_loads(const fs::path& run, int64_t step) {
  const auto newest = newest_intact(run);
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->step, step);
  const NamedTensors model = newest->read_tensors("model.safetensors");
  EXPECT_EQ(model.at(0).second.f32()[0], static_cast<float>(step));
}

/// Removes the hook when a test ends, however it ends.
struct HookGuard {
  ~HookGuard() { set_file_hook(nullptr); }
};

std::vector<int64_t> steps_of(const fs::path& run) {
  std::vector<int64_t> steps;
  for (const CheckpointRef& found : find_checkpoints(run)) steps.push_back(found.step);
  return steps;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Checkpoint, OpensAsItWasSaved) {
  const TemporaryFolder run;
  const fs::path folder = save(run.path(), 400);
  EXPECT_EQ(folder.filename(), "step-00000400");
  const Checkpoint checkpoint = open_checkpoint(folder.string() + "/");
  EXPECT_EQ(checkpoint.step, 400);
  EXPECT_EQ(checkpoint.lineage_json, R"({"seed":7,"nested":{"z":1,"a":[1.5,null]}})");
  EXPECT_EQ(checkpoint.read_text("config.json"), "{\"width\": 8}");
  EXPECT_TRUE(checkpoint.has("empty.txt"));
  EXPECT_FALSE(checkpoint.has("manifest.json"));
  EXPECT_THROW(checkpoint.path("other"), Error);
  expect_loads(run.path(), 400);
}

TEST(Checkpoint, SavingAgainGivesTheSameBytes) {
  const TemporaryFolder first, second;
  const fs::path a = save(first.path(), 5), b = save(second.path(), 5);
  ASSERT_EQ(names_in(a), names_in(b));
  for (const std::string& name : names_in(a)) EXPECT_EQ(read_file(a / name), read_file(b / name)) << name;
}

TEST(Checkpoint, SavingTheSameStepReplacesIt) {
  const TemporaryFolder run;
  save(run.path(), 5, "old");
  save(run.path(), 5, "new");
  EXPECT_EQ(newest_intact(run.path())->read_text("config.json"), "new");
  EXPECT_EQ(names_in(run / "checkpoints"), std::vector<std::string>{"step-00000005"});
}

/// Makes the n-th operation fail for n = 1, 2, … until a save gets through; `broken` runs it with the hook in place.
void fail_every_operation(const fs::path& run, const std::function<void()>& saving, int64_t good_step,
                          std::optional<FileOperation> only) {
  const HookGuard guard;
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 200) << "saving never succeeds";
    int count = 0;
    set_file_hook([&](FileOperation operation, const fs::path& path) {
      if ((!only || operation == *only) && ++count == n)
        throw Error(ErrorCode::kIo, "write '" + path.string() + "': No space left on device", "the disk is full");
    });
    bool saved = false;
    try {
      saving();
      saved = true;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
    }
    set_file_hook(nullptr);
    if (saved) {
      EXPECT_GT(n, 1);
      return;
    }
    std::vector<std::string> refused;
    const auto newest = newest_intact(run, &refused);
    ASSERT_TRUE(newest.has_value()) << n;
    EXPECT_TRUE(refused.empty()) << refused.front();  // nothing half is visible
    EXPECT_GE(newest->step, good_step) << n;
    EXPECT_NO_THROW(open_checkpoint(run / "checkpoints/step-00000100")) << n;
    if (newest->step != good_step) fs::remove_all(newest->folder);  // renamed, then the folder's sync failed
  }
}

TEST(Checkpoint, EveryFailingOperationLeavesTheLastGoodOne) {
  const std::optional<FileOperation> kinds[] = {std::nullopt, FileOperation::kWrite, FileOperation::kSync,
                                                FileOperation::kRename};
  for (const auto only : kinds) {
    const TemporaryFolder run;
    save(run.path(), 100);
    fail_every_operation(run.path(), [&] { save(run.path(), 200); }, 100, only);
    expect_loads(run.path(), 200);
    EXPECT_EQ(steps_of(run.path()), (std::vector<int64_t>{100, 200}));
  }
}

TEST(Checkpoint, EveryFailingOperationLeavesAGoodOneWhenAStepIsSavedAgain) {
  const TemporaryFolder run;
  save(run.path(), 100, "old");
  fail_every_operation(run.path(), [&] { save(run.path(), 100, "new"); }, 100, std::nullopt);
  EXPECT_EQ(newest_intact(run.path())->read_text("config.json"), "new");
}

TEST(Checkpoint, AKillAtAnyOperationLeavesTheLastGoodOne) {
  const TemporaryFolder run;
  save(run.path(), 100);
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 200);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int count = 0;
      set_file_hook([&](FileOperation, const fs::path&) {
        if (++count == n) _exit(9);
      });
      save(run.path(), 200);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 0) break;
    std::vector<std::string> refused;
    const auto newest = newest_intact(run.path(), &refused);
    ASSERT_TRUE(newest.has_value());
    EXPECT_TRUE(refused.empty());
    if (newest->step == 200) fs::remove_all(newest->folder);
  }
  expect_loads(run.path(), 200);
  EXPECT_EQ(names_in(run / "checkpoints"), (std::vector<std::string>{"step-00000100", "step-00000200"}));
}

TEST(Checkpoint, LeftoversAreIgnoredAndRemovedByTheNextSave) {
  const TemporaryFolder run;
  fs::create_directories(run / "checkpoints/.tmp-step-00000900");
  put_file(run / "checkpoints/.tmp-step-00000900/model.safetensors", "half");
  fs::create_directories(run / "checkpoints/step-12");
  fs::create_directories(run / "checkpoints/step-0000001x");
  EXPECT_TRUE(find_checkpoints(run.path()).empty());
  EXPECT_FALSE(newest_intact(run.path()).has_value());
  save(run.path(), 100);
  EXPECT_FALSE(fs::exists(run / "checkpoints/.tmp-step-00000900"));
  EXPECT_EQ(steps_of(run.path()), std::vector<int64_t>{100});
}

TEST(Checkpoint, AWriterThatIsAbandonedLeavesNothing) {
  const TemporaryFolder run;
  {
    CheckpointWriter writer(run.path(), 1);
    writer.add_text("a.txt", "a");
  }
  EXPECT_TRUE(names_in(run / "checkpoints").empty());
}

TEST(Checkpoint, EveryFlippedBitIsRefused) {
  const TemporaryFolder run;
  save(run.path(), 100);
  const fs::path folder = save(run.path(), 200);
  for (const std::string& name : names_in(folder)) {
    const std::string good = read_file(folder / name);
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      put_file(folder / name, bad);
      try {
        open_checkpoint(folder);
        ADD_FAILURE() << name << " byte " << i;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
        EXPECT_NE(error.message().find("step 200"), std::string::npos) << error.message();
        EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
        EXPECT_NE(error.hint().find("step-00000100"), std::string::npos) << error.hint();
      }
    }
    put_file(folder / name, good);
  }
  expect_loads(run.path(), 200);
}

TEST(Checkpoint, EveryTruncationIsRefusedAndTheOlderOneTaken) {
  const TemporaryFolder run;
  save(run.path(), 100);
  const fs::path folder = save(run.path(), 200);
  for (const std::string& name : names_in(folder)) {
    const std::string good = read_file(folder / name);
    for (size_t size = 0; size < good.size(); size += 7) {
      put_file(folder / name, good.substr(0, size));
      std::vector<std::string> refused;
      EXPECT_EQ(newest_intact(run.path(), &refused)->step, 100) << name;
      EXPECT_EQ(refused.size(), 1u);
    }
    fs::remove(folder / name);
    EXPECT_EQ(newest_intact(run.path())->step, 100) << name;
    put_file(folder / name, good);
  }
}

TEST(Checkpoint, AFolderUnderAnotherStepsNameIsRefused) {
  const TemporaryFolder run;
  fs::rename(save(run.path(), 100), run / "checkpoints/step-00000300");
  EXPECT_THROW(open_checkpoint(run / "checkpoints/step-00000300"), Error);
  fs::rename(run / "checkpoints/step-00000300", run / "best");
  EXPECT_EQ(open_checkpoint(run / "best").step, 100);
}

TEST(Checkpoint, PruneKeepsTheLastAndTheBest) {
  const TemporaryFolder run;
  for (int64_t step = 1; step <= 6; ++step) save(run.path(), step);
  prune(run.path(), 6, 2, 3);
  EXPECT_EQ(steps_of(run.path()), (std::vector<int64_t>{3, 5, 6}));
  prune(run.path(), 6, 10);
  EXPECT_EQ(steps_of(run.path()).size(), 3u);
  EXPECT_EQ(names_in(run / "checkpoints").size(), 3u);
}

TEST(Checkpoint, PruneNeitherRemovesWhatWasJustWrittenNorCountsLaterOnes) {
  const TemporaryFolder run;
  for (const int64_t step : {300, 340, 360, 365, 380, 400}) save(run.path(), step);
  prune(run.path(), 365, 2);
  EXPECT_EQ(steps_of(run.path()), (std::vector<int64_t>{360, 365, 380, 400}));
}

TEST(Checkpoint, LaterOnesArePutAsideAndNoneIsOverwrittenThere) {
  const TemporaryFolder run;
  for (int time = 0; time < 2; ++time) {
    for (const int64_t step : {360, 365, 370, 400}) save(run.path(), step);
    EXPECT_EQ(put_aside_later(run.path(), 360, 370).size(), 2u);
    EXPECT_EQ(steps_of(run.path()), (std::vector<int64_t>{360, 370}));
  }
  EXPECT_EQ(names_in(put_aside_folder(run.path())),
            (std::vector<std::string>{"step-00000365", "step-00000365-2", "step-00000400", "step-00000400-2"}));
  EXPECT_EQ(open_checkpoint(put_aside_folder(run.path()) / "step-00000400").step, 400);
  EXPECT_TRUE(put_aside_later(run.path(), 360, 370).empty());
}

TEST(Checkpoint, TheNewestIntactMayBeAskedForUpToAStep) {
  const TemporaryFolder run;
  for (const int64_t step : {1, 2, 3}) save(run.path(), step);
  EXPECT_EQ(newest_intact(run.path(), nullptr, 2)->step, 2);
  EXPECT_FALSE(newest_intact(run.path(), nullptr, 0).has_value());
}

TEST(Checkpoint, FileNamesAndLineageAreChecked) {
  const TemporaryFolder run;
  CheckpointWriter writer(run.path(), 1);
  for (const char* name : {"", ".", "..", "../x", "/x", "a/b", ".hidden", "manifest.json", "a\nb"})
    EXPECT_THROW(writer.add_text(name, ""), Error) << name;
  writer.add_text("a", "");
  EXPECT_THROW(writer.add_text("a", ""), Error);
  for (const char* lineage : {"", "[]", "{", "3", "{\"a\":\"\xff\"}"}) EXPECT_THROW(writer.commit(lineage), Error);
  EXPECT_THROW(writer.commit("{\"a\":" + std::string(100000, '[')), Error);
  EXPECT_TRUE(find_checkpoints(run.path()).empty());
}

TEST(Checkpoint, AManifestMayNotReachOutOfItsFolder) {
  for (const char* name : {"../secret", "/etc/passwd", "manifest.json", ""}) {
    const std::string text = manifest_text(1, {{name, 0, ""}}, "{}");
    EXPECT_THROW(parse_manifest(text), Error) << name;
  }
  EXPECT_THROW(parse_manifest(manifest_text(1, {{"a", 0, ""}, {"a", 0, ""}}, "{}")), Error);
  EXPECT_EQ(parse_manifest(manifest_text(1, {{"a", 0, ""}}, "{}")).step, 1);
}

TEST(Checkpoint, RunsCheckpointsAndModelFoldersAreAllModelPaths) {
  const TemporaryFolder run;
  EXPECT_THROW(resolve_model_folder(run.path()), Error);
  EXPECT_THROW(resolve_model_folder(run / "missing"), Error);
  save(run.path(), 1);
  const fs::path folder = save(run.path(), 2);
  EXPECT_EQ(resolve_model_folder(run.path()), folder);
  EXPECT_EQ(resolve_model_folder(run.path().string() + "/"), folder);
  EXPECT_EQ(resolve_model_folder(run / "checkpoints/step-00000001").filename(), "step-00000001");
  put_file(folder / "config.json", "{\"width\": 9}");
  EXPECT_EQ(resolve_model_folder(run.path()).filename(), "step-00000001");
  EXPECT_THROW(resolve_model_folder(folder), Error);
  const TemporaryFolder model;
  put_file(model / "config.json", "{}");
  EXPECT_EQ(resolve_model_folder(model.path()), model.path());
}

}  // namespace
}  // namespace vitrine::io
