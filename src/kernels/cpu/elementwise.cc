#include "kernels/elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/elementwise.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

void AddRange(const float* a, const float* b, float* y, int64_t count) {
  ForLanes(count, [&](auto d, int64_t i, size_t n)
                      HWY_ATTR { StoreLanes(d, hn::Add(LoadLanes(d, a + i, n), LoadLanes(d, b + i, n)), y + i, n); });
}

void AxpyRange(float alpha, const float* x, float* y, int64_t count) {
  ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    StoreLanes(d, hn::MulAdd(hn::Set(d, alpha), LoadLanes(d, x + i, n), LoadLanes(d, y + i, n)), y + i, n);
  });
}

void ScaleRange(float alpha, float* x, int64_t count) {
  ForLanes(count, [&](auto d, int64_t i, size_t n)
                      HWY_ATTR { StoreLanes(d, hn::Mul(hn::Set(d, alpha), LoadLanes(d, x + i, n)), x + i, n); });
}

double SumOfSquaresRange(const float* x, int64_t count) {
  constexpr int64_t kBlock = 1024;  // f32 within a block, f64 across blocks
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t length = HWY_MIN(kBlock, count - begin);
    total += static_cast<double>(DotRow(x + begin, x + begin, length));
  }
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <vector>

#include "kernels/cpu/column_sums.h"
#include "kernels/rows.h"

namespace vitrine::kernels {

void add(const KernelContext& context, const float* a, const float* b, float* y, int64_t count) {
  const TraceScope scope(context.trace, "add", [&] { return elementwise_work(count, 1, 3); });
  const auto range = VITRINE_KERNEL(context.kernel_set, AddRange);
  for_element_chunks(context, count,
                     [&](int64_t begin, int64_t end) { range(a + begin, b + begin, y + begin, end - begin); });
}

void axpy(const KernelContext& context, float alpha, const float* x, float* y, int64_t count) {
  const TraceScope scope(context.trace, "axpy", [&] { return elementwise_work(count, 2, 3); });
  const auto range = VITRINE_KERNEL(context.kernel_set, AxpyRange);
  for_element_chunks(context, count,
                     [&](int64_t begin, int64_t end) { range(alpha, x + begin, y + begin, end - begin); });
}

void scale(const KernelContext& context, float alpha, float* x, int64_t count) {
  const TraceScope scope(context.trace, "scale", [&] { return elementwise_work(count, 1, 2); });
  const auto range = VITRINE_KERNEL(context.kernel_set, ScaleRange);
  for_element_chunks(context, count, [&](int64_t begin, int64_t end) { range(alpha, x + begin, end - begin); });
}

double sum_of_squares(const KernelContext& context, const float* x, int64_t count) {
  const TraceScope traced(context.trace, "sum of squares", [&] { return elementwise_work(count, 2, 1); });
  constexpr int64_t kChunk = 65536;
  const auto range = VITRINE_KERNEL(context.kernel_set, SumOfSquaresRange);
  const int64_t num_chunks = (count + kChunk - 1) / kChunk;
  const ArenaScope scope(*context.arena);
  auto* const partial = static_cast<double*>(context.arena->allocate(num_chunks * 8));
  context.pool->parallel_for(num_chunks, [&](int64_t chunk, int) {
    partial[chunk] = range(x + chunk * kChunk, std::min(kChunk, count - chunk * kChunk));
  });
  double total = 0;
  for (int64_t chunk = 0; chunk < num_chunks; ++chunk) total += partial[chunk];
  return total;
}

void column_sums(const KernelContext& context, const float* x, int64_t rows, int64_t columns, float* sums,
                 bool accumulate) {
  const TraceScope traced(context.trace, "column sums", [&] { return elementwise_work(rows * columns, 1, 1); });
  const auto range = VITRINE_KERNEL(context.kernel_set, AddRange);
  const RowCounts counts{.outer = rows, .inner = 1, .columns = columns};
  const ArenaScope scope(*context.arena);
  cpu::ColumnSums partial_sums(context, num_row_chunks(counts), columns);
  for_row_chunks(context, counts, [&](int64_t first, int64_t last, int64_t chunk) {
    float* const partial = partial_sums.start(chunk);
    for (int64_t row = first; row < last; ++row) range(x + row * columns, partial, partial, columns);
  });
  partial_sums.finish(sums, accumulate);
}

void dropout(const KernelContext& context, const float* x, float* y, int64_t count, float probability,
             const RngKey& key) {
  const TraceScope scope(context.trace, "dropout", [&] { return elementwise_work(count, 1, 2); });
  const float keep_scale = 1.0f / (1.0f - probability);
  for_element_chunks(context, count, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin / 4; block * 4 < end; ++block) {
      const auto words = key.at(static_cast<uint64_t>(block));
      for (int64_t i = block * 4; i < std::min(end, block * 4 + 4); ++i)
        y[i] = uniform_from_bits(words[static_cast<size_t>(i % 4)]) >= probability ? x[i] * keep_scale : 0.0f;
    }
  });
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
