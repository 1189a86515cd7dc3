#include "model/gguf_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "core/blocks.h"

namespace vitrine::model {
namespace {

constexpr GgufTypeChoice kChoices[] = {
    {"f32", DType::kF32, false, 0, "32 bits: exact"},
    {"f16", DType::kF16, false, 1, "16 bits, of small range"},
    {"bf16", DType::kBF16, false, 32, "16 bits, of short mantissa"},
    {"q8_0", DType::kQ8_0, false, 7, "8.5 bits a weight: as good as exact"},
    {"q6_k", DType::kQ6_K, false, 18, "6.6 bits"},
    {"q5_k_m", DType::kQ5_K, true, 17, "5.7 bits, mixed with q6_k"},
    {"q5_k", DType::kQ5_K, false, 16, "5.5 bits"},
    {"q4_k_m", DType::kQ4_K, true, 15, "4.9 bits, mixed with q6_k: small and good"},
    {"q4_k", DType::kQ4_K, false, 14, "4.5 bits"},
    {"q5_1", DType::kQ5_1, false, 9, "6 bits"},
    {"q5_0", DType::kQ5_0, false, 8, "5.5 bits"},
    {"q4_1", DType::kQ4_1, false, 3, "5 bits"},
    {"q4_0", DType::kQ4_0, false, 2, "4.5 bits: fast, loses most"},
};

constexpr int64_t kChunkElements = int64_t{1} << 16;
constexpr int64_t kChunksAtOnce = 64;  // between which one may stop

/// Number of the block in "blk.12.attn_v.weight", or -1.
int64_t block_of(std::string_view name) {
  int64_t block = -1;
  if (name.starts_with("blk.")) std::from_chars(name.data() + 4, name.data() + name.size(), block);
  return block;
}

/// The first and last eighth of the blocks, and every third between: what llama.cpp's mixed types spend bits on.
bool needs_more_bits(int64_t block, int64_t layers) {
  return block < layers / 8 || block >= 7 * layers / 8 || (block - layers / 8) % 3 == 2;
}

/// The type for rows that do not fill blocks.
DType fitting(DType wanted, int64_t columns) {
  if (columns % dtype_block_elements(wanted) == 0) return wanted;
  if (columns % 32 != 0) return DType::kF16;
  switch (wanted) {
    case DType::kQ4_K:
      return DType::kQ5_0;
    case DType::kQ5_K:
      return DType::kQ5_1;
    default:
      return DType::kQ8_0;
  }
}

/// Sums over the chunks of a tensor, added in order.
struct ChunkError {
  double squared = 0, total = 0, largest = 0;
};

ChunkError compare(std::span<const float> wanted, std::span<const float> got) {
  ChunkError error;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - static_cast<double>(wanted[i]);
    error.squared += difference * difference;
    error.total += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
    error.largest = std::max(error.largest, std::fabs(difference));
  }
  return error;
}

/// Converts in chunks that depend on the size alone, and measures what was lost.
Tensor convert(const Tensor& values, DType dtype, ThreadPool& pool, const std::function<void()>& between,
               GgufTensorReport& report) {
  const Tensor result = Tensor::empty(values.shape(), dtype);
  const int64_t count = values.num_elements(), num_chunks = (count + kChunkElements - 1) / kChunkElements;
  std::vector<ChunkError> errors(static_cast<size_t>(num_chunks));
  const auto convert_chunk = [&](int64_t chunk) {
    const int64_t begin = chunk * kChunkElements, size = std::min(kChunkElements, count - begin);
    const auto wanted = values.floats().subspan(static_cast<size_t>(begin), static_cast<size_t>(size));
    const std::span<std::byte> blocks(result.data() + storage_bytes(dtype, begin),
                                      static_cast<size_t>(storage_bytes(dtype, size)));
    quantize(dtype, wanted, blocks);
    std::vector<float> got(wanted.size());
    dequantize(dtype, blocks, got);
    errors[static_cast<size_t>(chunk)] = compare(wanted, got);
  };
  for (int64_t first = 0; first < num_chunks; first += kChunksAtOnce) {
    if (between) between();
    pool.parallel_for(std::min(kChunksAtOnce, num_chunks - first), [&](int64_t i, int) { convert_chunk(first + i); });
  }
  ChunkError sum;
  for (const ChunkError& error : errors) {
    sum.squared += error.squared;
    sum.total += error.total;
    sum.largest = std::max(sum.largest, error.largest);
  }
  report.relative_error = sum.total > 0 ? std::sqrt(sum.squared / sum.total) : 0;
  report.largest_error = sum.largest;
  return result;
}

void write_tensor(io::GgufWriter& writer, const GgufSource& source, size_t index, DType dtype, ThreadPool& pool,
                  const std::function<void()>& between, GgufTensorReport& report) {
  const io::GgufTensorPlan& tensor = source.tensors[index];
  if (source.read_stored && tensor.dtype == dtype) {
    const auto bytes = source.read_stored(index);
    if (const int64_t bad = find_non_finite_block(dtype, bytes); bad >= 0)
      throw Error(ErrorCode::kCorruptData, fmt::format("block {} has a scale that is NaN or infinite", bad));
    writer.write(tensor.name, bytes);
    return;
  }
  const Tensor converted = convert(source.read_f32(index), dtype, pool, between, report);
  writer.write(tensor.name, {converted.data(), static_cast<size_t>(converted.num_bytes())});
}

}  // namespace

