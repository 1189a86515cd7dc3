#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "core/blocks.h"
#include "io/safetensors_folder.h"
#include "model/model_folder.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;

/// Generation stops at the end of a turn and at the token that pads; ids that a model lacks are left out.
std::string generation_config(int64_t end, int64_t pad) {
  std::vector<int64_t> ends;
  for (const int64_t id : {end, pad})
    if (id >= 0 && std::find(ends.begin(), ends.end(), id) == ends.end()) ends.push_back(id);
  std::string text = fmt::format("{{\n  \"eos_token_id\": [{}]", fmt::join(ends, ", "));
  if (pad >= 0) text += fmt::format(",\n  \"pad_token_id\": {}", pad);
  return text + "\n}\n";
}

/// Calls add(name, text) for each file of a model folder that is text.
template <typename Add>
void add_texts(const nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
               const tokenizer::TokenizerConfig& special, const Add& add) {
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  const int64_t end = tokenizer.special_id(special.eos_token).value_or(-1);
  const int64_t pad = tokenizer.special_id(special.pad_token).value_or(-1);
  const int64_t begin = tokenizer.special_id(special.bos_token).value_or(static_cast<int32_t>(pad));
  add("config.json", architecture.write_config(transformer.config(), {.bos = begin, .eos = end}));
  add("generation_config.json", generation_config(end, pad));
  add("tokenizer.json", tokenizer::to_tokenizer_json(tokenizer));
  add("tokenizer_config.json", tokenizer::to_tokenizer_config_json(tokenizer, special));
}

/// A folder under a temporary name that becomes `target` at the end.
class NewFolder {
 public:
  NewFolder(fs::path target, std::function<void()> on_progress)
      : target_(std::move(target)), temporary_(target_), on_progress_(std::move(on_progress)) {
    std::error_code error;
    if (fs::exists(target_, error) && !fs::is_empty(target_, error))
      throw Error(ErrorCode::kInvalidArgument, fmt::format("write '{}': it exists already", target_.string()),
                  "choose another place with --out");
    remove_abandoned(target_);
    temporary_ = temporary_name(target_);
    fs::create_directories(temporary_, error);
    if (error)
      throw Error(ErrorCode::kIo, fmt::format("create '{}': {}", temporary_.string(), error.message()),
                  "choose a folder that you may write to");
    note_ = NotedPath(NotedPath::Kind::kTemporary, temporary_);
  }
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  void add(const std::string& name, const std::function<void(const io::ByteSink&)>& write) {
    SyncedFile file(temporary_ / name);
    write([&](const void* data, size_t num_bytes) {
      if (on_progress_) on_progress_();
      file.write(data, num_bytes);
    });
    file.finish();
  }
  void commit() {
    sync_folder(temporary_);
    rename_durably(temporary_, target_);
  }

 private:
  fs::path target_, temporary_;
  NotedPath note_;
  std::function<void()> on_progress_;
};

io::NamedTensors converted(io::NamedTensors tensors, DType dtype, const std::function<void()>& on_progress) {
  if (dtype == DType::kF32) return tensors;
  for (auto& [name, tensor] : tensors) {
    if (on_progress) on_progress();
    const Tensor narrow = Tensor::empty(tensor.shape(), dtype);
    try {
      quantize(dtype, tensor.floats(), {narrow.data(), static_cast<size_t>(narrow.num_bytes())});
    } catch (const Error& error) {
      throw error.wrapped(fmt::format("tensor '{}'", name));
    }
    tensor = narrow;
  }
  return tensors;
}

}  // namespace

void add_model_files(io::CheckpointWriter& writer, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                     const tokenizer::TokenizerConfig& special) {
  add_texts(transformer, tokenizer, special,
            [&](const std::string& name, const std::string& text) { writer.add_text(name, text); });
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  writer.add_tensors("model.safetensors", architecture.to_file(transformer), {{"format", "pt"}});
}

void write_model_folder(const fs::path& folder, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                        const tokenizer::TokenizerConfig& special, const ModelFolderOptions& options) {
  NewFolder target(folder, options.on_progress);
  add_texts(transformer, tokenizer, special, [&](const std::string& name, const std::string& text) {
    target.add(name, [&](const io::ByteSink& sink) { sink(text.data(), text.size()); });
  });
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  io::write_safetensors_shards([&](const std::string& name, const auto& write) { target.add(name, write); },
                               converted(architecture.to_file(transformer), options.dtype, options.on_progress),
                               options.max_shard_bytes);
  if (options.on_progress) options.on_progress();
  target.commit();
}

}  // namespace vitrine::model
