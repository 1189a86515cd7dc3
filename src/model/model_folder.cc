#include "model/model_folder.h"

#include <fmt/format.h>

#include <functional>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "model/config_json.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

/// Refuses a model whose weights alone cannot fit, or that is far larger than its file, before anything is allocated.
/// (Where little is missing, the tensors are named later.)
void check_size(const nn::TransformerConfig& config, const io::SafetensorsFile& file) {
  int64_t elements = 0;
  for (const io::SafetensorsEntry& entry : file.entries())
    elements += std::accumulate(entry.extents.begin(), entry.extents.end(), int64_t{1}, std::multiplies<>());
  if (config.num_parameters() / 2 > elements)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("the config speaks of {} parameters, model.safetensors holds {}", config.num_parameters(),
                            elements),
                "the file is incomplete, or its config.json belongs to another model");
  const int64_t needed = config.num_parameters() * 4, limit = memory_limit_bytes();
  if (needed > limit)
    throw Error(ErrorCode::kOutOfMemory,
                fmt::format("load model: {:.1f} GB of weights do not fit (have {:.1f} GB)",
                            static_cast<double>(needed) / 1e9, static_cast<double>(limit) / 1e9),
                "take a smaller model");
}

}  // namespace

LoadedModel load_model(const fs::path& path) {
  std::vector<std::string> refused;
  const fs::path folder = io::resolve_model_folder(path, &refused);
  const std::string config_text = read_file(folder / "config.json");
  try {
    const Architecture& architecture = find_architecture(ConfigJson(config_text).text_or("model_type", ""));
    const nn::TransformerConfig config = architecture.read_config(config_text);
    config.validate();
    const io::SafetensorsFile weights(folder / "model.safetensors");
    check_size(config, weights);
    LoadedModel loaded{.transformer = std::make_unique<nn::Transformer>(config, nn::Transformer::kUninitialised),
                       .tokenizer = tokenizer::load_tokenizer(folder),
                       .folder = folder,
                       .refused_checkpoints = std::move(refused)};
    architecture.from_file(*loaded.transformer, weights.read_all());
    if (loaded.tokenizer.vocab_size() > config.vocab_size)
      throw Error(ErrorCode::kCorruptData, fmt::format("the tokenizer has {} entries, the model {}",
                                                       loaded.tokenizer.vocab_size(), config.vocab_size));
    return loaded;
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", folder.string()));
  }
}

void add_model_files(io::CheckpointWriter& writer, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                     const tokenizer::TokenizerConfig& special) {
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  const int64_t end = tokenizer.special_id(special.eos_token).value_or(-1);
  const int64_t pad = tokenizer.special_id(special.pad_token).value_or(-1);
  writer.add_text("config.json", architecture.write_config(transformer.config(), {.bos = pad, .eos = end}));
  writer.add_text("generation_config.json",
                  fmt::format("{{\n  \"eos_token_id\": [{}, {}],\n  \"pad_token_id\": {}\n}}\n", end, pad, pad));
  writer.add_text("tokenizer.json", tokenizer::to_tokenizer_json(tokenizer));
  writer.add_text("tokenizer_config.json", tokenizer::to_tokenizer_config_json(tokenizer, special));
  writer.add_tensors("model.safetensors", architecture.to_file(transformer), {{"format", "pt"}});
}

}  // namespace vitrine::model
