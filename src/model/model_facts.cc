#include "model/model_facts.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "io/gguf_reader.h"
#include "model/architecture.h"
#include "model/config_json.h"
#include "model/gguf_config.h"
#include "model/gguf_vocabulary.h"
#include "model/model_folder.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

/// The folder with config.json: the path itself, or the newest checkpoint below it. Empty: there is none.
fs::path facts_folder(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / "config.json", error)) return path;
  fs::path newest;
  for (fs::directory_iterator at(path / "checkpoints", error), end; !error && at != end; at.increment(error)) {
    const fs::path& folder = at->path();
    std::error_code ignored;
    if (folder.filename().string().starts_with("step-") && folder.filename() > newest.filename() &&
        fs::exists(folder / "config.json", ignored))
      newest = folder;
  }
  return newest;
}

}  // namespace

std::vector<fs::path> files_of_facts(const fs::path& path) {
  if (is_gguf_path(path)) return {path};
  const fs::path folder = facts_folder(path);
  if (folder.empty()) return {};
  return {folder / "config.json", folder / "tokenizer_config.json", folder / "chat_template.jinja"};
}

ModelFacts read_model_facts(const fs::path& path) {
  if (is_gguf_path(path)) {
    const io::GgufFile file(path);
    const nn::TransformerConfig config = read_gguf_config(file);
    const bool has_vocabulary = has_gguf_vocabulary(file.metadata());
    return {.context_length = config.context_length,
            .num_parameters = config.num_parameters(),
            .chat_template = has_vocabulary ? gguf_tokenizer_config(file.metadata()).chat_template : ""};
  }
  const fs::path folder = facts_folder(path);
  if (folder.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("open model '{}': there is no config.json", path.string()));
  const std::string text = read_small_text(folder / "config.json");
  const Architecture& architecture = find_architecture(ConfigJson(text).text_or("model_type", ""));
  const nn::TransformerConfig config = architecture.read_config(text);
  return {.context_length = config.context_length,
          .num_parameters = config.num_parameters(),
          .chat_template = tokenizer::load_tokenizer_config(folder).chat_template};
}

}  // namespace vitrine::model
