#include "train/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "data/chat_format.h"
#include "io/manifest.h"

namespace vitrine::train {
namespace {

namespace fs = std::filesystem;

constexpr double kMegabyte = 1e6;
constexpr std::string_view kCheckpointsFolder = "checkpoints";

int64_t bytes_of_checkpoints(const fs::path& run_folder) {
  int64_t total = 0;
  for (const io::CheckpointRef& checkpoint : io::find_checkpoints(run_folder)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(checkpoint.folder, error))
      if (const auto bytes = entry.file_size(error); !error) total += static_cast<int64_t>(bytes);
  }
  return total;
}

/// `folder/` and `folder` name the same place, but only the latter has a file name.
fs::path without_trailing_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

/// The run whose checkpoints folder this is; empty for other folders.
fs::path above_checkpoints(const fs::path& folder) {
  if (folder.filename() != kCheckpointsFolder) return {};
  return folder.has_parent_path() ? folder.parent_path() : fs::path(".");
}

/// The run that is given as a whole, by its folder or its checkpoints folder; empty where a checkpoint is given.
fs::path run_given_by(const fs::path& given) {
  std::error_code error;
  if (given.empty() || !fs::is_directory(given, error) || fs::exists(given / io::kManifestName, error)) return {};
  if (fs::is_directory(given / kCheckpointsFolder, error)) return without_trailing_slash(given);
  return above_checkpoints(without_trailing_slash(given.lexically_normal()));
}

}  // namespace

void add_run_files(io::CheckpointWriter& writer, RunConfig config, RunState state) {
  // The run's place and name are not part of what it is: the same run elsewhere gives the same bytes.
  config.out.clear();
  config.data.clear();
  writer.add_text("run.json", fields_to_json(config.fields()) + "\n");
  writer.add_text("state.json", state.to_json() + "\n");
}

RunConfig read_run_config(const io::Checkpoint& checkpoint) {
  RunConfig config;
  ConfigFields fields = config.fields();
  fields_from_json(fields, checkpoint.read_text("run.json"), "run.json");
  return config;
}

std::string data_checksum(const data::Dataset& dataset) {
  std::string all = dataset.tokenizer_checksum;
  for (const data::ShardFile& shard : dataset.split(data::kTrainSplit).shards) all += shard.checksum;
  return checksum_hex(std::as_bytes(std::span(all.data(), all.size())));
}

std::string lineage_json(RunConfig config, const std::string& data_checksum, KernelSet kernel_set) {
  config.out.clear();
  config.data.clear();
  const std::string text = fields_to_json(config.fields());
  return fmt::format(
      R"({{"program": "vitrine {}", "stage": "pretrain", "config_checksum": "{}", "data_checksum": "{}", "kernels": "{}"}})",
      VITRINE_VERSION, checksum_hex(std::as_bytes(std::span(text.data(), text.size()))), data_checksum,
      kernel_set_name(kernel_set));
}

io::Checkpoint resume_checkpoint(const fs::path& run_folder, const fs::path& given, std::vector<std::string>* refused) {
  std::error_code error;
  const fs::path given_run = run_given_by(given);
  if (given_run.empty() && !given.empty()) {
    const bool is_name = !given.has_parent_path() && !fs::exists(given, error);
    const fs::path folder = is_name ? run_folder / kCheckpointsFolder / given : given;
    if (!fs::exists(folder, error))
      throw Error(ErrorCode::kNotFound, fmt::format("resume: there is no checkpoint '{}'", folder.string()),
                  "give a run's folder or one of its checkpoints; --resume alone takes the newest of --out");
    return io::open_checkpoint(folder);
  }
  const fs::path& run = given.empty() ? run_folder : given_run;
  const auto all = io::find_checkpoints(run);
  if (all.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("resume: no checkpoint in '{}'", run.string()),
                "start the run without --resume");
  if (given.empty()) return io::open_checkpoint(all.back().folder);
  std::vector<std::string> messages;
  if (auto newest = io::newest_intact(run, &messages)) {
    if (refused != nullptr) *refused = std::move(messages);
    return *newest;
  }
  throw Error(ErrorCode::kCorruptData,
              fmt::format("resume '{}': no checkpoint is intact; {}", run.string(), messages.front()),
              "train again, or restore the run from a copy");
}

fs::path run_folder_of(const fs::path& given) {
  if (const fs::path run = run_given_by(given); !run.empty()) return run;
  std::error_code error;
  // As it was given where that says it, so that messages name what the user knows.
  for (const fs::path& path : {given.lexically_normal(), fs::canonical(given, error)})
    if (const fs::path run = above_checkpoints(without_trailing_slash(path).parent_path()); !run.empty()) return run;
  return {};
}

void require_no_other_run(const fs::path& run_folder, const io::Checkpoint& checkpoint) {
  if (io::find_checkpoints(run_folder).empty()) return;
  std::error_code error;
  for (const fs::path& path : {fs::absolute(checkpoint.folder), fs::canonical(checkpoint.folder, error)})
    if (fs::equivalent(path.parent_path(), run_folder / kCheckpointsFolder, error)) return;
  const fs::path own = run_folder_of(checkpoint.folder);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("resume '{}': '{}' holds another run, whose checkpoints would mix with this one's",
                          checkpoint.folder.string(), run_folder.string()),
              own.empty()
                  ? "give an --out that holds no run"
                  : fmt::format("leave --out out to go on in '{}', or give one that holds no run", own.string()));
}

