// Writes GGUF v3 files front to back, tensor by tensor, so that no model needs to fit memory twice.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "core/tensor.h"
#include "io/gguf_metadata.h"

namespace vitrine::io {

/// What is known of a tensor before its elements are written.
struct GgufTensorPlan {
  std::string name;
  Shape shape;  ///< slowest extent first
  DType dtype = DType::kF32;
};

/// The header goes out when the writer is made, then the tensors in the order of the plan. The file has its name only
/// after finish(): until then, and where it is not called, the old file stays.
class GgufWriter {
 public:
  /// Errors: kInvalidArgument for a name that is empty, doubled or longer than 63 bytes (llama.cpp's bound), more than
  /// four axes or rows that are no whole blocks; kUnsupported for an element type that GGUF does not have; kIo.
  GgufWriter(const std::filesystem::path& path, const GgufMetadata& metadata, std::vector<GgufTensorPlan> plan);

  /// Writes the elements of the next tensor. Errors: kIo; kInternal when it is not the one that the plan has here.
  void write(const std::string& name, std::span<const std::byte> elements);
  /// Syncs and renames into place. Errors: kIo; kInternal when tensors are missing.
  void finish();

 private:
  void pad();

  DurableFile file_;
  std::vector<GgufTensorPlan> plan_;
  size_t next_ = 0;
  int64_t alignment_bytes_ = 0;
  int64_t position_bytes_ = 0;
};

/// Writes a whole file at once.
void write_gguf(const std::filesystem::path& path, const GgufMetadata& metadata,
                const std::vector<std::pair<std::string, Tensor>>& tensors);

}  // namespace vitrine::io
