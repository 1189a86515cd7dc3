#include "model/adapter_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "core/blocks.h"
#include "io/safetensors.h"
#include "model/adapter_patterns.h"
#include "model/architecture.h"
#include "model/config_json.h"

namespace vitrine::model {
namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kHeadWeight = "lm_head.weight";
constexpr int64_t kLargestRank = 4096;
constexpr double kLargestRounding = 0.3;  // of 2-bit blocks; that of unrelated weights is above 1

[[noreturn]] void unsupported_adapter(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "adapter: " + what, "plain LoRA over linear maps is what can be loaded");
}

void check_config(const ConfigJson& config) {
  if (const std::string type = config.text_or("peft_type", "LORA"); type != "LORA")
    unsupported_adapter(fmt::format("peft_type is '{}'", excerpt(type)));
  if (config.flag_or("use_dora", false)) unsupported_adapter("it uses DoRA");
  if (const std::string bias = config.text_or("bias", "none"); bias != "none")
    unsupported_adapter(fmt::format("it has biases ('{}')", excerpt(bias)));
  for (const char* const key : {"modules_to_save", "layer_replication"})
    if (config.has(key)) unsupported_adapter(fmt::format("it has {}", key));
}

/// The part before `suffix`, without PEFT's prefix; nothing when the name ends otherwise.
std::optional<std::string> module_of(std::string_view name, std::string_view suffix) {
  if (!name.starts_with(kPeftPrefix) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_prefix(kPeftPrefix.size());
  name.remove_suffix(suffix.size());
  return std::string(name);
}

Tensor f32_of_finite(const Tensor& tensor, const std::string& name) {
  const Tensor values = Tensor::empty(tensor.shape());
  dequantize(tensor.dtype(), {tensor.data(), static_cast<size_t>(tensor.num_bytes())}, values.floats());
  if (const int64_t at = find_non_finite(values.floats()); at >= 0)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("adapter: '{}' holds a value that is not finite, at {}", name, at));
  return values;
}

/// A half as f32. Errors: kMismatch unless it has the extents; -1 stands for the rank.
Tensor read_half(const io::SafetensorsFile& file, const std::string& name, int64_t rows, int64_t columns) {
  const Tensor half = file.read(name);
  const Shape& shape = half.shape();
  const bool fits = shape.rank() == 2 && (rows < 0 || shape[0] == rows) && (columns < 0 || shape[1] == columns);
  const int64_t rank = fits ? shape[rows < 0 ? 0 : 1] : 0;
  if (!fits || rank < 1 || rank > kLargestRank)
    throw Error(
        ErrorCode::kMismatch,
        fmt::format("adapter: '{}' has shape {}, expected [{},{}]", name, shape.to_text(),
                    rows < 0 ? "rank" : fmt::format("{}", rows), columns < 0 ? "rank" : fmt::format("{}", columns)),
        "the adapter was made for another model");
  return f32_of_finite(half, name);
}

/// A whole matrix as f32. Errors: kMismatch for another shape.
Tensor read_matrix(const io::SafetensorsFile& file, const std::string& name, const Shape& shape) {
  const Tensor matrix = file.read(name);
  if (matrix.shape() == shape) return f32_of_finite(matrix, name);
  throw Error(ErrorCode::kMismatch,
              fmt::format("adapter: '{}' has shape {}, expected {}", name, matrix.shape().to_text(), shape.to_text()),
              "the adapter was made for another model");
}

/// One of our parameters, and which rows of the file's map are its own: gpt2's file has queries, keys and values in
/// one.
struct Target {
  std::string parameter;
  Shape shape;
  int64_t first_row, total_rows;
};

/// By the name of the file's tensor.
std::map<std::string, std::vector<Target>> targets_of(nn::Transformer& transformer) {
  const auto place_of = find_architecture(transformer.config().architecture).place_of;
  std::map<std::string, std::vector<Target>> targets;
  for (const nn::Parameter* const parameter : transformer.parameters()) {
    if (parameter->role != autograd::ParameterRole::kMatrix && parameter->name != kHeadWeight) continue;
    const FilePlace place =
        place_of ? place_of(parameter->name, transformer.config().width) : FilePlace{.tensor = parameter->name};
    const int64_t rows = parameter->shape()[0];
    targets[place.tensor].push_back(
        {parameter->name, parameter->shape(), place.offset, place.total > 0 ? place.total : rows});
  }
  return targets;
}

Tensor rows_of(const Tensor& half, const Target& target) {
  const int64_t rows = target.shape[0], rank = half.shape()[1];
  if (rows == target.total_rows) return half;
  const Tensor part = Tensor::empty({rows, rank});
  std::copy_n(half.f32() + target.first_row * rank, rows * rank, part.f32());
  return part;
}

