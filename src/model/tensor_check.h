// Whether a model would be loaded, without loading it: all tensors that differ from what its config speaks of, where
// loading names the first, and what stands beside them.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/shape.h"
#include "io/gguf_reader.h"
#include "model/architecture.h"

namespace vitrine::model {

/// A tensor for which, or without which, a model is not loaded.
struct TensorFault {
  enum class Kind { kMissing, kOtherShape, kOtherType, kUnused } kind;
  std::string tensor;
  std::string got, expected;  ///< shapes or types; empty where there is none
};
/// "missing", "of another shape", …
std::string_view tensor_fault_name(TensorFault::Kind kind);

/// A tensor of a folder, as its header describes it.
struct FolderTensor {
  std::string name, dtype;  ///< the type as the file has it: "F32"
  std::vector<int64_t> extents;
};

/// Those that are missing or wrong in the model's order, then those that it has no place for. Nothing is read.
/// Errors: kInvalidArgument, kCorruptData for a config that describes no model.
std::vector<TensorFault> check_folder_tensors(const nn::TransformerConfig& config,
                                              std::span<const FolderTensor> tensors);

/// The same of a GGUF file. Errors: as read_gguf_config.
std::vector<TensorFault> check_gguf_tensors(const io::GgufFile& file);

/// Refuses what load_model() refuses of all that stands beside the weights: tokenizer, ends, settings of drawing.
/// `path`: a folder or a GGUF file; `vocab_size`: the model's. Errors: as load_model.
void check_texts(const std::filesystem::path& path, int64_t vocab_size);

}  // namespace vitrine::model
