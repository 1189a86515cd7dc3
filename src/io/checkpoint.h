// Run checkpoints: folders that appear whole or not at all, with a checksum for every byte in them.
// Layout: RUN/checkpoints/step-00000400/{files of the caller, manifest.json}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace vitrine::io {

/// A file of a checkpoint as its manifest describes it.
struct CheckpointFile {
  std::string name;
  int64_t num_bytes = 0;
  std::string checksum;  ///< XXH3-128, 32 hexadecimal digits
};

/// Writes one checkpoint under a temporary name and makes it visible by commit(). Whatever fails before that leaves
/// every earlier checkpoint as it was. The same content gives the same bytes: nothing here knows the time.
/// Errors: kIo from every function; kInvalidArgument for a file name that is doubled, reserved or no plain name.
/// Threads: one writer for a run folder at a time.
class CheckpointWriter {
 public:
  CheckpointWriter(std::filesystem::path run_folder, int64_t step);
  /// Removes what was written unless commit() succeeded.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  void add_text(const std::string& name, std::string_view text);
  void add_tensors(const std::string& name, const NamedTensors& tensors, const Metadata& metadata = {});
  /// Writes the manifest, syncs and renames; a checkpoint of the same step is replaced in one step. Then removes
  /// what interrupted saves left behind. Returns the checkpoint's folder.
  /// Errors: kInvalidArgument when `lineage_json` is not a JSON object.
  std::filesystem::path commit(std::string_view lineage_json = "{}");

 private:
  void add_file(const std::string& name, const std::function<void(const ByteSink&)>& write_content);

  std::filesystem::path folder_;
  std::filesystem::path temporary_;
  int64_t step_;
  std::vector<CheckpointFile> files_;
  bool is_committed_ = false;
};

/// A checkpoint whose every byte was found to be what its manifest says.
struct Checkpoint {
  std::filesystem::path folder;
  int64_t step = 0;
  std::string lineage_json;
  std::vector<CheckpointFile> files;  ///< in the order in which they were added

  bool has(std::string_view name) const;
  /// Errors: kNotFound when the checkpoint has no such file.
  std::filesystem::path path(std::string_view name) const;
  std::string read_text(std::string_view name) const;
  NamedTensors read_tensors(std::string_view name) const;
};

/// Opens a checkpoint and verifies every checksum. Errors: kNotFound; kCorruptData, naming step and file, with the
/// newest older intact checkpoint in the hint.
Checkpoint open_checkpoint(const std::filesystem::path& folder);

struct CheckpointRef {
  int64_t step = 0;
  std::filesystem::path folder;
};

/// Lists the checkpoints of a run by rising step, unverified; empty when there are none.
std::vector<CheckpointRef> find_checkpoints(const std::filesystem::path& run_folder);

/// Opens the newest checkpoint that verifies, none later than `last_step`; the messages of those refused on the way are
/// added to `refused`.
std::optional<Checkpoint> newest_intact(const std::filesystem::path& run_folder,
                                        std::vector<std::string>* refused = nullptr,
                                        int64_t last_step = std::numeric_limits<int64_t>::max());

/// Of the checkpoints up to `written_step`, removes all but the newest `keep_last` and that of `best_step`; later ones
/// neither count nor go. keep_last >= 1.
void prune(const std::filesystem::path& run_folder, int64_t written_step, int keep_last,
           std::optional<int64_t> best_step = std::nullopt);

/// Moves the checkpoints after `step` to RUN/put-aside, but for that of `written_step`: what a run that went back to
/// `step` has left. Returns the names of those moved. Errors: kIo.
std::vector<std::string> put_aside_later(const std::filesystem::path& run_folder, int64_t step, int64_t written_step);

/// Where put_aside_later() moves to.
std::filesystem::path put_aside_folder(const std::filesystem::path& run_folder);

/// Returns the folder that holds config.json for a path that names a run (its newest intact checkpoint; the messages of
/// newer ones that were refused are added to `refused`), a checkpoint (verified) or a plain model folder.
/// Errors: kNotFound, kCorruptData.
std::filesystem::path resolve_model_folder(const std::filesystem::path& path,
                                           std::vector<std::string>* refused = nullptr);

}  // namespace vitrine::io
