// The bytes of each block type. Multi-byte fields are little-endian; scales are f16 bits.
// Source: the block types of ggml, which GGUF files hold (github.com/ggml-org/ggml).
#pragma once

#include <cstdint>

namespace vitrine::blocks {

constexpr int kSmall = 32;   ///< elements of the simple types
constexpr int kSuper = 256;  ///< elements of the K types, whose parts of 16 or 32 have small scales of their own

/// value = scale * (q - 8). quants[j] holds element j in its low and j + 16 in its high half.
struct Q4_0 {
  uint16_t scale;
  uint8_t quants[kSmall / 2];
};

/// value = scale * q + minimum. Halves as in Q4_0.
struct Q4_1 {
  uint16_t scale, minimum;
  uint8_t quants[kSmall / 2];
};

/// value = scale * (q - 16). Low four bits as in Q4_0, the fifth of element j is bit j of `high`.
struct Q5_0 {
  uint16_t scale;
  uint8_t high[kSmall / 8];
  uint8_t quants[kSmall / 2];
};

/// value = scale * q + minimum. Bits as in Q5_0.
struct Q5_1 {
  uint16_t scale, minimum;
  uint8_t high[kSmall / 8];
  uint8_t quants[kSmall / 2];
};

/// value = scale * q.
struct Q8_0 {
  uint16_t scale;
  int8_t quants[kSmall];
};

/// Parts of 16: value = scale * (low half of scales[part]) * q - minimum * (high half).
/// In each half of 128 elements, quants[l] holds elements l, l + 32, l + 64 and l + 96, two bits each.
struct Q2_K {
  uint8_t scales[kSuper / 16];
  uint8_t quants[kSuper / 4];
  uint16_t scale, minimum;
};

/// Parts of 16: value = scale * (small scale - 32) * (q - 4). Low two bits as in Q2_K; the third of element
/// 32 i + l is bit i of high[l]. Sixteen small scales of six bits: eight bytes of low halves, four of high pairs.
struct Q3_K {
  uint8_t high[kSuper / 8];
  uint8_t quants[kSuper / 4];
  uint8_t scales[12];
  uint16_t scale;
};

/// Parts of 32: value = scale * small scale * q - minimum * small minimum, both of six bits.
/// In each quarter of 64 elements, quants[l] holds element l in its low and l + 32 in its high half.
struct Q4_K {
  uint16_t scale, minimum;
  uint8_t scales[12];
  uint8_t quants[kSuper / 2];
};

/// As Q4_K; the fifth bit of element 32 i + l is bit i of high[l].
struct Q5_K {
  uint16_t scale, minimum;
  uint8_t scales[12];
  uint8_t high[kSuper / 8];
  uint8_t quants[kSuper / 2];
};

/// Parts of 16: value = scale * scales[part] * (q - 32). In each half of 128 elements: low[l] has the low four bits of
/// elements l and l + 64, low[l + 32] of l + 32 and l + 96; high[l] the upper pairs of l, l + 32, l + 64, l + 96.
struct Q6_K {
  uint8_t low[kSuper / 2];
  uint8_t high[kSuper / 4];
  int8_t scales[kSuper / 16];
  uint16_t scale;
};

static_assert(sizeof(Q4_0) == 18 && sizeof(Q4_1) == 20 && sizeof(Q5_0) == 22 && sizeof(Q5_1) == 24);
static_assert(sizeof(Q8_0) == 34 && sizeof(Q2_K) == 84 && sizeof(Q3_K) == 110 && sizeof(Q4_K) == 144);
static_assert(sizeof(Q5_K) == 176 && sizeof(Q6_K) == 210);

}  // namespace vitrine::blocks
