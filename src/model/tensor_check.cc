#include "model/tensor_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/gguf_config.h"
#include "model/gguf_layout.h"
#include "model/gguf_model.h"

namespace vitrine::model {
namespace {

constexpr std::string_view kGpt2Prefix = "transformer.";

/// A tensor that has to be there. Several parameters may lie in one.
struct Expected {
  std::string name;
  Shape shape;
};

/// The tensors of a config in the model's order, where `place` gives name and shape of the one that holds a parameter.
template <typename Place>
std::vector<Expected> expected_tensors(nn::TransformerConfig config, const Place& place) {
  if (config.positions == "rope") config.context_length = 1;  // its tables are no tensors of the file
  nn::Transformer transformer(config, nn::Transformer::kUninitialised);
  std::vector<Expected> all;
  std::set<std::string> known;
  transformer.visit([&](nn::Parameter& parameter) {
    Expected expected = place(parameter);
    if (known.insert(expected.name).second) all.push_back(std::move(expected));
  });
  return all;
}

std::vector<Expected> expected_in_folder(const nn::TransformerConfig& config, bool has_prefix) {
  const auto place_of = find_architecture(config.architecture).place_of;
  return expected_tensors(config, [&](const nn::Parameter& parameter) -> Expected {
    if (!place_of) return {parameter.name, parameter.shape()};
    const FilePlace place = place_of(parameter.name, config.width);
    const size_t skipped = has_prefix || !place.tensor.starts_with(kGpt2Prefix) ? 0 : kGpt2Prefix.size();
    return {place.tensor.substr(skipped), file_shape(place, parameter.shape())};
  });
}

std::string shape_text(std::span<const int64_t> extents) { return fmt::format("[{}]", fmt::join(extents, ",")); }

bool is_loadable_type(std::string_view dtype) { return dtype == "F32" || dtype == "F16" || dtype == "BF16"; }

}  // namespace

std::string_view tensor_fault_name(TensorFault::Kind kind) {
  switch (kind) {
    case TensorFault::Kind::kMissing:
      return "missing";
    case TensorFault::Kind::kOtherShape:
      return "of another shape";
    case TensorFault::Kind::kOtherType:
      return "of another type";
    case TensorFault::Kind::kUnused:
      break;
  }
  return "not used";
}

std::vector<TensorFault> check_folder_tensors(const nn::TransformerConfig& config,
                                              std::span<const FolderTensor> tensors) {
  config.validate();
  std::map<std::string_view, const FolderTensor*> by_name;
  for (const FolderTensor& tensor : tensors) by_name.emplace(tensor.name, &tensor);
  const bool has_prefix =
      std::ranges::any_of(tensors, [](const FolderTensor& tensor) { return tensor.name.starts_with(kGpt2Prefix); });
  std::vector<TensorFault> faults;
  for (const Expected& expected : expected_in_folder(config, has_prefix)) {
    const auto at = by_name.find(expected.name);
    if (at == by_name.end()) {
      faults.push_back({TensorFault::Kind::kMissing, expected.name, "", expected.shape.to_text()});
      continue;
    }
    const FolderTensor& tensor = *at->second;
    if (!std::ranges::equal(tensor.extents, expected.shape.extents()))
      faults.push_back(
          {TensorFault::Kind::kOtherShape, tensor.name, shape_text(tensor.extents), expected.shape.to_text()});
    else if (!is_loadable_type(tensor.dtype))
      faults.push_back({TensorFault::Kind::kOtherType, tensor.name, tensor.dtype, "F32, F16 or BF16"});
    by_name.erase(at);
  }
  for (const FolderTensor& tensor : tensors)
    if (by_name.contains(tensor.name) && !is_made_anew(tensor.name, config.tie_embeddings))
      faults.push_back({TensorFault::Kind::kUnused, tensor.name, shape_text(tensor.extents), ""});
  return faults;
}

std::vector<TensorFault> check_gguf_tensors(const io::GgufFile& file) {
  const GgufLayout& layout = *gguf_architecture(file.metadata()).gguf;
  std::vector<TensorFault> faults;
  std::set<std::string> used;
  const auto place_of = [&](const nn::Parameter& parameter) -> Expected {
    const GgufPlace place = gguf_place(layout, parameter.name, parameter.shape());
    return {place.tensor, gguf_shape(place, parameter.shape())};
  };
  for (const Expected& expected : expected_tensors(read_gguf_config(file), place_of)) {
    used.insert(expected.name);
    const io::GgufTensor* const tensor = file.find(expected.name);
    if (tensor == nullptr)
      faults.push_back({TensorFault::Kind::kMissing, expected.name, "", expected.shape.to_text()});
    else if (!(tensor->shape == expected.shape))
      faults.push_back(
          {TensorFault::Kind::kOtherShape, tensor->name, tensor->shape.to_text(), expected.shape.to_text()});
    else if (!holds_weights(*tensor->type))
      faults.push_back({TensorFault::Kind::kOtherType, tensor->name, std::string(tensor->type->name),
                        std::string(kGgufWeightTypes)});
  }
  for (const io::GgufTensor& tensor : file.tensors())
    if (!used.contains(tensor.name) && !may_be_left_over(file, tensor))
      faults.push_back({TensorFault::Kind::kUnused, tensor.name, tensor.shape.to_text(), ""});
  return faults;
}

}  // namespace vitrine::model
