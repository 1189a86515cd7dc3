// Column sums over rows in a fixed order: one partial row a chunk, added in chunk order.
#pragma once

#include <algorithm>

#include "kernels/rows.h"

namespace vitrine::kernels::cpu {

/// Lives inside an ArenaScope of the caller. With zero chunks it does nothing and hands out null.
class ColumnSums {
 public:
  ColumnSums(const KernelContext& context, int64_t num_chunks, int64_t columns)
      : context_(context), num_chunks_(num_chunks), columns_(columns) {
    if (num_chunks > 0) partial_ = context.arena->floats(num_chunks * columns);
  }

  /// Clears and returns the partial row of a chunk.
  float* start(int64_t chunk) {
    if (partial_ == nullptr) return nullptr;
    float* const row = partial_ + chunk * columns_;
    std::fill(row, row + columns_, 0.0f);
    return row;
  }

  /// sums = (or +=) the partial rows, in chunk order.
  void finish(float* sums, bool accumulate) {
    if (partial_ == nullptr) return;
    constexpr int64_t kColumnsPerTask = 256;
    context_.pool->parallel_for((columns_ + kColumnsPerTask - 1) / kColumnsPerTask, [&](int64_t task, int) {
      const int64_t begin = task * kColumnsPerTask, end = std::min(columns_, begin + kColumnsPerTask);
      if (!accumulate) std::fill(sums + begin, sums + end, 0.0f);
      for (int64_t chunk = 0; chunk < num_chunks_; ++chunk)
        for (int64_t column = begin; column < end; ++column) sums[column] += partial_[chunk * columns_ + column];
    });
  }

 private:
  const KernelContext& context_;
  int64_t num_chunks_, columns_;
  float* partial_ = nullptr;
};

}  // namespace vitrine::kernels::cpu
