// How kernels that work row by row address their operands, and how they share rows among threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// Rows addressed in two levels: row (i, j) starts at data + i * outer_stride + j * inner_stride. The second level
/// serves heads inside a token's row; plain matrices have inner = 1.
template <typename T>
struct BasicRows {
  T* data = nullptr;
  int64_t outer_stride = 0;
  int64_t inner_stride = 0;

  T* row(int64_t i, int64_t j) const { return data + i * outer_stride + j * inner_stride; }
};
using Rows = BasicRows<float>;
using ConstRows = BasicRows<const float>;

/// Counts of a row-wise kernel: outer x inner rows of `columns` elements.
struct RowCounts {
  int64_t outer = 0;
  int64_t inner = 1;
  int64_t columns = 0;
};

/// What a trace says about a kernel that does `flops_each` for, and reads or writes `floats_each` of, every element.
inline TraceWork row_work(const RowCounts& counts, double flops_each, double floats_each) {
  const int64_t rows = counts.outer * counts.inner;
  TraceWork work = elementwise_work(rows * counts.columns, flops_each, floats_each);
  work.extents = {rows, counts.columns};
  return work;
}

/// Outer rows in one chunk of work: about 16 Ki elements, and the same for any number of threads, because partial sums
/// are kept per chunk.
inline int64_t rows_per_chunk(const RowCounts& counts) {
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, counts.inner * counts.columns));
}
inline int64_t num_row_chunks(const RowCounts& counts) {
  const int64_t rows = rows_per_chunk(counts);
  return (counts.outer + rows - 1) / rows;
}

/// Calls body(first, last, chunk) for each chunk of outer rows.
template <typename Body>
void for_row_chunks(const KernelContext& context, const RowCounts& counts, const Body& body) {
  const int64_t rows = rows_per_chunk(counts);
  context.pool->parallel_for(num_row_chunks(counts), [&](int64_t chunk, int) {
    body(chunk * rows, std::min(counts.outer, (chunk + 1) * rows), chunk);
  });
}

/// Calls body(begin, end) over [0, count) in chunks of 32 Ki elements.
template <typename Body>
void for_element_chunks(const KernelContext& context, int64_t count, const Body& body) {
  constexpr int64_t kChunk = 32768;
  context.pool->parallel_for((count + kChunk - 1) / kChunk,
                             [&](int64_t chunk, int) { body(chunk * kChunk, std::min(count, (chunk + 1) * kChunk)); });
}

}  // namespace vitrine::kernels
