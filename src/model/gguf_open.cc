#include "model/adapter_folder.h"
#include "model/gguf_config.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"
#include "model/model_folder.h"

namespace vitrine::model {
namespace {

/// What people call a model: the name of its folder, or of the run around a checkpoint.
std::string name_of(const std::filesystem::path& given) {
  const std::filesystem::path path = given.has_filename() ? given : given.parent_path();
  return path.filename().string();
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
  metadata.set("general.name", name_of(path));
  const tokenizer::TokenizerConfig special = load_tokenizer_config(path);
  write_gguf_vocabulary(metadata,
                        gguf_vocabulary_of(loaded.tokenizer, special, opened.transformer->config().vocab_size));
  if (!special.chat_template.empty()) metadata.set("tokenizer.chat_template", special.chat_template);
  return opened;
}

}  // namespace vitrine::model
