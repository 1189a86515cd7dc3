// How an architecture lies in files: its config.json and its tensor names.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"
#include "nn/transformer.h"

namespace vitrine::model {

struct GgufLayout;  // model/gguf_layout.h

/// What a config.json names beside the model's shape.
struct ConfigDetails {
  int64_t bos = -1;  ///< token ids; below 0: none
  int64_t eos = -1;
  std::string_view torch_dtype = "float32";  ///< of the weights beside it
};

/// Where the rows of one of our parameters lie in the file: columns of a transposed tensor, rows of a plain one.
struct FilePlace {
  std::string tensor;
  bool transposed = false;
  int64_t offset = 0;  // first column (or element of a vector)
  int64_t total = 0;   // all columns of the file's tensor; 0: as many as ours
};

/// Is given each tensor of a file as it is made, and may make it narrower, or throw to stop; may be empty.
using TensorStep = std::function<void(const std::string& name, Tensor& tensor)>;

/// One entry of the catalog. Adding an architecture: one file that defines it and one line in catalog.cc.
struct Architecture {
  std::string_view name;  ///< model_type of config.json
  std::string (*write_config)(const nn::TransformerConfig& config, const ConfigDetails& ids);
  /// Errors: kCorruptData, kUnsupported, naming the key.
  nn::TransformerConfig (*read_config)(std::string_view config_json);
  /// Tensors under the names and layouts of the file, each of them f32 until `keep` has had it.
  io::NamedTensors (*to_file)(nn::Transformer& transformer, const TensorStep& keep);
  /// Errors: kCorruptData naming the tensor, what was got and what was expected.
  void (*from_file)(nn::Transformer& transformer, const io::NamedTensors& tensors);
  const GgufLayout* gguf;  ///< its names in GGUF files
  /// The place of a parameter of that name in a model of that width; null where the file has our names and rows.
  FilePlace (*place_of)(const std::string& name, int64_t width) = nullptr;
};

const std::vector<Architecture>& architectures();

/// Errors: kUnsupported with the known names.
const Architecture& find_architecture(std::string_view name);

/// The tensor of that name and shape as f32. Errors: kCorruptData.
Tensor require_tensor(const io::NamedTensors& tensors, const std::string& name, const Shape& expected);

/// Loads a parameter from the tensor of its name. Matrices of 16 bits stay as they are, and are not trained; what else
/// there is turns into f32. Errors: kCorruptData, kUnsupported.
void load_tensor(const io::NamedTensors& tensors, nn::Parameter& parameter);

/// The shape of the file's tensor that holds a parameter of that shape.
Shape file_shape(const FilePlace& place, const Shape& ours);

/// Whether a tensor that the model has no place for may stand there: masks and rotary tables, which are made anew, and
/// a head beside a tied table.
bool is_made_anew(std::string_view name, bool has_tied_head);

/// Refuses other tensors that the model has no place for: they are a sign of a config.json that belongs to another
/// model. Errors: kCorruptData naming them.
void refuse_other_tensors(const io::NamedTensors& tensors, const std::set<std::string>& known, bool has_tied_head);

extern const Architecture kGpt2;
extern const Architecture kLlama;
extern const Architecture kMistral;
extern const Architecture kQwen2;
extern const Architecture kQwen3;

}  // namespace vitrine::model
