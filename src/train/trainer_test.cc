#include "train/trainer.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "data/build.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"

namespace vitrine::train {
namespace {

namespace fs = std::filesystem;
using testing::put_file;
using testing::small_tokenizer;
using testing::TemporaryFolder;

constexpr int64_t kSteps = 8;

/// A dataset of short sentences, and runs over it.
class Training : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string lines;
    for (int i = 0; i < 120; ++i)
      lines += "{\"text\": \"the cat number " + std::to_string(i) + " sat on the mat and the dog ran.\"}\n";
    put_file(folder_ / "text.jsonl", lines);
    ThreadPool pool(1);
    data::build_dataset({.inputs = {folder_ / "text.jsonl"}, .out_folder = folder_ / "data", .validation_share = 0.1},
                        small_tokenizer(), pool);
  }
  void TearDown() override { set_file_hook({}); }

  TrainOptions options(const std::string& out) const {
    TrainOptions options;
    RunConfig& config = options.config;
    config.data = (folder_ / "data").string();
    config.out = (folder_ / out).string();
    config.model = {.width = 16,
                    .layers = 1,
                    .heads = 2,
                    .key_heads = 1,
                    .head_width = 8,
                    .hidden_width = 24,
                    .context_length = 32};
    config.batch_tokens = 128;
    config.micro_batch_rows = 2;
    config.max_steps = kSteps;
    config.warmup_steps = 2;
    config.evaluate_every = 4;
    config.evaluate_rows = 2;
    config.sample_every = 0;
    config.checkpoint_every = 2;
    config.keep_checkpoints = 3;
    return options;
  }

  /// Weights and moments of the run's last update.
  std::string final_bytes(const std::string& out) const {
    const auto checkpoint = io::newest_intact(folder_ / out);
    if (!checkpoint || checkpoint->step != kSteps) return "no checkpoint of the last step in " + out;
    return read_file(checkpoint->path("model.safetensors")) + read_file(checkpoint->path("optimizer.safetensors"));
  }

  std::string uninterrupted() const {
    pretrain(options("whole"), runtime_, {});
    return final_bytes("whole");
  }

  static Error error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "nothing was thrown");
  }

  TemporaryFolder folder_{testing::FolderPlace::kMemory};
  autograd::Runtime runtime_{1};
};