/// The head that PEFT saves beside its maps is the model's own, which was not trained; rounded perhaps, or the model's
/// is. Errors: kMismatch where it is another one.
void require_same_head(const io::SafetensorsFile& file, const std::string& name, nn::Transformer& transformer) {
  for (const nn::Parameter* const parameter : transformer.parameters()) {
    if (parameter->name != kHeadWeight) continue;
    const Tensor saved = read_matrix(file, name, parameter->shape()), own = parameter->weight.values();
    double difference = 0, sum = 0;
    for (int64_t i = 0; i < own.num_elements(); ++i) {
      difference += std::fabs(static_cast<double>(saved.f32()[i]) - own.f32()[i]);
      sum += std::fabs(static_cast<double>(own.f32()[i]));
    }
    if (difference <= kLargestRounding * sum) return;
    throw Error(ErrorCode::kMismatch, fmt::format("adapter: '{}' is another head than the model's", name),
                "the adapter was made for another model, or its head was trained as a whole");
  }
}

/// By how much the maps beside each module count.
class MapScales {
 public:
  explicit MapScales(const ConfigJson& config)
      : alphas_(config, "alpha_pattern"),
        ranks_(config, "rank_pattern"),
        alpha_(config.real_or("lora_alpha", 8)),
        rank_(config.real_or("r", kUnsaid)),
        has_root_scale_(config.flag_or("use_rslora", false)) {}

  /// `rank`: of the halves. Errors: kMismatch where the config speaks of another.
  float scale_of(const std::string& module, int64_t rank) const {
    const auto divisor = static_cast<double>(rank);
    if (const double said = ranks_.value_of(module, rank_); said != kUnsaid && said != divisor)
      throw Error(ErrorCode::kMismatch,
                  fmt::format("adapter: the halves of '{}' have rank {}, expected {} from "
                              "adapter_config.json",
                              module, rank, said),
                  "the two files belong to different adapters");
    return static_cast<float>(alphas_.value_of(module, alpha_) / (has_root_scale_ ? std::sqrt(divisor) : divisor));
  }

 private:
  static constexpr double kUnsaid = -1;
  AdapterPatterns alphas_, ranks_;
  double alpha_, rank_;
  bool has_root_scale_;
};

}  // namespace

std::shared_ptr<const nn::Adapter> load_adapter(const std::filesystem::path& folder, nn::Transformer& transformer) {
  const ConfigJson config(read_small_text(folder / "adapter_config.json"), "adapter_config.json");
  check_config(config);
  const io::SafetensorsFile file(folder / "adapter_model.safetensors");
  const auto targets = targets_of(transformer);
  auto adapter = std::make_shared<nn::Adapter>();
  adapter->name = folder.filename().string();
  const MapScales scales(config);
  std::set<std::string_view> unused;
  for (const io::SafetensorsEntry& entry : file.entries()) unused.insert(entry.name);
  for (const io::SafetensorsEntry& entry : file.entries()) {
    const auto module = module_of(entry.name, ".lora_A.weight");
    if (!module) continue;
    const std::string second = fmt::format("{}{}.lora_B.weight", kPeftPrefix, *module), weight = *module + ".weight";
    const auto at = targets.find(weight);
    if (at == targets.end() && weight == kHeadWeight)
      unsupported_adapter(fmt::format("'{}' stands beside the head, which in this model is the table of embeddings too",
                                      excerpt(entry.name)));
    if (at == targets.end())
      throw Error(ErrorCode::kMismatch,
                  fmt::format("adapter: '{}' stands beside '{}', which the model does not have", excerpt(entry.name),
                              excerpt(weight)),
                  "the adapter was made for another model");
    const Target& first = at->second.front();
    const Tensor a = read_half(file, entry.name, -1, first.shape[1]);
    const Tensor b = read_half(file, second, first.total_rows, -1);
    const int64_t rank = a.shape()[0];
    if (b.shape()[1] != rank)
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("adapter: the halves of '{}' have ranks {} and {}", weight, rank, b.shape()[1]));
    const float scale = scales.scale_of(*module, rank);
    for (const Target& target : at->second)
      adapter->maps.emplace(target.parameter, nn::LowRankMap{.a = a, .b = rows_of(b, target), .scale = scale});
    for (const std::string& name : {entry.name, second}) unused.erase(name);
    if (const std::string saved = fmt::format("{}lm_head.base_layer.weight", kPeftPrefix);
        weight == kHeadWeight && unused.erase(saved) > 0)
      require_same_head(file, saved, transformer);
  }
  if (!unused.empty())
    unsupported_adapter(fmt::format("'{}' is no half of a low-rank map beside a linear one", excerpt(*unused.begin())));
  if (adapter->maps.empty()) unsupported_adapter("it holds no tensors");
  return adapter;
}

}  // namespace vitrine::model
