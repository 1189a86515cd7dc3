// Packing of matrix strips into panels: copies where the strip is contiguous, 4x4 transposes where k is.
#if defined(VITRINE_KERNELS_CPU_GEMM_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_GEMM_PACK_INL_H_
#undef VITRINE_KERNELS_CPU_GEMM_PACK_INL_H_
#else
#define VITRINE_KERNELS_CPU_GEMM_PACK_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/cpu/gemm_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {

/// Four floats, on any processor.
typedef float Quad __attribute__((vector_size(16)));
HWY_INLINE Quad load_quad(const float* p) {
  Quad q;
  std::memcpy(&q, p, sizeof(q));
  return q;
}
HWY_INLINE void store_quad(Quad q, float* p) { std::memcpy(p, &q, sizeof(q)); }

/// Writes four values of k for four values across: target[i * stride + j] = rows[j][i].
HWY_INLINE void transpose_quads(const float* const rows[4], int64_t k, float* target, int64_t stride) {
  const Quad r0 = load_quad(rows[0] + k), r1 = load_quad(rows[1] + k);
  const Quad r2 = load_quad(rows[2] + k), r3 = load_quad(rows[3] + k);
  const Quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  const Quad low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5), high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  store_quad(__builtin_shufflevector(low01, low23, 0, 1, 4, 5), target);
  store_quad(__builtin_shufflevector(low01, low23, 2, 3, 6, 7), target + stride);
  store_quad(__builtin_shufflevector(high01, high23, 0, 1, 4, 5), target + 2 * stride);
  store_quad(__builtin_shufflevector(high01, high23, 2, 3, 6, 7), target + 3 * stride);
}

constexpr int64_t kLine = 16;  // floats of a cache line

/// Packs one panel whose source is contiguous along k.
inline void pack_transposed(const float* source, int64_t across_stride, int64_t k_count, int width, int stored_width,
                            float* target) {
  if (stored_width == 1) return void(std::copy_n(source, k_count, target));
  int64_t k = 0;
  // Each row is read a line at a time. Fours that reach beyond the panel's width spill into the next k, which is written later: widest first, and the
  // last k one by one.
  while (k + 4 < k_count) {
    const int64_t k_end = std::min(k + kLine, k + (k_count - 1 - k) / 4 * 4);
    for (int across = (width - 1) / 4 * 4; across >= 0; across -= 4) {
      const float* rows[4];
      for (int i = 0; i < 4; ++i) {
        rows[i] = source + std::min(across + i, width - 1) * across_stride;
        __builtin_prefetch(rows[i] + k + 4 * kLine);
      }
      for (int64_t i = k; i < k_end; i += 4) transpose_quads(rows, i, target + i * stored_width + across, stored_width);
    }
    k = k_end;
  }
  for (; k < k_count; ++k)
    for (int across = 0; across < width; ++across)
      target[k * stored_width + across] = source[across * across_stride + k];
  if (stored_width == width) return;
  for (k = 0; k < k_count; ++k) std::fill(target + k * stored_width + width, target + (k + 1) * stored_width, 0.0f);
}

constexpr int64_t kRowsAtOnce = 16;

/// Copies rows of kWidth floats, one for each k, to a panel of that width.
template <int kWidth>
void copy_rows(const float* source, int64_t k_stride, int64_t k_count, float* target) {
  for (int64_t k = 0; k < k_count; ++k, source += k_stride) {
    for (int i = 0; i < kWidth; i += kLine) __builtin_prefetch(source + kRowsAtOnce * k_stride + i, 0, 2);
    std::memcpy(target + k * kWidth, source, kWidth * sizeof(float));
  }
}

inline void copy_padded_rows(const float* source, int64_t k_stride, int64_t k_count, int width, int stored_width,
                             float* target) {
  for (int64_t k = 0; k < k_count; ++k, target += stored_width) {
    std::copy_n(source + k * k_stride, width, target);
    std::fill(target + width, target + stored_width, 0.0f);
  }
}

inline void copy_panel_rows(const float* source, int64_t k_stride, int64_t k_count, int width, int stored_width,
                            float* target) {
#define VITRINE_COPY_CASE(kWidth) \
  case kWidth:                    \
    return copy_rows<kWidth>(source, k_stride, k_count, target)
  if (width == stored_width) {
    switch (width) {
      VITRINE_COPY_CASE(4);
      VITRINE_COPY_CASE(5);
      VITRINE_COPY_CASE(6);
      VITRINE_COPY_CASE(8);
      VITRINE_COPY_CASE(12);
      VITRINE_COPY_CASE(13);
      VITRINE_COPY_CASE(14);
      VITRINE_COPY_CASE(16);
      VITRINE_COPY_CASE(32);
    }
  }
#undef VITRINE_COPY_CASE
  copy_padded_rows(source, k_stride, k_count, width, stored_width, target);
}

/// Packs panels whose source is contiguous across: a few rows at a time over all panels, so that reads run on along
/// rows and touch few pages.
inline void pack_copied(const PackJob& job) {
  for (int64_t k = 0; k < job.k_count; k += kRowsAtOnce)
    for (int panel = 0; panel < job.num_panels; ++panel)
      copy_panel_rows(job.source + k * job.k_stride + job.start[panel], job.k_stride,
                      std::min(kRowsAtOnce, job.k_count - k), job.width[panel], job.stored_width[panel],
                      job.target[panel] + k * job.stored_width[panel]);
}

inline void pack(const PackJob& job) {
  if (job.across_stride == 1) return pack_copied(job);
  for (int panel = 0; panel < job.num_panels; ++panel)
    pack_transposed(job.source + job.start[panel] * job.across_stride, job.across_stride, job.k_count, job.width[panel],
                    job.stored_width[panel], job.target[panel]);
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // VITRINE_KERNELS_CPU_GEMM_PACK_INL_H_