void poison(nn::Transformer& transformer) {
  transformer.parameters()[1]->gradient->value().f32()[0] = std::numeric_limits<float>::quiet_NaN();
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(Training, StoppedAndResumedEndsInTheBytesOfAnUninterruptedRun) {
  const std::string whole = uninterrupted();
  for (const int64_t stop_at : {1, 3, 4, 7}) {
    const std::string out = "stopped" + std::to_string(stop_at);
    TrainOptions run = options(out);
    int64_t steps = 0;
    const TrainResult first =
        pretrain(run, runtime_,
                 {.on_step = [&](const StepReport&) { ++steps; }, .should_stop = [&] { return steps == stop_at; }});
    EXPECT_TRUE(first.interrupted);
    EXPECT_EQ(first.steps, stop_at);
    run.resume = true;
    EXPECT_FALSE(pretrain(run, runtime_, {}).interrupted);
    EXPECT_TRUE(final_bytes(out) == whole) << stop_at;
  }
}

// Between updates, between the passes of one and within an evaluation: wherever it is asked.
TEST_F(Training, WheneverAStopIsAskedForTheRunEndsInTheSameBytes) {
  const std::string whole = uninterrupted();
  int64_t num_asked = 0, num_amid = 0;
  pretrain(options("counted"), runtime_, {.should_stop = [&] { return ++num_asked, false; }});
  ASSERT_GT(num_asked, 3 * kSteps - 2);
  for (int64_t stop_at = 1; stop_at <= num_asked; ++stop_at) {
    TrainOptions run = options("stopped" + std::to_string(stop_at));
    int64_t asked = 0;
    std::pair<int64_t, int64_t> pass;
    const TrainResult first = pretrain(run, runtime_,
                                       {.on_pass = [&](int64_t step, int64_t done, int64_t) { pass = {step, done}; },
                                        .should_stop = [&] { return ++asked >= stop_at; }});
    ASSERT_TRUE(first.interrupted);
    num_amid += first.steps < pass.first && pass.second > 0;
    run.resume = true;
    EXPECT_FALSE(pretrain(run, runtime_, {}).interrupted);
    EXPECT_TRUE(final_bytes(run.config.out) == whole) << stop_at;
  }
  EXPECT_EQ(num_amid, kSteps);  // once in each update, behind its first pass
}

TEST_F(Training, NothingIsAnnouncedOfARunThatIsRefused) {
  const auto refuse = [&](const TrainOptions& run, ErrorCode code, std::string_view part) {
    bool is_announced = false;
    const Error error =
        error_of([&] { pretrain(run, runtime_, {.on_start = [&](const RunConfig&) { is_announced = true; }}); });
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_TRUE(mentions(error.message(), part)) << error.message();
    EXPECT_FALSE(is_announced) << error.message();
  };
  pretrain(options("run"), runtime_, {});
  refuse(options("run"), ErrorCode::kInvalidArgument, "already holds a run");
  TrainOptions other = options("run");
  other.resume = true;
  other.config.lr *= 2;
  refuse(other, ErrorCode::kMismatch, "lr");
  refuse(options("data"), ErrorCode::kInvalidArgument, "holds a dataset");
  EXPECT_FALSE(fs::exists(folder_ / "data" / "checkpoints"));
  refuse(options("text.jsonl"), ErrorCode::kInvalidArgument, "is a file");
  TrainOptions nameless = options("run");
  nameless.config.out.clear();
  refuse(nameless, ErrorCode::kInvalidArgument, "no name");
}

TEST_F(Training, TheDiskThatIsAnnouncedIsMadeUpOfCheckpoints) {
  TrainOptions run = options("run");
  std::string messages;
  pretrain(run, runtime_, {.on_message = [&](const std::string& message) { messages += message; }});
  EXPECT_TRUE(mentions(messages, "(5 checkpoints of ")) << messages;  // three to keep, the best and one being written
}

TEST_F(Training, ResumeOfAFinishedRunNamesItsCheckpoint) {
  TrainOptions run = options("finished");
  const TrainResult first = pretrain(run, runtime_, {});
  run.resume = true;
  const TrainResult again = pretrain(run, runtime_, {});
  EXPECT_EQ(again.steps, kSteps);
  EXPECT_EQ(again.checkpoint, first.checkpoint);
  EXPECT_FALSE(again.checkpoint.empty());
}

TEST_F(Training, APeakThatWasMeasuredTooLowIsMeasuredAgain) {
  TrainOptions run = options("peak");
  int measurements = 0;
  run.measure_peak_flops = [&] { return ++measurements == 1 ? 1.0 : 1e18; };
  std::vector<double> shares;
  pretrain(run, runtime_, {.on_step = [&](const StepReport& report) { shares.push_back(report.peak_share); }});
  EXPECT_EQ(measurements, 2);
  EXPECT_EQ(shares.front(), 0);  // faster than the peak: not known, and not more than all of it
  for (size_t i = 1; i < shares.size(); ++i) {
    EXPECT_GT(shares[i], 0);
    EXPECT_LE(shares[i], 1);
  }
}

TEST_F(Training, NoShareOfThePeakIsClaimedWhereItCannotBeMeasured) {
  TrainOptions run = options("no-peak");
  run.measure_peak_flops = [] { return 1.0; };
  pretrain(run, runtime_, {.on_step = [&](const StepReport& report) { EXPECT_EQ(report.peak_share, 0); }});
  EXPECT_FALSE(mentions(read_file(folder_ / "no-peak" / "events.jsonl"), "peak_share"));
}

TEST_F(Training, TwoThreadsGiveTheBytesOfOne) {
  const std::string whole = uninterrupted();
  const autograd::Runtime two(2);
  pretrain(options("two"), two, {});
  EXPECT_TRUE(final_bytes("two") == whole);
}

TEST_F(Training, AnotherSeedGivesOtherBytes) {
  TrainOptions run = options("seed");
  run.config.seed = 2;
  pretrain(run, runtime_, {});
  EXPECT_FALSE(final_bytes("seed") == uninterrupted());
}

/// The newest step whose checkpoint the event log calls saved, or nothing.
std::optional<int64_t> announced_step(const fs::path& run) {
  if (!fs::exists(run / "events.jsonl")) return std::nullopt;
  std::istringstream lines(read_file(run / "events.jsonl"));
  std::optional<int64_t> step;
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_discarded() && event["event"] == "checkpoint") step = event["step"];
  }
  return step;
}

