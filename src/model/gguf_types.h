// Which element type each tensor of a model gets, and writing a model in these types.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "model/gguf_model.h"

namespace vitrine::model {

/// A choice of types by name, as users give it: "q4_k_m".
struct GgufTypeChoice {
  std::string_view name;
  DType base;          ///< of most matrices
  bool is_mixed;       ///< values and the way down of the feed-forward part get q6_k in the blocks that need it most
  uint32_t file_type;  ///< general.file_type
  std::string_view help;
};
std::span<const GgufTypeChoice> gguf_type_choices();
/// Errors: kInvalidArgument with the known names.
const GgufTypeChoice& find_gguf_type_choice(std::string_view name);

/// The type of one tensor: vectors, positions and rotary factors stay f32, the head gets at least q6_k, and rows that
/// do not fill blocks of 256 get the nearest type with blocks of 32.
DType gguf_tensor_dtype(const GgufTypeChoice& choice, const io::GgufTensorPlan& tensor, int64_t layers,
                        bool has_own_head);

/// What became of one tensor.
struct GgufTensorReport {
  std::string name;
  Shape shape;
  DType from = DType::kF32, to = DType::kF32;
  double relative_error = 0;  ///< root of the squared error relative to the squared values
  double largest_error = 0;
  int64_t num_bytes = 0;
};

/// Writes a model as a GGUF file, tensor by tensor; those that have their type already are copied.
/// `observer`, which may be empty, hears of each tensor, and `between` is called before each piece of one; they may
/// throw to stop, and then no file appears.
/// Errors: kIo; kCorruptData for values that are not finite, kInvalidArgument for those too large for the type, naming
/// the tensor.
std::vector<GgufTensorReport> write_gguf_model(const std::filesystem::path& path, const GgufSource& source,
                                               const GgufTypeChoice& choice, ThreadPool& pool,
                                               const std::function<void(const GgufTensorReport&)>& observer = {},
                                               const std::function<void()>& between = {});

}  // namespace vitrine::model
