#include <fmt/format.h>

#include "base/error.h"
#include "core/blocks.h"
#include "model/architecture.h"

namespace vitrine::model {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> list{kGpt2, kLlama, kMistral, kQwen2, kQwen3};
  return list;
}

const Architecture& find_architecture(std::string_view name) {
  std::string known;
  for (const Architecture& architecture : architectures()) {
    if (architecture.name == name) return architecture;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", architecture.name);
  }
  throw Error(ErrorCode::kUnsupported, fmt::format("model: unknown architecture (got '{}')", name), "known: " + known);
}

namespace {

/// The tensor as it lies in the file.
const Tensor& find_file_tensor(const io::NamedTensors& tensors, const std::string& name, const Shape& expected) {
  for (const auto& [key, tensor] : tensors) {
    if (key != name) continue;
    if (!(tensor.shape() == expected))
      throw Error(ErrorCode::kCorruptData, fmt::format("tensor '{}' has shape {}, expected {} from the config", name,
                                                       tensor.shape().to_text(), expected.to_text()));
    if (tensor.dtype() != DType::kF32 &&
        (find_block_format(tensor.dtype()) == nullptr || is_block_dtype(tensor.dtype())))
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("tensor '{}' is {}, expected f32, bf16 or f16", name, dtype_name(tensor.dtype())));
    return tensor;
  }
  throw Error(ErrorCode::kCorruptData,
              fmt::format("tensor '{}' is missing (expected shape {})", name, expected.to_text()),
              "the file is incomplete, or its config.json belongs to another model");
}

[[noreturn]] void refuse_non_finite(const std::string& name, int64_t element, float value) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("tensor '{}': element {} is {} (expected a finite number)", name, element, value),
              "the file is damaged, or the model's training diverged");
}

Tensor widened_tensor(const std::string& name, const Tensor& tensor) {
  Tensor wide;
  if (tensor.dtype() == DType::kF32) {
    wide = tensor.clone();
  } else {
    wide = Tensor::empty(tensor.shape());
    dequantize(tensor.dtype(), {tensor.data(), static_cast<size_t>(tensor.num_bytes())}, wide.floats());
  }
  if (const int64_t bad = find_non_finite(wide.floats()); bad >= 0) refuse_non_finite(name, bad, wide.f32()[bad]);
  return wide;
}

}  // namespace

Tensor require_tensor(const io::NamedTensors& tensors, const std::string& name, const Shape& expected) {
  return widened_tensor(name, find_file_tensor(tensors, name, expected));
}

void load_tensor(const io::NamedTensors& tensors, nn::Parameter& parameter) {
  const Tensor& tensor = find_file_tensor(tensors, parameter.name, parameter.shape());
  if (tensor.dtype() == DType::kF32 || tensor.shape().rank() != 2)
    return parameter.weight.assign(widened_tensor(parameter.name, tensor));
  const int64_t bad = find_non_finite_block(tensor.dtype(), {tensor.data(), static_cast<size_t>(tensor.num_bytes())});
  if (bad >= 0) {
    float value = 0;
    dequantize(tensor.dtype(), {tensor.data() + 2 * bad, 2}, {&value, 1});
    refuse_non_finite(parameter.name, bad, value);
  }
  parameter.weight.assign(autograd::StoredWeight{.rows = tensor});
  parameter.trainable = false;
}

Shape file_shape(const FilePlace& place, const Shape& ours) {
  if (ours.rank() == 1) return {place.total ? place.total : ours[0]};
  return place.transposed ? Shape{ours[1], place.total ? place.total : ours[0]} : ours;
}

bool is_made_anew(std::string_view name, bool has_tied_head) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") ||
         name.ends_with(".rotary_emb.inv_freq") || (has_tied_head && name == "lm_head.weight");
}

void refuse_other_tensors(const io::NamedTensors& tensors, const std::set<std::string>& known, bool has_tied_head) {
  constexpr size_t kMaxShown = 4;
  std::string shown;
  size_t count = 0;
  for (const auto& [name, tensor] : tensors) {
    if (known.contains(name) || is_made_anew(name, has_tied_head)) continue;
    if (++count <= kMaxShown)
      shown += fmt::format("{}'{}' {}", shown.empty() ? "" : ", ", name, tensor.shape().to_text());
  }
  if (count == 0) return;
  if (count > kMaxShown) shown += fmt::format(" and {} more", count - kMaxShown);
  throw Error(ErrorCode::kCorruptData, fmt::format("the model of this config has no place for {}", shown),
              "its config.json belongs to another model, or to another architecture");
}

}  // namespace vitrine::model
