#include "model/model_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>

#include "base/error.h"
#include "base/files.h"
#include "core/memory.h"
#include "io/safetensors_folder.h"
#include "model/config_json.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"
#include "model/tensor_check.h"
#include "model/text_limits.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

/// Weights of a folder that holds config.json.
std::unique_ptr<nn::Transformer> load_folder(const fs::path& folder) {
  const std::string config_text = read_small_text(folder / "config.json");
  const Architecture& architecture = find_architecture(ConfigJson(config_text).text_or("model_type", ""));
  const nn::TransformerConfig config = architecture.read_config(config_text);
  try {
    config.validate();
  } catch (const Error& error) {
    throw error.wrapped("config.json");
  }
  const io::SafetensorsFolder weights(folder);
  check_model_size(config, weights.num_elements());
  auto transformer = std::make_unique<nn::Transformer>(config, nn::Transformer::kUninitialised);
  architecture.from_file(*transformer, weights.read_all());
  return transformer;
}

void check_vocabulary(const tokenizer::Tokenizer& tokenizer, int64_t model_size) {
  if (tokenizer.vocab_size() > model_size)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("the tokenizer has {} entries, the model {}", tokenizer.vocab_size(), model_size));
}

void add_text_limits(LoadedModel& loaded, const std::vector<int64_t>& named) {
  loaded.end_ids = end_ids(loaded.tokenizer, loaded.tokenizer_config, named);
  loaded.end_of_text = loaded.tokenizer.special_id(loaded.tokenizer_config.eos_token);
  for (const int64_t id : named)
    if (!loaded.end_of_text && id >= 0 && id < loaded.tokenizer.vocab_size())
      loaded.end_of_text = static_cast<tokenizer::TokenId>(id);
  loaded.text_start = text_start(loaded.tokenizer, loaded.tokenizer_config);
}

/// What a folder's files name as the end of an answer. Errors: kCorruptData for a token that the model does not have.
std::vector<int64_t> folder_end_ids(const fs::path& folder, int64_t vocab_size) {
  std::vector<int64_t> ids;
  for (const char* const name : {"generation_config.json", "config.json"}) {
    std::error_code ignored;
    if (!fs::exists(folder / name, ignored)) continue;
    const std::vector<int64_t> named = ConfigJson(read_small_text(folder / name), name).integers("eos_token_id");
    for (const int64_t id : named)
      if (id < 0 || id >= vocab_size)
        throw Error(
            ErrorCode::kCorruptData,
            fmt::format("{}: 'eos_token_id' is wrong (got {}, expected a token of the vocabulary, from 0 to {})", name,
                        id, vocab_size - 1),
            "an answer would never end: correct the file, or take the one of the model's makers");
    ids.insert(ids.end(), named.begin(), named.end());
  }
  return ids;
}

SamplingDefaults folder_sampling(const fs::path& folder) {
  constexpr const char* kName = "generation_config.json";
  std::error_code ignored;
  if (!fs::exists(folder / kName, ignored)) return {};
  return read_generation_config(ConfigJson(read_small_text(folder / kName), kName));
}

/// Errors of a part that name its file already stay as they are.
[[noreturn]] void rethrow_of(const fs::path& path, const Error& error) {
  if (error.message().starts_with("load '")) throw;
  throw error.wrapped(fmt::format("load '{}'", path.string()));
}

LoadedModel load_gguf(const fs::path& path) {
  const io::GgufFile file(path);
  if (!has_gguf_vocabulary(file.metadata()))
    throw Error(ErrorCode::kUnsupported, fmt::format("load '{}': the file has no vocabulary", path.string()),
                "take a file that holds its tokenizer");
  try {
    // Both take long: the vocabulary is sorted while the weights are looked through.
    auto tokenizer = std::async(std::launch::async,
                                [&] { return tokenizer::make_tokenizer(read_gguf_vocabulary(file.metadata())); });
    auto transformer = load_gguf_transformer(file);
    LoadedModel loaded{.transformer = std::move(transformer), .tokenizer = tokenizer.get(), .folder = path};
    check_vocabulary(loaded.tokenizer, loaded.transformer->config().vocab_size);
    loaded.tokenizer_config = gguf_tokenizer_config(file.metadata());
    add_text_limits(loaded, gguf_end_ids(file.metadata()));
    loaded.sampling = read_gguf_sampling(file.metadata());
    return loaded;
  } catch (const Error& error) {
    rethrow_of(path, error);
  }
}

}  // namespace

