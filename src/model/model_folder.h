// A model as a Hugging Face folder: config.json, model.safetensors, tokenizer.json, chat template.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/checkpoint.h"
#include "model/architecture.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::model {

/// A model that can be run.
struct LoadedModel {
  std::unique_ptr<nn::Transformer> transformer;
  tokenizer::Tokenizer tokenizer;
  std::filesystem::path folder;
  std::vector<std::string> refused_checkpoints;  ///< why newer checkpoints of the run were passed over
};

/// Loads a run, a checkpoint (verified by its checksums) or a plain folder.
/// Errors: kNotFound, kCorruptData, kUnsupported, kOutOfMemory, naming file and tensor.
LoadedModel load_model(const std::filesystem::path& path);

/// Puts config.json, model.safetensors, tokenizer.json, tokenizer_config.json and generation_config.json into a
/// checkpoint, so that it is a folder which other programs load.
/// `special` names the tokens that begin, end and pad (generation stops at its end and at the end of a turn).
void add_model_files(io::CheckpointWriter& writer, nn::Transformer& transformer, const tokenizer::Tokenizer& tokenizer,
                     const tokenizer::TokenizerConfig& special);

}  // namespace vitrine::model
