// What a model's files say of it before any of its weights is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vitrine::model {

struct ModelFacts {
  int64_t context_length = 0;
  int64_t num_parameters = 0;
  std::string chat_template;  ///< empty: there is none
};

/// The files that read_model_facts() reads: a GGUF file, or config.json and what has the chat template, some of which
/// may not be there. Of a run, those of its newest checkpoint, whole or not. Empty: there is no model.
std::vector<std::filesystem::path> files_of_facts(const std::filesystem::path& path);

/// Reads little: headers and configs. Nothing is verified beyond what is read. Errors: kNotFound, kIo, kCorruptData,
/// kUnsupported, as of load_model().
ModelFacts read_model_facts(const std::filesystem::path& path);

}  // namespace vitrine::model
