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
using tokenizer::TokenId;

/// What ends an answer where nothing else is said: the end of a turn and the token that pads.
std::vector<TokenId> ends_of(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& special) {
  std::vector<TokenId> ends;
  for (const std::string& name : {special.eos_token, special.pad_token})
    if (const auto id = tokenizer.special_id(name); id && std::ranges::find(ends, *id) == ends.end())
      ends.push_back(*id);
  return ends;
}

/// What a model lacks is left out: an empty list would be an error to those who read it.
std::string generation_config(const std::vector<TokenId>& ends, int64_t pad, const SamplingDefaults& sampling) {
  std::vector<std::string> members;
  if (!ends.empty()) members.push_back(fmt::format("\"eos_token_id\": [{}]", fmt::join(ends, ", ")));
  if (pad >= 0) members.push_back(fmt::format("\"pad_token_id\": {}", pad));
  for (std::string& member : generation_config_members(sampling)) members.push_back(std::move(member));
  return members.empty() ? "{\n}\n" : fmt::format("{{\n  {}\n}}\n", fmt::join(members, ",\n  "));
}

/// As torch calls it.
std::string_view torch_name(DType dtype) {
  if (dtype == DType::kBF16) return "bfloat16";
  return dtype == DType::kF16 ? "float16" : "float32";
}

/// Calls add(name, text) for each file of a model folder that is text.
template <typename Add>
void add_texts(const nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
               const tokenizer::TokenizerConfig& special, const ModelFolderOptions& options, const Add& add) {
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  const std::vector<TokenId> ends = options.end_ids.empty() ? ends_of(tokenizer, special) : options.end_ids;
  const int64_t end = tokenizer.special_id(special.eos_token).value_or(ends.empty() ? -1 : ends[0]);
  const int64_t pad = tokenizer.special_id(special.pad_token).value_or(-1);
  const int64_t begin = tokenizer.special_id(special.bos_token).value_or(static_cast<int32_t>(pad));
  add("config.json", architecture.write_config(transformer.config(),
                                               {.bos = begin, .eos = end, .torch_dtype = torch_name(options.dtype)}));
  add("generation_config.json", generation_config(ends, pad, options.sampling));
  add("tokenizer.json", tokenizer::to_tokenizer_json(tokenizer));
  add("tokenizer_config.json", tokenizer::to_tokenizer_config_json(tokenizer, special));
}

constexpr size_t kPieceBytes = size_t{16} << 20;  // at once: who waits for an end is heard between pieces

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
      const auto* next = static_cast<const std::byte*>(data);
      for (const std::byte* const end = next + num_bytes; next < end;) {
        if (on_progress_) on_progress_();
        const auto piece = std::min<size_t>(kPieceBytes, static_cast<size_t>(end - next));
        file.write(next, piece);
        next += piece;
      }
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

/// A tensor in another type.
Tensor converted(const std::string& name, const Tensor& tensor, DType dtype) {
  if (dtype == DType::kF32) return tensor;
  const Tensor narrow = Tensor::empty(tensor.shape(), dtype);
  try {
    quantize(dtype, tensor.floats(), {narrow.data(), static_cast<size_t>(narrow.num_bytes())});
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("tensor '{}'", name));
  }
  return narrow;
}

}  // namespace

void add_model_files(io::CheckpointWriter& writer, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                     const tokenizer::TokenizerConfig& special) {
  add_texts(transformer, tokenizer, special, {},
            [&](const std::string& name, const std::string& text) { writer.add_text(name, text); });
  const Architecture& architecture = find_architecture(transformer.config().architecture);
  writer.add_tensors("model.safetensors", architecture.to_file(transformer, {}), {{"format", "pt"}});
}

void write_model_folder(const fs::path& folder, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                        const tokenizer::TokenizerConfig& special, const ModelFolderOptions& options) {
  NewFolder target(folder, options.on_progress);
  add_texts(transformer, tokenizer, special, options, [&](const std::string& name, const std::string& text) {
    target.add(name, [&](const io::ByteSink& sink) { sink(text.data(), text.size()); });
  });
  if (!options.model_card.empty())
    target.add("README.md",
               [&](const io::ByteSink& sink) { sink(options.model_card.data(), options.model_card.size()); });
  const auto keep = [&](const std::string& name, Tensor& tensor) {
    if (options.on_progress) options.on_progress();
    tensor = converted(name, tensor, options.dtype);
  };
  io::write_safetensors_shards([&](const std::string& name, const auto& write) { target.add(name, write); },
                               find_architecture(transformer.config().architecture).to_file(transformer, keep),
                               options.max_shard_bytes);
  if (options.on_progress) options.on_progress();
  target.commit();
}

}  // namespace vitrine::model
