#include "model/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii_case.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/gguf_part_name.h"
#include "base/zip_file.h"
#include "model/open_models.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxListed = 12;

/// One file for each model: of a split one the first part that is there.
std::vector<fs::path> gguf_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".gguf" && at->is_regular_file(error)) files.push_back(at->path());
  std::ranges::sort(files);
  std::set<std::string> split;
  std::erase_if(files, [&](const fs::path& file) {
    const std::optional<GgufPartName> part = read_gguf_part_name(file.filename().string());
    return part && !split.insert(part->first()).second;
  });
  return files;
}

bool holds_model(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "config.json", error) || !gguf_files(folder).empty();
}

/// The folder itself if it is a model's, else the one GGUF file in it, or the one with `variant` in its name.
fs::path model_in(const fs::path& folder, const std::string& variant = "") {
  std::error_code error;
  if (variant.empty() && fs::exists(folder / "config.json", error)) return folder;
  std::vector<fs::path> files = gguf_files(folder);
  std::erase_if(files, [&](const fs::path& file) {
    return ascii_lower_case(file.filename().string()).find(ascii_lower_case(variant)) == std::string::npos;
  });
  if (files.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("model '{}': no file with '{}' in its name is there", folder.string(), variant),
                "vitrine model list shows what was fetched");
  if (files.size() == 1) return files.front();
  std::string names;
  for (size_t i = 0; i < std::min(files.size(), kMaxListed); ++i)
    names += (names.empty() ? "" : ", ") + excerpt(files[i].filename().string());
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("model '{}': {} GGUF files are in it", folder.string(), files.size()),
              fmt::format("name one, as in -m '{}': {}{}", (folder / files.front().filename()).string(), names,
                          files.size() > kMaxListed ? ", …" : ""));
}

/// A folder that is nothing but a place of GGUF files, as a download leaves it.
bool is_folder_of_gguf(const fs::path& folder) {
  std::error_code error;
  for (const char* const name : {"config.json", "manifest.json", "checkpoints"})
    if (fs::exists(folder / name, error)) return false;
  return !gguf_files(folder).empty();
}

int64_t bytes_below(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return gguf_bytes(path);
  int64_t total = 0;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) total += static_cast<int64_t>(at->file_size(error));
  return total;
}

}  // namespace

fs::path models_folder() {
  if (const std::string home = environment_variable("VITRINE_HOME"); !home.empty()) return fs::path(home) / "models";
  if (const std::string data = environment_variable("XDG_DATA_HOME"); !data.empty())
    return fs::path(data) / "vitrine/models";
  if (const std::string home = environment_variable("HOME"); !home.empty())
    return fs::path(home) / ".local/share/vitrine/models";
  throw Error(ErrorCode::kInvalidArgument, "models: no place to keep them (neither VITRINE_HOME nor HOME is set)",
              "set VITRINE_HOME, or give --out");
}

namespace {

/// Refuses a name with which the owner or the name of a fetched model begins.
void refuse_part_of_name(const std::string& name) {
  if (name.find('/') != std::string::npos) return;
  std::vector<std::string> meant;
  for (const StoredModel& stored : stored_models())
    if (ascii_lower_case("/" + stored.name).find("/" + ascii_lower_case(name)) != std::string::npos)
      meant.push_back(excerpt(stored.name));
  if (meant.empty()) return;
  throw Error(ErrorCode::kNotFound, fmt::format("model '{}': no model of that name was fetched", excerpt(name)),
              meant.size() > kMaxListed ? "vitrine model list shows what was"
                                        : fmt::format("did you mean -m {}?", fmt::join(meant, " or -m ")));
}

}  // namespace

fs::path resolve_model(const std::string& given) {
  std::error_code error;
  if (fs::exists(given, error)) return is_folder_of_gguf(given) ? model_in(given) : fs::path(given);
  // An address of the hub means what it fetched: hf:OWNER/NAME@REVISION:VARIANT.
  std::string name = given, variant;
  if (given.starts_with("hf:")) {
    name = given.substr(3);
    if (const size_t colon = name.find(':'); colon != std::string::npos) {
      variant = name.substr(colon + 1);
      name.resize(colon);
    }
    name.resize(std::min(name.find('@'), name.size()));
  }
  if (!is_safe_relative_path(name)) return given;
  const bool has_store = !environment_variable("VITRINE_HOME").empty() ||
                         !environment_variable("XDG_DATA_HOME").empty() || !environment_variable("HOME").empty();
  if (has_store) {
    const fs::path stored = models_folder() / name;
    if (fs::is_regular_file(stored, error)) return stored;
    if (holds_model(stored)) return model_in(stored, variant);
  }
  if (find_open_model(name) != nullptr || given.starts_with("hf:"))
    throw Error(ErrorCode::kNotFound, fmt::format("model '{}': not fetched yet", given),
                fmt::format("vitrine model pull {}", given));
  if (has_store) refuse_part_of_name(name);
  return given;
}

std::vector<StoredModel> stored_models() {
  std::vector<StoredModel> models;
  const fs::path root = models_folder();
  const auto add = [&](const fs::path& folder) {
    const std::string name = folder.lexically_relative(root).generic_string();
    const std::vector<fs::path> files = gguf_files(folder);
    if (fs::exists(folder / "config.json") || files.size() == 1)
      models.push_back({name, model_in(folder), bytes_below(folder)});
    else
      for (const fs::path& file : files)
        models.push_back({name + "/" + file.filename().string(), file, bytes_below(file)});
  };
  const auto folders_in = [](const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      if (at->is_directory(error)) folders.push_back(at->path());
    return folders;
  };
  for (const fs::path& folder : folders_in(root)) {
    if (holds_model(folder)) {
      add(folder);
    } else {
      for (const fs::path& inner : folders_in(folder)) add(inner);
    }
  }
  std::ranges::sort(models, {}, &StoredModel::name);
  return models;
}

}  // namespace vitrine::model