std::vector<tokenizer::TokenId> listed_end_ids(const LoadedModel& model) {
  std::vector<tokenizer::TokenId> ids = model.end_ids;
  std::stable_partition(ids.begin(), ids.end(), [&](tokenizer::TokenId id) { return id == model.end_of_text; });
  return ids;
}

int64_t drawable_tokens(const LoadedModel& model) {
  std::vector<tokenizer::TokenId> unused = model.tokenizer.definition().unused;
  std::sort(unused.begin(), unused.end());
  int64_t count = model.tokenizer.vocab_size();
  for (; !unused.empty() && unused.back() >= count - 1; unused.pop_back())
    count = std::min<int64_t>(count, unused.back());
  return std::max<int64_t>(count, 1);
}

bool is_gguf_path(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  if (path.extension() == ".gguf") return true;
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::string_view(magic, sizeof(magic)) == "GGUF";
}

LoadedModel load_model(const fs::path& path) {
  if (is_gguf_path(path)) {
    LoadedModel loaded = load_gguf(path);
    return_freed_memory();  // the file's lists of tokens and merges, in pieces
    return loaded;
  }
  std::vector<std::string> refused;
  const fs::path folder = io::resolve_model_folder(path, &refused);
  try {
    LoadedModel loaded{.transformer = load_folder(folder),
                       .tokenizer = tokenizer::load_tokenizer(folder),
                       .folder = folder,
                       .refused_checkpoints = std::move(refused)};
    check_vocabulary(loaded.tokenizer, loaded.transformer->config().vocab_size);
    loaded.tokenizer_config = tokenizer::load_tokenizer_config(folder);
    add_text_limits(loaded, folder_end_ids(folder, loaded.transformer->config().vocab_size));
    loaded.sampling = folder_sampling(folder);
    return loaded;
  } catch (const Error& error) {
    rethrow_of(folder, error);
  }
}

std::unique_ptr<nn::Transformer> load_transformer(const fs::path& path) {
  if (is_gguf_path(path)) return load_gguf_transformer(io::GgufFile(path));
  const fs::path folder = io::resolve_model_folder(path);
  try {
    return load_folder(folder);
  } catch (const Error& error) {
    rethrow_of(folder, error);
  }
}

tokenizer::TokenizerConfig load_tokenizer_config(const fs::path& path) {
  if (is_gguf_path(path)) {
    const io::GgufFile file(path);
    return has_gguf_vocabulary(file.metadata()) ? gguf_tokenizer_config(file.metadata()) : tokenizer::TokenizerConfig();
  }
  const fs::path folder = io::resolve_model_folder(path);
  return tokenizer::load_tokenizer_config(folder);
}

void check_texts(const fs::path& path, int64_t vocab_size) {
  if (is_gguf_path(path)) {
    const io::GgufFile file(path);
    check_vocabulary(tokenizer::make_tokenizer(read_gguf_vocabulary(file.metadata())), vocab_size);
    gguf_end_ids(file.metadata());
    read_gguf_sampling(file.metadata());
    return;
  }
  check_vocabulary(tokenizer::load_tokenizer(path), vocab_size);
  folder_end_ids(path, vocab_size);
  folder_sampling(path);
}

SamplingDefaults load_sampling_defaults(const fs::path& path) {
  if (is_gguf_path(path)) return read_gguf_sampling(io::GgufFile(path).metadata());
  return folder_sampling(io::resolve_model_folder(path));
}

}  // namespace vitrine::model
