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

OpenedGgufSource open_gguf_source(const std::filesystem::path& path) {
  OpenedGgufSource opened;
  if (is_gguf_path(path)) {
    opened.file = std::make_unique<io::GgufFile>(path);
    gguf_architecture(opened.file->metadata());
    opened.source = gguf_source(*opened.file);
    return opened;
  }
  LoadedModel loaded = load_model(path);
  opened.transformer = std::move(loaded.transformer);
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
