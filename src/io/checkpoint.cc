#include "io/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/error.h"
#include "base/hash.h"
#include "io/manifest.h"

namespace vitrine::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStepPrefix = "step-";
constexpr std::string_view kTemporaryPrefix = ".tmp-";  // readers and find_checkpoints() never look at these
constexpr size_t kMinStepDigits = 8;

fs::path checkpoints_folder(const fs::path& run_folder) { return run_folder / "checkpoints"; }

/// The step that a folder's name stands for, or nothing when it is no checkpoint's name.
std::optional<int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kStepPrefix)) return std::nullopt;
  const std::string_view digits = std::string_view(name).substr(kStepPrefix.size());
  int64_t step = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (status != std::errc() || end != digits.data() + digits.size() || step < 0 || digits.size() < kMinStepDigits)
    return std::nullopt;
  return step;
}

/// Everything in a folder, sorted; empty when it cannot be listed.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code status;
  for (fs::directory_iterator entry(folder, status), end; !status && entry != end; entry.increment(status))
    paths.push_back(entry->path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& path : sorted_entries(folder))
    if (path.filename().string().starts_with(kTemporaryPrefix)) fs::remove_all(path, ignored);
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  if (status)
    throw Error(ErrorCode::kIo, fmt::format("create folder '{}': {}", folder.string(), status.message()),
                "choose a folder that you may write to");
}

Error refused(const fs::path& folder, const std::string& problem, ErrorCode code = ErrorCode::kCorruptData) {
  const auto step = step_of(folder);
  const std::string which = step ? fmt::format(" of step {}", *step) : "";
  return Error(code, fmt::format("open checkpoint{} '{}': {}", which, folder.string(), problem));
}

void verify_file(const fs::path& folder, const CheckpointFile& file) {
  try {
    const FileReader reader(folder / file.name);
    const auto num_bytes = static_cast<int64_t>(reader.size());
    if (num_bytes != file.num_bytes)
      throw refused(folder, fmt::format("{} has {} bytes, expected {}", file.name, num_bytes, file.num_bytes));
    Checksum checksum;
    reader.read_all([&](std::span<const std::byte> piece) { checksum.update(piece.data(), piece.size()); });
    if (checksum.hex() != file.checksum)
      throw refused(folder, fmt::format("{} does not match its checksum", file.name));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw refused(folder, fmt::format("{} is missing", file.name));
  }
}

/// Opens and verifies without looking for a substitute.
Checkpoint verified(const fs::path& folder) {
  Checkpoint checkpoint;
  try {
    checkpoint = parse_manifest(read_file(folder / kManifestName));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound && fs::is_directory(folder))
      throw refused(folder, "manifest.json is missing");
    if (error.code() == ErrorCode::kIo || error.code() == ErrorCode::kNotFound) throw;
    throw refused(folder, error.message(), error.code());
  }
  if (const auto step = step_of(folder); step && *step != checkpoint.step)
    throw refused(folder, fmt::format("manifest.json is that of step {}", checkpoint.step));
  for (const CheckpointFile& file : checkpoint.files) verify_file(folder, file);
  checkpoint.folder = folder;
  return checkpoint;
}

/// Opens the newest of `candidates` up to `last_step` that verifies.
std::optional<Checkpoint> newest_verified(const std::vector<CheckpointRef>& candidates, int64_t last_step,
                                          std::vector<std::string>* messages) {
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
    if (candidate->step > last_step) continue;
    try {
      return verified(candidate->folder);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kOutOfMemory) throw;  // says nothing about the file
      if (messages != nullptr) messages->push_back(error.message());
    }
  }
  return std::nullopt;
}

std::vector<CheckpointRef> list_checkpoints(const fs::path& folder) {
  std::vector<CheckpointRef> found;
  for (const fs::path& path : sorted_entries(folder)) {
    std::error_code status;
    if (const auto step = step_of(path); step && fs::is_directory(path, status)) found.push_back({*step, path});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return found;
}

/// `folder/` and `folder` name the same place, but only the latter has a file name.
fs::path without_trailing_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

}  // namespace