TEST_F(Training, WhicheverWriteSyncOrRenameFailsTheLastGoodCheckpointLoadsAndLeadsToTheSameBytes) {
  const std::string whole = uninterrupted();
  std::map<FileOperation, int64_t> kinds;
  int64_t operations = 0;
  set_file_hook([&](FileOperation operation, const fs::path&) { ++kinds[operation], ++operations; });
  pretrain(options("counted"), runtime_, {});
  set_file_hook({});
  ASSERT_EQ(kinds.size(), 3u);  // writes, syncs and renames
  ASSERT_GT(operations, 150);
  for (int64_t failing = 1; failing <= operations; ++failing) {
    const std::string out = "failed" + std::to_string(failing);
    TrainOptions run = options(out);
    int64_t number = 0;
    set_file_hook([&](FileOperation, const fs::path& path) {
      if (++number == failing) throw Error(ErrorCode::kIo, "write '" + path.string() + "': no space left");
    });
    EXPECT_EQ(error_of([&] { pretrain(run, runtime_, {}); }).code(), ErrorCode::kIo) << failing;
    set_file_hook({});
    std::vector<std::string> refused;
    const auto good = io::newest_intact(folder_ / out, &refused);
    EXPECT_TRUE(refused.empty()) << failing << ": " << refused.front();
    if (const auto announced = announced_step(folder_ / out)) {
      ASSERT_TRUE(good.has_value()) << failing;
      EXPECT_GE(good->step, *announced) << failing;
    }
    run.resume = good.has_value();
    EXPECT_NO_THROW(pretrain(run, runtime_, {})) << failing;
    EXPECT_TRUE(final_bytes(out) == whole) << failing;
    fs::remove_all(folder_ / out);
  }
}

TEST_F(Training, SkipsOneUpdateWhoseGradientIsNotFinite) {
  TrainOptions run = options("poisoned");
  int64_t calls = 0, skipped = 0;
  run.after_backward = [&](int64_t, nn::Transformer& transformer) {
    if (++calls == 3) poison(transformer);
  };
  const TrainResult result =
      pretrain(run, runtime_, {.on_step = [&](const StepReport& report) { skipped += report.skipped; }});
  EXPECT_EQ(skipped, 1);
  EXPECT_EQ(result.steps, kSteps);
  const auto checkpoint = io::newest_intact(folder_ / "poisoned");
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(RunState::from_json(checkpoint->read_text("state.json")).optimizer_steps, kSteps - 1);
}

TEST_F(Training, GoesBackAndPassesOverTheRowsAfterBadUpdatesInARow) {
  TrainOptions run = options("poisoned");
  int64_t calls = 0;
  std::string messages;
  run.after_backward = [&](int64_t, nn::Transformer& transformer) {
    if (++calls >= 4 && calls < 4 + run.config.max_bad_steps) poison(transformer);
  };
  const TrainResult result =
      pretrain(run, runtime_, {.on_message = [&](const std::string& message) { messages += message + "\n"; }});
  EXPECT_EQ(result.steps, kSteps);
  EXPECT_TRUE(mentions(messages, "passed over")) << messages;
  EXPECT_GT(calls, kSteps);
  const auto checkpoint = io::newest_intact(folder_ / "poisoned");
  ASSERT_TRUE(checkpoint);
  const RunState state = RunState::from_json(checkpoint->read_text("state.json"));
  EXPECT_EQ(state.rollbacks, 1);
  EXPECT_EQ(state.next_row, calls * run.config.rows_per_step());
}

TEST_F(Training, GivesUpNamingTheRateWhenEveryGradientIsBad) {
  TrainOptions run = options("poisoned");
  run.after_backward = [](int64_t, nn::Transformer& transformer) { poison(transformer); };
  const Error error = error_of([&] { pretrain(run, runtime_, {}); });
  EXPECT_TRUE(mentions(error.message(), "not finite")) << error.message();
  EXPECT_TRUE(mentions(error.hint(), "lower lr")) << error.hint();
}

