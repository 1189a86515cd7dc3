// A model as a Hugging Face folder (config.json, safetensors, tokenizer.json, chat template) or as a GGUF file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/checkpoint.h"
#include "model/architecture.h"
#include "model/sampling_defaults.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::model {

/// A model that can be run.
struct LoadedModel {
  std::unique_ptr<nn::Transformer> transformer;
  tokenizer::Tokenizer tokenizer;
  tokenizer::TokenizerConfig tokenizer_config;    ///< with the chat template, where there is one
  std::vector<tokenizer::TokenId> end_ids;        ///< end an answer
  std::optional<tokenizer::TokenId> end_of_text;  ///< of these the one that files call the end
  std::vector<tokenizer::TokenId> text_start;     ///< stand before a text that is to be continued
  SamplingDefaults sampling;                      ///< what its files say of drawing
  std::filesystem::path folder;                   ///< or the GGUF file
  std::vector<std::string> refused_checkpoints;   ///< why newer checkpoints of the run were passed over
};

/// end_ids with end_of_text first, as files list them.
std::vector<tokenizer::TokenId> listed_end_ids(const LoadedModel& model);

/// Tokens that a text may have: ids below it. A model's table may have more rows, and a GGUF file names for these.
int64_t drawable_tokens(const LoadedModel& model);

/// True for a file that calls itself GGUF, by its name or its first bytes.
bool is_gguf_path(const std::filesystem::path& path);

/// Loads a run, a checkpoint (verified by its checksums), a plain folder or a GGUF file.
/// Errors: kNotFound, kCorruptData, kUnsupported, kOutOfMemory, naming file and tensor.
LoadedModel load_model(const std::filesystem::path& path);

/// The weights alone, for what needs no text.
std::unique_ptr<nn::Transformer> load_transformer(const std::filesystem::path& path);

/// Reads tokenizer_config.json and chat_template.jinja as far as they are there, or a GGUF file's keys.
/// Errors: kCorruptData.
tokenizer::TokenizerConfig load_tokenizer_config(const std::filesystem::path& path);

/// The same of what a model says of drawing. Errors: kCorruptData naming file and key.
SamplingDefaults load_sampling_defaults(const std::filesystem::path& path);

/// Puts config.json, model.safetensors, tokenizer.json, tokenizer_config.json and generation_config.json into a
/// checkpoint, so that it is a folder which other programs load.
/// `special` names the tokens that begin, end and pad (generation stops at its end and at the end of a turn).
void add_model_files(io::CheckpointWriter& writer, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                     const tokenizer::TokenizerConfig& special);

/// How a folder is written.
struct ModelFolderOptions {
  DType dtype = DType::kF32;                         ///< f32, bf16 or f16
  int64_t max_shard_bytes = int64_t{5'000'000'000};  ///< larger models are split, with an index
  /// What ends an answer, the end of a text first; empty: the tokens of `special` that end and that pad.
  std::vector<tokenizer::TokenId> end_ids = {};
  SamplingDefaults sampling = {};
  std::string model_card = {};  ///< README.md; empty: there is none
  /// Called before each tensor is converted and each piece is written; may throw to end the work: nothing is left then.
  std::function<void()> on_progress = {};
};

/// Writes the same files as a new folder, which appears whole or not at all.
/// Errors: kIo; kInvalidArgument when `folder` exists and is not empty, or a weight is too large for the type.
void write_model_folder(const std::filesystem::path& folder, nn::Transformer& transformer,
                        const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& special,
                        const ModelFolderOptions& options = {});

}  // namespace vitrine::model
