#include "model/gguf_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "core/blocks.h"
#include "model/gguf_config.h"
#include "model/gguf_layout.h"

namespace vitrine::model {
namespace {

constexpr std::string_view kHead = "output.weight", kTable = "token_embd.weight";

const io::GgufTensor& require_gguf_tensor(const io::GgufFile& file, const GgufPlace& place, const Shape& ours) {
  const Shape expected = gguf_shape(place, ours);
  const io::GgufTensor* const tensor = file.find(place.tensor);
  if (tensor == nullptr)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("tensor '{}' is missing (expected shape {})", place.tensor, expected.to_text()),
                "the file is incomplete, or a part of a model that was split");
  if (!(tensor->shape == expected))
    throw Error(ErrorCode::kCorruptData, fmt::format("tensor '{}' has shape {}, expected {} from the metadata",
                                                     place.tensor, tensor->shape.to_text(), expected.to_text()));
  if (!holds_weights(*tensor->type))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("tensor '{}' is {}, which cannot be computed with (expected {})", place.tensor,
                            tensor->type->name, kGgufWeightTypes),
                "take a file of another type of this model");
  return *tensor;
}

/// Our rows out of the file's tensor, as they lie in the map.
autograd::StoredWeight take_rows(const io::GgufFile& file, const io::GgufTensor& tensor, const GgufPlace& place,
                                 int64_t our_rows, int64_t head_width) {
  autograd::StoredWeight stored{.rows = file.mapped(tensor).slice_rows(place.first_row, place.first_row + our_rows),
                                .release_pages = file.releaser(tensor)};
  if (place.rows != GgufRows::kInterleaved) return stored;
  for (int64_t row = 0; row < our_rows; ++row)
    stored.row_order.push_back(static_cast<int32_t>(gguf_row(place.rows, row, head_width)));
  return stored;
}

[[noreturn]] void not_finite(const std::string& name, int64_t element, float value) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("tensor '{}': element {} is {} (expected a finite number)", name, element, value),
              "the file is damaged, or the model's training diverged: download it again");
}

/// Errors: kCorruptData for NaN and infinite values, which scales of blocks bring with them.
void check_finite(const autograd::StoredWeight& stored, const std::string& name) {
  const Tensor& rows = stored.rows;
  const int64_t bad = find_non_finite_block(rows.dtype(), {rows.data(), static_cast<size_t>(rows.num_bytes())});
  if (bad < 0) return;
  const int64_t size = dtype_block_elements(rows.dtype()), bytes = dtype_block_bytes(rows.dtype());
  std::vector<float> values(static_cast<size_t>(size));
  dequantize(rows.dtype(), {rows.data() + bad * bytes, static_cast<size_t>(bytes)}, values);
  const int64_t at = std::max<int64_t>(0, find_non_finite(values));
  not_finite(name, bad * size + at, values[static_cast<size_t>(at)]);
}

/// f32 of a tensor that came from a file.
Tensor finite_f32(const autograd::StoredWeight& stored, const std::string& name) {
  const kernels::StoredMatrix matrix = stored.matrix();
  Tensor values = Tensor::empty(stored.rows.shape());
  const bool is_vector = stored.rows.shape().rank() == 1;
  for (int64_t row = 0; row < (is_vector ? 1 : matrix.n); ++row)
    kernels::dequantize_part(matrix, row, row + 1, 0, matrix.k, values.f32() + row * matrix.k, matrix.k);
  if (is_vector && matrix.row_order != nullptr) {
    const Tensor in_file = std::exchange(values, Tensor::empty(values.shape()));
    for (int64_t i = 0; i < matrix.n; ++i) values.f32()[i] = in_file.f32()[matrix.row_order[i]];
  }
  if (const int64_t bad = find_non_finite(values.floats()); bad >= 0) not_finite(name, bad, values.f32()[bad]);
  return values;
}

/// Matrices in blocks or in 16 bits stay as they are, and are not trained.
void load_parameter(const io::GgufFile& file, const GgufLayout& layout, int64_t head_width, nn::Parameter& parameter,
                    std::set<std::string>& used) {
  const GgufPlace place = gguf_place(layout, parameter.name, parameter.shape());
  autograd::StoredWeight stored =
      take_rows(file, require_gguf_tensor(file, place, parameter.shape()), place, parameter.shape()[0], head_width);
  used.insert(place.tensor);
  if (stored.dtype() == DType::kF32 || stored.rows.shape().rank() == 1)
    return parameter.weight.assign(finite_f32(stored, place.tensor));
  check_finite(stored, place.tensor);
  if (stored.release_pages) stored.release_pages();  // it is read again when it is laid out, part by part
  parameter.weight.assign(std::move(stored));
  parameter.trainable = false;
}

bool is_copy_of_table(const io::GgufFile& file, const io::GgufTensor& head) {
  const io::GgufTensor* const table = file.find(kTable);
  if (table == nullptr) return false;
  const auto a = file.bytes(head), b = file.bytes(*table);
  return head.type == table->type && std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// A tensor that nobody reads changes what the model computes: it is refused.
void check_leftovers(const io::GgufFile& file, const std::set<std::string>& used) {
  for (const io::GgufTensor& tensor : file.tensors()) {
    if (used.contains(tensor.name) || may_be_left_over(file, tensor)) continue;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("tensor '{}' is no part of the architecture", excerpt(tensor.name)),
                tensor.name.ends_with(".bias") ? "this build has no model of this architecture with biases there"
                                               : "this model computes something that this build does not");
  }
}