CheckpointWriter::CheckpointWriter(fs::path run_folder, int64_t step) : step_(step) {
  VITRINE_CHECK(step >= 0, "checkpoint step is negative");
  const std::string name = fmt::format("{}{:08}", kStepPrefix, step);
  folder_ = checkpoints_folder(run_folder) / name;
  temporary_ = checkpoints_folder(run_folder) / (std::string(kTemporaryPrefix) + name);
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  const bool is_first = !fs::exists(folder_.parent_path(), ignored);
  make_folder(temporary_);
  if (is_first) sync_folder(folder_.parent_path().parent_path());
}

CheckpointWriter::~CheckpointWriter() {
  std::error_code ignored;
  if (!is_committed_) fs::remove_all(temporary_, ignored);
}

void CheckpointWriter::add_file(const std::string& name, const std::function<void(const ByteSink&)>& write_content) {
  const bool is_doubled =
      std::any_of(files_.begin(), files_.end(), [&](const auto& file) { return file.name == name; });
  if (is_doubled || !is_plain_file_name(name))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("save checkpoint: '{}' cannot be the name of a (further) file", name));
  SyncedFile file(temporary_ / name);
  Checksum checksum;
  int64_t num_bytes = 0;
  write_content([&](const void* data, size_t count) {
    file.write(data, count);
    checksum.update(data, count);
    num_bytes += static_cast<int64_t>(count);
  });
  file.finish();
  files_.push_back({name, num_bytes, checksum.hex()});
}

void CheckpointWriter::add_text(const std::string& name, std::string_view text) {
  add_file(name, [&](const ByteSink& sink) { sink(text.data(), text.size()); });
}

void CheckpointWriter::add_tensors(const std::string& name, const NamedTensors& tensors, const Metadata& metadata) {
  add_file(name, [&](const ByteSink& sink) { write_safetensors(sink, tensors, metadata); });
}

fs::path CheckpointWriter::commit(std::string_view lineage_json) {
  VITRINE_CHECK(!is_committed_, "a checkpoint is committed once");
  const std::string manifest = manifest_text(step_, files_, lineage_json);
  SyncedFile file(temporary_ / kManifestName);
  file.write(manifest.data(), manifest.size());
  file.finish();
  sync_folder(temporary_);
  if (fs::exists(folder_))
    exchange_durably(temporary_, folder_);
  else
    rename_durably(temporary_, folder_);
  is_committed_ = true;
  remove_leftovers(folder_.parent_path());
  return folder_;
}

bool Checkpoint::has(std::string_view name) const {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
}

fs::path Checkpoint::path(std::string_view name) const {
  if (!has(name))
    throw Error(ErrorCode::kNotFound,
                fmt::format("checkpoint of step {} '{}': it holds no {}", step, folder.string(), name));
  return folder / name;
}

std::string Checkpoint::read_text(std::string_view name) const { return read_file(path(name)); }

NamedTensors Checkpoint::read_tensors(std::string_view name) const { return SafetensorsFile(path(name)).read_all(); }

Checkpoint open_checkpoint(const fs::path& given) {
  const fs::path folder = without_trailing_slash(given);
  try {
    return verified(folder);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptData) throw;
    const auto step = step_of(folder);
    const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
    const auto older = step ? newest_verified(list_checkpoints(parent), *step - 1, nullptr) : std::nullopt;
    throw Error(error.code(), error.message(),
                older ? fmt::format("use the newest older checkpoint that is intact: {}", older->folder.string())
                      : "no older intact checkpoint was found beside it");
  }
}

std::vector<CheckpointRef> find_checkpoints(const fs::path& run_folder) {
  return list_checkpoints(checkpoints_folder(run_folder));
}

std::optional<Checkpoint> newest_intact(const fs::path& run_folder, std::vector<std::string>* refused_messages,
                                        int64_t last_step) {
  return newest_verified(find_checkpoints(run_folder), last_step, refused_messages);
}

