// GGUF files, v2 and v3: typed metadata and tensors read through a memory map that trusts nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "core/tensor.h"
#include "io/gguf_metadata.h"

namespace vitrine::io {

inline constexpr int kGgufMaxAxes = 4;
/// Where elements may begin, in bytes, unless general.alignment says otherwise.
inline constexpr int64_t kGgufDefaultAlignment = 32;

/// An element type by the number that GGUF gives it. Files may hold types that we do not compute with: they are listed,
/// and only reading such a tensor is an error.
struct GgufTensorType {
  uint32_t id;
  std::string_view name;  ///< as in dtype_name, where we have it
  int64_t block_elements;
  int64_t block_bytes;
  std::optional<DType> dtype;
};
/// The type of that number, or null.
const GgufTensorType* find_gguf_tensor_type(uint32_t id);
/// The type that holds elements of `dtype`. Errors: kUnsupported.
const GgufTensorType& gguf_tensor_type(DType dtype);

/// Where a tensor lies in a GGUF file.
struct GgufTensor {
  std::string name;
  const GgufTensorType* type = nullptr;
  Shape shape;              ///< slowest extent first, as everywhere here; the file has them the other way round
  int64_t begin_bytes = 0;  ///< within the file
  int64_t num_bytes = 0;
  size_t part = 0;  ///< of a split file
};

/// All that stands before the elements.
struct GgufHeader {
  uint32_t version = 0;
  int64_t alignment_bytes = 0;
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;  ///< in the order of the file
};

/// Reads and checks the header of a file that lies in memory, before anything is allocated by its numbers: counts and
/// lengths fit what is left of the file, tensors lie inside it, aligned and apart from each other.
/// Errors: kCorruptData; kUnsupported for v1, big-endian files and unknown tensor types.
GgufHeader parse_gguf_header(std::span<const std::byte> file);

/// An open GGUF file, or all parts of a split one, which lie side by side and are named as llama.cpp names them:
/// NAME-00001-of-00003.gguf has the metadata, every part has tensors. Threads: reading is safe from several.
class GgufFile {
 public:
  /// The path of any part opens all. Errors: kNotFound, kIo; as parse_gguf_header, naming the path; kNotFound for a
  /// part that is missing, kMismatch for one of another model, kInvalidArgument where the name does not say where they
  /// are. What the metadata say of the parts themselves is left out.
  explicit GgufFile(const std::filesystem::path& path);
  /// Gives the headers' pages back, also where tensors keep the files open.
  ~GgufFile();
  GgufFile(const GgufFile&) = delete;
  GgufFile& operator=(const GgufFile&) = delete;

  const GgufHeader& header() const { return header_; }
  const GgufMetadata& metadata() const { return header_.metadata; }
  const std::vector<GgufTensor>& tensors() const { return header_.tensors; }
  /// Of the first part.
  const std::filesystem::path& path() const { return path_; }
  size_t num_parts() const { return maps_.size(); }
  /// The tensor of that name, or null.
  const GgufTensor* find(std::string_view name) const;
  /// The mapped bytes of a tensor; they live as long as this object.
  std::span<const std::byte> bytes(const GgufTensor& tensor) const;
  /// The tensor as it lies in the mapped file, which it keeps open: nothing is copied, nothing may be written.
  /// Errors: kUnsupported for a type that we do not compute with.
  Tensor mapped(const GgufTensor& tensor) const;
  /// Gives the memory of a mapped tensor back to the system; what reads it again takes it from the file again.
  std::function<void()> releaser(const GgufTensor& tensor) const;
  /// A copy as f32. Errors: kUnsupported as above; kCorruptData for NaN and infinite values, naming tensor and element.
  Tensor read_f32(const GgufTensor& tensor) const;

 private:
  void add_parts();

  std::filesystem::path path_;
  std::vector<std::shared_ptr<const MappedFile>> maps_;  // of each part
  GgufHeader header_;                                    // of the first, with the tensors of all
};

}  // namespace vitrine::io
