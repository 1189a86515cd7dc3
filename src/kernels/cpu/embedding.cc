#include "kernels/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

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
