#include "kernels/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "kernels/cpu/quantized_kernels.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {
namespace {

void check_ids(const EmbeddingArgs& args) {
  for (int64_t i = 0; i < args.num_ids; ++i)
    if (args.ids[i] < 0 || args.ids[i] >= args.num_rows)
      throw Error(
          ErrorCode::kInvalidArgument,
          fmt::format("embedding: id out of range (got {} at {}, expected 0 to {})", args.ids[i], i, args.num_rows - 1),
          "the text was encoded with another vocabulary, or is longer than the model's positions");
}

}  // namespace

void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const float* table, float* y,
                       bool accumulate) {
  const TraceScope scope(context.trace, "embedding", [&] {
    return elementwise_work(args.num_ids * args.columns, accumulate ? 1 : 0, accumulate ? 3 : 2);
  });
  check_ids(args);
  const int64_t columns = args.columns;
  constexpr int64_t kIdsPerChunk = 64;
  context.pool->parallel_for((args.num_ids + kIdsPerChunk - 1) / kIdsPerChunk, [&](int64_t chunk, int) {
    for (int64_t i = chunk * kIdsPerChunk; i < std::min(args.num_ids, (chunk + 1) * kIdsPerChunk); ++i) {
      const float* const row = table + args.ids[i] * columns;
      float* const out = y + i * columns;
      if (accumulate) {
        for (int64_t column = 0; column < columns; ++column) out[column] += row[column];
      } else {
        std::memcpy(out, row, static_cast<size_t>(columns) * sizeof(float));
      }
    }
  });
}

namespace {

/// `write_row(id, values)` for each id, and its values to their place.
template <typename WriteRow>
void gather_rows(const KernelContext& context, const EmbeddingArgs& args, float* y, bool accumulate,
                 const WriteRow& write_row) {
  const TraceScope scope(context.trace, "embedding", [&] {
    return elementwise_work(args.num_ids * args.columns, accumulate ? 1 : 0, accumulate ? 3 : 2);
  });
  check_ids(args);
  const ArenaScope arena(*context.arena);
  const int64_t columns = args.columns;
  float* const rows = accumulate ? context.arena->floats(context.pool->num_threads() * columns) : nullptr;
  context.pool->parallel_for(args.num_ids, [&](int64_t i, int thread) {
    float* const out = y + i * columns;
    float* const row = accumulate ? rows + thread * columns : out;
    write_row(args.ids[i], row);
    for (int64_t column = 0; accumulate && column < columns; ++column) out[column] += row[column];
  });
}

/// The values of a row that lies in a panel of values.
void value_row(const QuantizedMatrix::State& table, int64_t id, float* values) {
  const bool is_bf16 = table.format().dtype == DType::kBF16;
  const int64_t row = id % cpu::kPanelRows, together = is_bf16 ? 2 : 1;
  const uint8_t* const panel = table.codes + id / cpu::kPanelRows * table.panel_code_bytes();
  for (int64_t column = 0; column < table.k; ++column) {
    const int64_t at = column / together * together * cpu::kPanelRows + row * together + column % together;
    uint16_t bits = 0;
    std::memcpy(&bits, panel + 2 * at, sizeof bits);
    values[column] = is_bf16 ? f32_from_bf16(bits) : f32_from_f16(bits);
  }
}

/// The values of a row that lies in a panel.
void panel_row(const cpu::QuantizedKernels& kernels, const QuantizedMatrix::State& table, int64_t id, float* values) {
  constexpr int64_t kChunkBlocks = 32;
  const cpu::PanelFormat& format = table.format();
  if (format.holds_values()) return value_row(table, id, values);
  const int64_t panel = id / cpu::kPanelRows, row = id % cpu::kPanelRows;
  alignas(64) uint8_t codes[kChunkBlocks * cpu::kLooseBytes];
  alignas(64) float scales[kChunkBlocks * 2 * cpu::kPanelRows], minimums[kChunkBlocks * 2 * cpu::kPanelRows];
  for (int64_t block = 0; block < table.num_blocks(); block += kChunkBlocks) {
    const int64_t count = std::min(kChunkBlocks, table.num_blocks() - block);
    kernels.formats[table.format_index].loosen(
        table.codes + panel * table.panel_code_bytes() + block * format.code_bytes(),
        table.scales + panel * table.panel_scale_bytes() + block / format.super_blocks * format.scale_bytes(), count,
        {codes, scales, minimums});
    for (int64_t column = 0; column < count * cpu::kBlock; ++column) {
      const int code = codes[column / 4 * cpu::kGroupBytes + 4 * row + column % 4];
      const int64_t part = column / format.part_elements * cpu::kPanelRows + row;
      const float value = scales[part] * static_cast<float>(code - format.code_offset);
      *values++ = format.has_minimum ? value + minimums[part] : value;
    }
  }
}

}  // namespace

void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const StoredMatrix& table, float* y,
                       bool accumulate) {
  gather_rows(context, args, y, accumulate, [&](int64_t id, float* row) {
    dequantize_part(table, id, id + 1, 0, args.columns, row, args.columns);
  });
}

void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const QuantizedMatrix& table, float* y,
                       bool accumulate) {
  const cpu::QuantizedKernels& kernels = cpu::quantized_kernels(context.kernel_set);
  gather_rows(context, args, y, accumulate,
              [&](int64_t id, float* row) { panel_row(kernels, table.state(), id, row); });
}

void embedding_backward(const KernelContext& context, const EmbeddingArgs& args, const float* dy,
                        float* table_gradient) {
  const TraceScope scope(context.trace, "embedding gradient",
                         [&] { return elementwise_work(args.num_ids * args.columns, 1, 3); });
  check_ids(args);
  // Threads share columns, not ids: two equal ids never meet in two threads, and each row is summed in order.
  const int64_t columns_per_chunk = std::max<int64_t>(16, (args.columns / 8 + 15) / 16 * 16);
  const int64_t num_chunks = (args.columns + columns_per_chunk - 1) / columns_per_chunk;
  context.pool->parallel_for(num_chunks, [&](int64_t chunk, int) {
    const int64_t begin = chunk * columns_per_chunk, end = std::min(args.columns, begin + columns_per_chunk);
    for (int64_t i = 0; i < args.num_ids; ++i) {
      float* const sums = table_gradient + args.ids[i] * args.columns;
      const float* const row = dy + i * args.columns;
      for (int64_t column = begin; column < end; ++column) sums[column] += row[column];
    }
  });
}

}  // namespace vitrine::kernels
