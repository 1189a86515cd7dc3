#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/adapter_folder.h"
#include "model/gguf_config.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"
#include "model/model_card.h"
#include "model/model_folder.h"
#include "model/text_limits.h"

namespace vitrine::model {
namespace {

/// What people call a model: the name of its folder, or of the run around a checkpoint.
std::string name_of(const std::filesystem::path& given) {
  const std::filesystem::path path = given.has_filename() ? given : given.parent_path();
  return path.filename().string();
}

/// The format has room for one end of a text, of a turn and of a message; those known by their names need none.
/// Returns what is lost.
std::vector<std::string> write_gguf_ends(io::GgufMetadata& metadata, const LoadedModel& model) {
  std::vector<uint32_t> ends;
  for (const tokenizer::TokenId id : listed_end_ids(model))
    if (id == model.end_of_text || !is_end_name(model.tokenizer.token_bytes(id)))
      ends.push_back(static_cast<uint32_t>(id));
  constexpr const char* kKeys[] = {"eos", "eot", "eom"};
  for (size_t i = 0; i < std::min(ends.size(), std::size(kKeys)); ++i)
    metadata.set(fmt::format("tokenizer.ggml.{}_token_id", kKeys[i]), ends[i]);
  if (ends.size() <= std::size(kKeys)) return {};
  return {fmt::format("tokens {} end an answer as well, but a GGUF file has no place for them",
                      fmt::join(ends.begin() + std::size(kKeys), ends.end(), ", "))};
}

}  // namespace

OpenedGgufSource open_gguf_source(const std::filesystem::path& path, const std::filesystem::path& adapter) {
  OpenedGgufSource opened;
  if (is_gguf_path(path)) {
    opened.file = std::make_unique<io::GgufFile>(path);
    gguf_architecture(opened.file->metadata());
    if (adapter.empty()) {
      opened.source = gguf_source(*opened.file);
      return opened;
    }
    opened.transformer = load_gguf_transformer(*opened.file);
    nn::merge_adapter(*opened.transformer, *load_adapter(adapter, *opened.transformer));
    opened.source = gguf_source(*opened.transformer);
    opened.source.metadata = opened.file->metadata();  // with its vocabulary as it stands there
    return opened;
  }
  LoadedModel loaded = load_model(path);
  opened.transformer = std::move(loaded.transformer);
  if (!adapter.empty()) nn::merge_adapter(*opened.transformer, *load_adapter(adapter, *opened.transformer));
  opened.source = gguf_source(*opened.transformer);
  io::GgufMetadata& metadata = opened.source.metadata;
  std::vector<std::string> card_losses;
  ModelCard card = read_folder_card(loaded.folder, card_losses);
  if (card.name.empty()) card.name = name_of(path);
  write_gguf_card(metadata, card);
  const tokenizer::TokenizerConfig special = load_tokenizer_config(path);
  write_gguf_vocabulary(metadata,
                        gguf_vocabulary_of(loaded.tokenizer, special, opened.transformer->config().vocab_size));
  opened.losses = losses_as_gguf(loaded.tokenizer);
  opened.losses.insert(opened.losses.end(), card_losses.begin(), card_losses.end());
  for (std::string& loss : write_gguf_ends(metadata, loaded)) opened.losses.push_back(std::move(loss));
  for (std::string& loss : write_gguf_sampling(metadata, loaded.sampling)) opened.losses.push_back(std::move(loss));
  if (!special.chat_template.empty()) metadata.set("tokenizer.chat_template", special.chat_template);
  return opened;
}

}  // namespace vitrine::model