std::span<const GgufTypeChoice> gguf_type_choices() { return kChoices; }

const GgufTypeChoice& find_gguf_type_choice(std::string_view name) {
  std::string known;
  for (const GgufTypeChoice& choice : kChoices) {
    if (choice.name == name) return choice;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", choice.name);
  }
  throw Error(ErrorCode::kInvalidArgument, fmt::format("element type: unknown name (got '{}')", name),
              "known: " + known);
}

DType gguf_tensor_dtype(const GgufTypeChoice& choice, const io::GgufTensorPlan& tensor, int64_t layers,
                        bool has_own_head) {
  if (tensor.shape.rank() != 2 || tensor.name == "position_embd.weight") return DType::kF32;
  if (!is_block_dtype(choice.base)) return choice.base;
  DType dtype = choice.base;
  const bool is_head = tensor.name == (has_own_head ? "output.weight" : "token_embd.weight");
  const bool is_sensitive = tensor.name.ends_with(".attn_v.weight") || tensor.name.ends_with(".ffn_down.weight");
  if (is_head && dtype != DType::kQ8_0) dtype = DType::kQ6_K;
  if (choice.is_mixed && is_sensitive && needs_more_bits(block_of(tensor.name), layers)) dtype = DType::kQ6_K;
  return fitting(dtype, tensor.shape[1]);
}

std::vector<GgufTensorReport> write_gguf_model(const std::filesystem::path& path, const GgufSource& source,
                                               const GgufTypeChoice& choice, ThreadPool& pool,
                                               const std::function<void(const GgufTensorReport&)>& observer,
                                               const std::function<void()>& between) {
  int64_t layers = 0;
  for (const auto& tensor : source.tensors) layers = std::max(layers, block_of(tensor.name) + 1);
  const bool has_own_head = std::any_of(source.tensors.begin(), source.tensors.end(),
                                        [](const auto& tensor) { return tensor.name == "output.weight"; });
  io::GgufMetadata metadata = source.metadata;
  metadata.set("general.file_type", choice.file_type);
  if (is_block_dtype(choice.base))
    metadata.set("general.quantization_version", uint32_t{2});
  else
    metadata.remove("general.quantization_version");
  std::vector<io::GgufTensorPlan> plan = source.tensors;
  for (io::GgufTensorPlan& tensor : plan) tensor.dtype = gguf_tensor_dtype(choice, tensor, layers, has_own_head);
  remove_abandoned(path);
  io::GgufWriter writer(path, metadata, plan);
  std::vector<GgufTensorReport> reports;
  for (size_t i = 0; i < plan.size(); ++i) {
    GgufTensorReport report{.name = plan[i].name,
                            .shape = plan[i].shape,
                            .from = source.tensors[i].dtype,
                            .to = plan[i].dtype,
                            .num_bytes = storage_bytes(plan[i].dtype, plan[i].shape.num_elements())};
    try {
      write_tensor(writer, source, i, plan[i].dtype, pool, between, report);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      throw error.wrapped(fmt::format("tensor '{}'", plan[i].name));
    }
    if (observer) observer(report);
    reports.push_back(report);
  }
  writer.finish();
  return reports;
}

}  // namespace vitrine::model