void require_same_run(const io::Checkpoint& checkpoint, const RunConfig& config, const std::string& data_checksum,
                      KernelSet kernel_set) {
  std::string differences;
  for (const std::string& field : differing_fields(read_run_config(checkpoint), config))
    differences += (differences.empty() ? "" : ", ") + field;
  if (checkpoint.lineage_json.find(data_checksum) == std::string::npos)
    differences += (differences.empty() ? "" : ", ") + std::string("the dataset (its text or its tokenizer)");
  if (!differences.empty())
    throw Error(ErrorCode::kMismatch,
                fmt::format("resume '{}': the run was begun otherwise: {}", checkpoint.folder.string(), differences),
                "give the same config and data, or start a new run with another --out");
  const std::string name(kernel_set_name(kernel_set));
  const auto lineage = nlohmann::json::parse(checkpoint.lineage_json, nullptr, false);
  const std::string saved = lineage.is_object() ? lineage.value("kernels", "") : "";
  if (saved != name)
    throw Error(
        ErrorCode::kMismatch,
        fmt::format("resume '{}': the run was begun with other kernels, so its numbers would change (was {}, now {})",
                    checkpoint.folder.string(), saved, name),
        fmt::format("add --kernels {}, on a machine that has them", saved));
}

void make_run_folder(const fs::path& run_folder) {
  std::error_code error;
  fs::create_directories(run_folder, error);
  if (error)
    throw Error(ErrorCode::kIo, fmt::format("create run folder '{}': {}", run_folder.string(), error.message()),
                "choose another --out, below a folder that you may write to");
}

void require_run_place(const fs::path& run_folder) {
  std::error_code error;
  const std::string hint = "choose another --out: a folder of the run's own";
  if (run_folder.empty()) throw Error(ErrorCode::kInvalidArgument, "train: the run folder has no name", hint);
  if (fs::exists(run_folder, error) && !fs::is_directory(run_folder, error))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("train: the run folder '{}' is a file", run_folder.string()),
                hint);
  if (fs::exists(run_folder / "dataset.json", error))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("train: '{}' holds a dataset", run_folder.string()), hint);
}

void require_fresh_folder(const fs::path& run_folder) {
  if (!io::find_checkpoints(run_folder).empty())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("train: '{}' already holds a run", run_folder.string()),
                "add --resume to go on with it, or choose another --out");
}

void check_resources(const RunConfig& config, const TrainObserver& observer) {
  const MemoryPlan memory = plan_memory(config);
  const auto megabytes = [](int64_t bytes) { return static_cast<double>(bytes) / kMegabyte; };
  const int64_t limit = memory_limit_bytes();
  if (memory.total() > limit)
    throw Error(
        ErrorCode::kOutOfMemory,
        fmt::format("train: the run needs {:.0f} MB of memory (weights {:.0f}, gradients {:.0f}, optimizer {:.0f}, "
                    "activations {:.0f}), and there are {:.0f} MB",
                    megabytes(memory.total()), megabytes(memory.weights), megabytes(memory.gradients),
                    megabytes(memory.optimizer), megabytes(memory.activations), megabytes(limit)),
        "lower micro_batch_rows, context_length, width or layers, or set recompute=true");
  // Checkpoints that are there are removed as new ones come; a new one is written before an old one goes.
  const int64_t one_checkpoint = plan_checkpoint_bytes(config);
  const int64_t most = one_checkpoint * (config.keep_checkpoints + 2);
  const int64_t disk = std::max(most - bytes_of_checkpoints(config.out), one_checkpoint);
  fs::path place = fs::absolute(config.out);
  while (!fs::exists(place) && place.has_parent_path() && place != place.parent_path()) place = place.parent_path();
  std::error_code error;
  const auto space = fs::space(place, error);
  if (!error && space.available < static_cast<uintmax_t>(disk))
    throw Error(ErrorCode::kIo,
                fmt::format("train: checkpoints need up to {:.0f} MB more of disk, and '{}' has {:.0f} MB free",
                            megabytes(disk), place.string(), static_cast<double>(space.available) / kMegabyte),
                "free some space, choose another --out, or lower keep_checkpoints");
  if (observer.on_message)
    observer.on_message(fmt::format(
        "{:.2f} M parameters; needs about {:.0f} MB of memory and up to {:.0f} MB of disk ({} checkpoints of {:.0f} MB "
        "with the optimizer's moments: the last {}, the best, and one being written)",
        static_cast<double>(config.model.num_parameters()) / 1e6, megabytes(memory.total()), megabytes(most),
        config.keep_checkpoints + 2, megabytes(one_checkpoint), config.keep_checkpoints));
}

tokenizer::TokenizerConfig special_tokens() {
  return {.chat_template = std::string(data::kChatTemplate),
          .bos_token = {},
          .eos_token = std::string(data::kEndOfTurn),
          .pad_token = std::string(data::kEndOfText)};
}

}  // namespace vitrine::train
