// A model's weights out of GGUF files and into them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "io/gguf_reader.h"
#include "io/gguf_writer.h"
#include "model/architecture.h"

namespace vitrine::model {

/// Builds the model of a file, which stays mapped: matrices in blocks are held as the file has them
/// (Weight::stored()) and are not trainable, the rest is f32. Errors: kCorruptData naming the tensor, what was got and
/// expected; kUnsupported for tensors that the architecture does not have; kOutOfMemory before anything is allocated.
std::unique_ptr<nn::Transformer> load_gguf_transformer(const io::GgufFile& file);

/// Whether weights may be of that type: floats of 16 or 32 bits, and blocks.
bool holds_weights(const io::GgufTensorType& type);
inline constexpr std::string_view kGgufWeightTypes = "f32, f16, bf16, q8_0, q4_0 to q5_1 or q2_k to q6_k";

/// Whether a tensor that no parameter has its place in may stand in the file: the factors of rotary angles, which the
/// config holds, and a head that is a copy of the table.
bool may_be_left_over(const io::GgufFile& file, const io::GgufTensor& tensor);

/// What a GGUF file is made from: its metadata, its tensors in order and their elements, each asked for once.
struct GgufSource {
  io::GgufMetadata metadata;
  std::vector<io::GgufTensorPlan> tensors;  ///< with the element types of the source
  std::function<Tensor(size_t index)> read_f32;
  /// The elements in the source's own type, for copying; empty function where there is only f32.
  std::function<std::span<const std::byte>(size_t index)> read_stored;
};

/// A file as it is. `file` outlives the source.
GgufSource gguf_source(const io::GgufFile& file);
/// A transformer under the names of its architecture, without a vocabulary. `transformer` outlives the source.
GgufSource gguf_source(nn::Transformer& transformer);

/// A model of any form, opened for writing it as GGUF: with its name, its vocabulary and its chat template.
struct OpenedGgufSource {
  std::unique_ptr<io::GgufFile> file;  ///< one of these two holds the elements
  std::unique_ptr<nn::Transformer> transformer;
  GgufSource source;
  std::vector<std::string> losses;  ///< sentences for people: what the format cannot hold
};
/// `adapter`: the folder of a LoRA adapter that is added to the weights; empty: none.
/// Errors: as load_model and load_adapter; kUnsupported for a tokenizer that GGUF files have no name for.
OpenedGgufSource open_gguf_source(const std::filesystem::path& model, const std::filesystem::path& adapter = {});

/// Refuses a model whose weights and tables cannot fit memory, or of which a file holds only a part.
/// Errors: kOutOfMemory, kCorruptData.
void check_model_size(const nn::TransformerConfig& config, int64_t elements_in_file, double bytes_per_element = 4);

}  // namespace vitrine::model
