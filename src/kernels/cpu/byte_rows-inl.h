// Rows of bytes as products take them, with AVX2. Include where that is enabled.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace vitrine::kernels::cpu {
namespace {

/// Eight rows of 32 bytes: four bytes of each, then the next four, `stride` bytes apart.
inline void interleave_eight(const int8_t* rows, int64_t row_stride, int8_t* to, int64_t stride) {
  __m256i r[8], pairs[8], fours[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + i * row_stride));
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4)
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) {
      fours[i + 2 * j] = _mm256_unpacklo_epi64(pairs[i + j], pairs[i + j + 2]);
      fours[i + 2 * j + 1] = _mm256_unpackhi_epi64(pairs[i + j], pairs[i + j + 2]);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256i low = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
    const __m256i high = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i * stride), low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + (i + 4) * stride), high);
  }
}

inline void interleave_rows(const int8_t* bytes, int64_t row_stride, int64_t rows, int64_t num_blocks, int8_t* to) {
  for (int64_t block = 0; block < num_blocks; ++block, bytes += kBlock, to += kBlock * rows)
    for (int64_t row = 0; row < rows; row += 8)
      interleave_eight(bytes + row * row_stride, row_stride, to + 4 * row, 4 * rows);
}

}  // namespace
}  // namespace vitrine::kernels::cpu