fs::path put_aside_folder(const fs::path& run_folder) { return run_folder / "put-aside"; }

std::vector<std::string> put_aside_later(const fs::path& run_folder, int64_t step, int64_t written_step) {
  std::vector<std::string> moved;
  for (const CheckpointRef& later : find_checkpoints(run_folder)) {
    if (later.step <= step || later.step == written_step) continue;
    const fs::path folder = put_aside_folder(run_folder);
    make_folder(folder);
    fs::path place = folder / later.folder.filename();
    for (int number = 2; fs::exists(place); ++number)  // left by an earlier time that the run went back
      place = folder / fmt::format("{}-{}", later.folder.filename().string(), number);
    rename_durably(later.folder, place);
    moved.push_back(place.filename().string());
  }
  return moved;
}

void prune(const fs::path& run_folder, int64_t written_step, int keep_last, std::optional<int64_t> best_step) {
  VITRINE_CHECK(keep_last >= 1, "prune keeps at least one checkpoint");
  std::vector<CheckpointRef> found = find_checkpoints(run_folder);
  std::erase_if(found, [&](const CheckpointRef& checkpoint) { return checkpoint.step > written_step; });
  found.resize(found.size() - std::min(found.size(), static_cast<size_t>(keep_last)));
  for (const CheckpointRef& old : found) {
    if (old.step == best_step) continue;
    // Renamed first, so that a kill while removing leaves no checkpoint with files missing.
    const fs::path doomed =
        old.folder.parent_path() / (std::string(kTemporaryPrefix) + "old-" + old.folder.filename().string());
    std::error_code ignored;
    fs::remove_all(doomed, ignored);
    rename_durably(old.folder, doomed);
    fs::remove_all(doomed, ignored);
  }
}

namespace {

/// What lies there in the place of a model; empty for a folder, and where nothing lies.
std::string kind_of_no_model(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    return error.message();
  if (fs::is_regular_file(status)) {
    const auto num_bytes = fs::file_size(path, error);
    return num_bytes == 0 ? "the file is empty" : "the file is no GGUF file (it does not begin with 'GGUF')";
  }
  if (fs::is_fifo(status)) return "it is a pipe, and a model is a file or a folder";
  if (fs::is_character_file(status) || fs::is_block_file(status)) return "it is a device, and no file";
  return fs::is_socket(status) ? "it is a socket, and no file" : "";
}

}  // namespace

fs::path resolve_model_folder(const fs::path& given, std::vector<std::string>* refused_messages) {
  const fs::path path = without_trailing_slash(given);
  std::error_code ignored;
  if (fs::exists(path / kManifestName, ignored)) return open_checkpoint(path).folder;
  if (fs::is_directory(checkpoints_folder(path), ignored)) {
    std::vector<std::string> messages;
    if (auto checkpoint = newest_intact(path, &messages)) {
      if (refused_messages != nullptr)
        std::move(messages.begin(), messages.end(), std::back_inserter(*refused_messages));
      return checkpoint->folder;
    }
    if (!messages.empty())
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("open run '{}': no checkpoint is intact; {}", path.string(), messages.front()),
                  "train again, or restore the run from a copy");
    throw Error(ErrorCode::kNotFound, fmt::format("open run '{}': it has no checkpoint yet", path.string()),
                "wait for the first checkpoint, or train with a smaller checkpoint_every");
  }
  if (fs::exists(path / "config.json", ignored)) return path;
  if (const std::string kind = kind_of_no_model(path); !kind.empty())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("open model '{}': {}", path.string(), kind),
                "give a GGUF file, or the folder of a run, a checkpoint or a model (with config.json)");
  throw Error(ErrorCode::kNotFound,
              fmt::format("open model '{}': no run, checkpoint or model folder is there", path.string()),
              "give a run folder, a checkpoint folder, a folder with config.json or a GGUF file; `vitrine model list` "
              "shows what was fetched");
}

}  // namespace vitrine::io