TEST_F(Training, RefusesToResumeWithAnotherConfigOrWithoutARun) {
  TrainOptions run = options("run");
  run.resume = true;
  EXPECT_EQ(error_of([&] { pretrain(run, runtime_, {}); }).code(), ErrorCode::kNotFound);
  run.resume = false;
  pretrain(run, runtime_, {});
  EXPECT_EQ(error_of([&] { pretrain(run, runtime_, {}); }).code(), ErrorCode::kInvalidArgument);
  run.resume = true;
  run.config.lr *= 2;
  const Error error = error_of([&] { pretrain(run, runtime_, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_TRUE(mentions(error.message(), "lr (was")) << error.message();
}

TEST_F(Training, RefusesToResumeWithOtherKernelsNamingBoth) {
  TrainOptions run = options("run");
  const autograd::Runtime portable(1, "portable");
  if (portable.kernel_set() == runtime_.kernel_set()) GTEST_SKIP() << "one kernel set here";
  pretrain(run, runtime_, {});
  run.resume = true;
  const Error error = error_of([&] { pretrain(run, portable, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  const std::string was(kernel_set_name(kernels_like(runtime_.kernel_set())));
  EXPECT_TRUE(mentions(error.message(), "was " + was + ", now portable")) << error.message();
  EXPECT_TRUE(mentions(error.hint(), "--kernels " + was)) << error.hint();
}

TEST_F(Training, RefusesADatasetWhoseTokenizerWasChanged) {
  const fs::path path = folder_ / "data" / "tokenizer.json";
  auto json = nlohmann::ordered_json::parse(read_file(path));
  auto& merges = json["model"]["merges"];
  ASSERT_GE(merges.size(), 2u);
  std::swap(merges[0], merges[1]);
  put_file(path, json.dump());
  const Error error = error_of([&] { pretrain(options("run"), runtime_, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_TRUE(mentions(error.message(), "tokenizer.json")) << error.message();
}

TEST_F(Training, NamesABatchThatFitsWhenThisOneDoesNotDivide) {
  TrainOptions run = options("run");
  run.config.batch_tokens = 150;
  const Error error = error_of([&] { pretrain(run, runtime_, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  for (const char* const number : {"150", "32", "64"}) EXPECT_TRUE(mentions(error.message(), number)) << number;
  EXPECT_TRUE(mentions(error.hint(), "batch_tokens=128")) << error.hint();
}

TEST_F(Training, RefusesADamagedCheckpointAndNamesAnOlderOne) {
  TrainOptions run = options("run");
  const fs::path weights = pretrain(run, runtime_, {}).checkpoint / "model.safetensors";
  std::string bytes = read_file(weights);
  bytes[bytes.size() / 2] ^= 1;
  put_file(weights, bytes);
  run.resume = true;
  const Error error = error_of([&] { pretrain(run, runtime_, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
  EXPECT_TRUE(mentions(error.hint(), "step-00000006")) << error.hint();
}

/// Steps of a run's checkpoints, and whether the run ended in those bytes.
std::vector<int64_t> steps_of(const fs::path& run) {
  std::vector<int64_t> steps;
  for (const io::CheckpointRef& checkpoint : io::find_checkpoints(run)) steps.push_back(checkpoint.step);
  return steps;
}

// Whether what lies behind the place gone back to is damaged or not, and wherever the run is cut off after it.
TEST_F(Training, ARunThatWentBackKeepsWhatItSavesAndPutsAsideWhatItLeft) {
  const std::string whole = uninterrupted();
  for (const bool is_damaged : {true, false}) {
    TrainOptions run = options(is_damaged ? "damaged" : "intact");
    run.config.checkpoint_every = 1;
    run.config.keep_checkpoints = 4;
    pretrain(run, runtime_, {});
    const fs::path folder = fs::path(run.config.out) / "checkpoints";
    ASSERT_EQ(steps_of(run.config.out), (std::vector<int64_t>{5, 6, 7, 8}));
    if (is_damaged)
      for (const char* const later : {"step-00000006", "step-00000007", "step-00000008"})
        put_file(folder / later / "model.safetensors", "damaged");
    run.resume = true;
    run.resume_from = folder / "step-00000005";
    run.config.keep_checkpoints = 1;
    int64_t steps = 0;
    std::string messages;
    const TrainResult stopped = pretrain(run, runtime_,
                                         {.on_step = [&](const StepReport&) { ++steps; },
                                          .on_message = [&](const std::string& message) { messages += message + "\n"; },
                                          .should_stop = [&] { return steps == 1; }});
    EXPECT_TRUE(fs::exists(stopped.checkpoint / "manifest.json")) << stopped.checkpoint;
    EXPECT_EQ(steps_of(run.config.out).back(), 6);
    EXPECT_TRUE(mentions(messages, "put aside")) << messages;
    EXPECT_TRUE(mentions(messages, "step-00000007, step-00000008")) << messages;
    EXPECT_TRUE(fs::exists(io::put_aside_folder(run.config.out) / "step-00000008" / "manifest.json"));
    run.resume_from.clear();
    EXPECT_EQ(pretrain(run, runtime_, {}).steps, kSteps);
    EXPECT_TRUE(final_bytes(run.config.out) == whole) << is_damaged;
  }
}

TEST_F(Training, ARollbackBeforeTheFirstSaveGoesToThePlaceGoneBackTo) {
  TrainOptions run = options("run");
  run.config.keep_checkpoints = 10;
  pretrain(run, runtime_, {});
  run.resume = true;
  run.resume_from = fs::path(run.config.out) / "checkpoints" / "step-00000002";
  int64_t calls = 0;
  std::string messages;
  run.after_backward = [&](int64_t, nn::Transformer& transformer) {
    if (++calls <= run.config.max_bad_steps) poison(transformer);
  };
  pretrain(run, runtime_, {.on_message = [&](const std::string& message) { messages += message + "\n"; }});
  EXPECT_TRUE(mentions(messages, "back to step 2 after")) << messages;
}

}  // namespace
}  // namespace vitrine::train