/// The parameters of one tensor of the file.
struct TensorParts {
  std::vector<std::pair<GgufPlace, const nn::Parameter*>> parts;
};

Tensor gather(const TensorParts& tensor, const Shape& shape, int64_t head_width) {
  const Tensor whole = Tensor::empty(shape);
  const int64_t columns = shape.rank() == 1 ? 1 : shape[1];
  for (const auto& [place, parameter] : tensor.parts) {
    const Tensor values = parameter->weight.values();
    for (int64_t row = 0; row < parameter->shape()[0]; ++row)
      std::copy_n(values.f32() + row * columns, columns,
                  whole.f32() + (place.first_row + gguf_row(place.rows, row, head_width)) * columns);
  }
  return whole;
}

}  // namespace

bool holds_weights(const io::GgufTensorType& type) { return type.dtype && find_block_format(*type.dtype) != nullptr; }

bool may_be_left_over(const io::GgufFile& file, const io::GgufTensor& tensor) {
  return tensor.name == kGgufRopeFactors || (tensor.name == kHead && is_copy_of_table(file, tensor));
}

void check_model_size(const nn::TransformerConfig& config, int64_t elements_in_file, double bytes_per_element) {
  // Where little is missing, the tensors are named later.
  if (config.num_parameters() / 2 > elements_in_file)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("the config speaks of {} parameters, the tensors hold {}", config.num_parameters(),
                            elements_in_file),
                "the file is incomplete, or its config belongs to another model");
  const int64_t tables = config.positions == "rope" ? config.context_length * config.head_width : 0;
  const double needed =
      static_cast<double>(config.num_parameters()) * bytes_per_element + static_cast<double>(tables) * sizeof(float);
  const auto limit = static_cast<double>(memory_limit_bytes());
  if (needed > limit)
    throw Error(ErrorCode::kOutOfMemory,
                fmt::format("load model: {:.1f} GB of weights do not fit (have {:.1f} GB)", needed / 1e9, limit / 1e9),
                "take a smaller model");
}

std::unique_ptr<nn::Transformer> load_gguf_transformer(const io::GgufFile& file) {
  try {
    const GgufLayout& layout = *gguf_architecture(file.metadata()).gguf;
    const nn::TransformerConfig config = read_gguf_config(file);
    int64_t elements = 0, bytes = 0;
    for (const io::GgufTensor& tensor : file.tensors()) {
      elements += tensor.shape.num_elements();
      bytes += tensor.shape.rank() > 1 ? tensor.num_bytes : 4 * tensor.shape.num_elements();
    }
    check_model_size(config, elements,
                     static_cast<double>(bytes) / static_cast<double>(std::max<int64_t>(1, elements)));
    auto transformer = std::make_unique<nn::Transformer>(config, nn::Transformer::kUninitialised);
    std::set<std::string> used;
    transformer->visit(
        [&](nn::Parameter& parameter) { load_parameter(file, layout, config.head_width, parameter, used); });
    check_leftovers(file, used);
    return transformer;
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", file.path().string()));
  }
}

GgufSource gguf_source(const io::GgufFile& file) {
  GgufSource source{.metadata = file.metadata()};
  for (const io::GgufTensor& tensor : file.tensors())
    source.tensors.push_back({tensor.name, tensor.shape, file.mapped(tensor).dtype()});
  source.read_f32 = [&file](size_t index) { return file.read_f32(file.tensors()[index]); };
  source.read_stored = [&file](size_t index) { return file.bytes(file.tensors()[index]); };
  return source;
}

GgufSource gguf_source(nn::Transformer& transformer) {
  const nn::TransformerConfig& config = transformer.config();
  const GgufLayout& layout = *find_architecture(config.architecture).gguf;
  GgufSource source{.metadata = write_gguf_config(config, layout)};
  std::vector<TensorParts> parts;
  transformer.visit([&](nn::Parameter& parameter) {
    const GgufPlace place = gguf_place(layout, parameter.name, parameter.shape());
    auto found = std::find_if(source.tensors.begin(), source.tensors.end(),
                              [&](const io::GgufTensorPlan& plan) { return plan.name == place.tensor; });
    if (found == source.tensors.end()) {
      const Shape shape = gguf_shape(place, parameter.shape());
      source.tensors.push_back({place.tensor, shape});
      parts.emplace_back();
      found = source.tensors.end() - 1;
    }
    parts[static_cast<size_t>(found - source.tensors.begin())].parts.emplace_back(place, &parameter);
  });
  const std::vector<float> factors = gguf_rope_factors(config);
  if (!factors.empty()) source.tensors.push_back({kGgufRopeFactors, {static_cast<int64_t>(factors.size())}});
  source.read_f32 = [parts, factors, plan = source.tensors, head_width = config.head_width](size_t index) {
    return index < parts.size() ? gather(parts[index], plan[index].shape, head_width)
                                : Tensor::from_floats(plan[index].shape, factors);
  };
  return source;
}

}  // namespace vitrine::model
