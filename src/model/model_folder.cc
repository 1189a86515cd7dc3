#include "model/model_folder.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "io/safetensors_folder.h"
#include "model/config_json.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

/// Weights of a folder that holds config.json.
std::unique_ptr<nn::Transformer> load_folder(const fs::path& folder) {
  const std::string config_text = read_file(folder / "config.json");
  const Architecture& architecture = find_architecture(ConfigJson(config_text).text_or("model_type", ""));
  const nn::TransformerConfig config = architecture.read_config(config_text);
  config.validate();
  const io::SafetensorsFolder weights(folder);
  check_model_size(config, weights.num_elements());
  auto transformer = std::make_unique<nn::Transformer>(config, nn::Transformer::kUninitialised);
  architecture.from_file(*transformer, weights.read_all());
  return transformer;
}

void check_vocabulary(const tokenizer::Tokenizer& tokenizer, const nn::Transformer& transformer) {
  if (tokenizer.vocab_size() > transformer.config().vocab_size)
    throw Error(ErrorCode::kCorruptData, fmt::format("the tokenizer has {} entries, the model {}",
                                                     tokenizer.vocab_size(), transformer.config().vocab_size));
}

/// A token of tokenizer_config.json: a text, or an object that holds it.
std::string token_text(const ConfigJson& json, std::string_view key) {
  if (!json.has(key)) return {};
  if (json.is_text(key)) return json.text_or(key, "");
  const auto object = json.object(key);
  return object ? object->text_or("content", "") : "";
}

LoadedModel load_gguf(const fs::path& path) {
  const io::GgufFile file(path);
  if (!has_gguf_vocabulary(file.metadata()))
    throw Error(ErrorCode::kUnsupported, fmt::format("load '{}': the file has no vocabulary", path.string()),
                "take a file that holds its tokenizer");
  try {
    LoadedModel loaded{.transformer = nullptr,
                       .tokenizer = tokenizer::make_tokenizer(read_gguf_vocabulary(file.metadata())),
                       .folder = path};
    loaded.transformer = load_gguf_transformer(file);
    check_vocabulary(loaded.tokenizer, *loaded.transformer);
    return loaded;
  } catch (const Error& error) {
    if (error.message().starts_with("load '")) throw;
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
}

}  // namespace

bool is_gguf_path(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  if (path.extension() == ".gguf") return true;
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "GGUF";
}

LoadedModel load_model(const fs::path& path) {
  if (is_gguf_path(path)) return load_gguf(path);
  std::vector<std::string> refused;
  const fs::path folder = io::resolve_model_folder(path, &refused);
  try {
    LoadedModel loaded{
        .transformer = load_folder(folder), .tokenizer = tokenizer::load_tokenizer(folder), .folder = folder,
        .refused_checkpoints = std::move(refused)};
    check_vocabulary(loaded.tokenizer, *loaded.transformer);
    return loaded;
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", folder.string()));
  }
}

std::unique_ptr<nn::Transformer> load_transformer(const fs::path& path) {
  if (is_gguf_path(path)) return load_gguf_transformer(io::GgufFile(path));
  const fs::path folder = io::resolve_model_folder(path);
  try {
    return load_folder(folder);
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", folder.string()));
  }
}

tokenizer::TokenizerConfig load_tokenizer_config(const fs::path& path) {
  if (is_gguf_path(path)) {
    const io::GgufFile file(path);
    return has_gguf_vocabulary(file.metadata()) ? gguf_tokenizer_config(file.metadata()) : tokenizer::TokenizerConfig();
  }
  const fs::path folder = io::resolve_model_folder(path);
  tokenizer::TokenizerConfig config;
  if (fs::exists(folder / "tokenizer_config.json")) {
    const ConfigJson json(read_file(folder / "tokenizer_config.json"));
    config = {.chat_template = json.is_text("chat_template") ? json.text_or("chat_template", "") : "",
              .bos_token = token_text(json, "bos_token"),
              .eos_token = token_text(json, "eos_token"),
              .pad_token = token_text(json, "pad_token")};
  }
  if (fs::exists(folder / "chat_template.jinja")) config.chat_template = read_file(folder / "chat_template.jinja");
  return config;
}

}  // namespace vitrine::model
