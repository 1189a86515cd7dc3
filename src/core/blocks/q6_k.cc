// Q6_K: 256 elements of six bits; parts of 16 with signed scales of eight bits.
#include <cmath>
#include <cstring>

#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/blocks/scale_search.h"
#include "core/dtype.h"

namespace vitrine::blocks {
namespace {

constexpr int kPartsOf16 = kSuper / 16;
constexpr int kLowest = -32, kHighest = 31;

/// A block before its bits are packed.
struct Candidate {
  uint16_t scale = 0;
  int8_t scales[kPartsOf16] = {};
  int8_t quants[kSuper] = {};
};

/// Fills small scales and quants for the candidate's f16 scale; returns the error weighted by x².
double fill_candidate(const float* x, const float* wanted, Candidate& block) {
  const float scale = f32_from_f16(block.scale);
  double error = 0;
  for (int p = 0; p < kPartsOf16; ++p) {
    block.scales[p] = static_cast<int8_t>(scale != 0 ? rounded_within(wanted[p] / scale, -128, 127) : 0);
    const float part_scale = scale * static_cast<float>(block.scales[p]),
                inverse = part_scale != 0 ? 1 / part_scale : 0;
    for (int i = p * 16; i < (p + 1) * 16; ++i) {
      block.quants[i] = static_cast<int8_t>(rounded_within(x[i] * inverse, kLowest, kHighest));
      const double value = x[i], difference = value - static_cast<double>(part_scale * block.quants[i]);
      error += value * value * difference * difference;
    }
  }
  return error;
}

/// The f16 scale that least squares give for the small scales and quants as they are.
uint16_t refit_scale(const float* x, const Candidate& block) {
  double sum_xa = 0, sum_aa = 0;
  for (int i = 0; i < kSuper; ++i) {
    const double a = block.scales[i / 16] * block.quants[i], value = x[i];
    sum_xa += value * value * value * a;
    sum_aa += value * value * a * a;
  }
  return sum_aa > 0 ? f16_from_f32(static_cast<float>(sum_xa / sum_aa)) : block.scale;
}

Candidate search(const float* x) {
  float wanted[kPartsOf16], largest = 0;
  for (int p = 0; p < kPartsOf16; ++p) {
    float weights[16];
    for (int i = 0; i < 16; ++i) weights[i] = x[p * 16 + i] * x[p * 16 + i];
    wanted[p] = fit_scale(x + p * 16, weights, 16, kLowest, kHighest);
    if (std::fabs(wanted[p]) > std::fabs(largest)) largest = wanted[p];
  }
  Candidate best;
  best.scale = f16_from_f32(largest / -128);
  const double error = fill_candidate(x, wanted, best);
  Candidate next = best;
  next.scale = refit_scale(x, best);
  return fill_candidate(x, wanted, next) < error ? next : best;
}

}  // namespace

void dequantize_q6_k(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q6_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i) {
    const Q6_K& block = source[i];
    const float scale = f32_from_f16(block.scale);
    for (int j = 0; j < kSuper; ++j) {
      const int half = j / 128, group = j % 128 / 32, l = j % 32;
      const int low = block.low[half * 64 + group % 2 * 32 + l] >> (group / 2 * 4) & 0xf;
      const int high = block.high[half * 32 + l] >> (group * 2) & 3;
      *y++ = scale * static_cast<float>(block.scales[j / 16]) * static_cast<float>((low | high << 4) - 32);
    }
  }
}

void quantize_q6_k(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q6_K*>(blocks);
  std::memset(blocks, 0, static_cast<size_t>(num_blocks) * sizeof(Q6_K));
  for (int64_t i = 0; i < num_blocks; ++i, x += kSuper) {
    const Candidate found = search(x);
    Q6_K& block = target[i];
    block.scale = found.scale;
    std::memcpy(block.scales, found.scales, sizeof(block.scales));
    for (int j = 0; j < kSuper; ++j) {
      const int half = j / 128, group = j % 128 / 32, l = j % 32, q = found.quants[j] + 32;
      uint8_t& low = block.low[half * 64 + group % 2 * 32 + l];
      uint8_t& high = block.high[half * 32 + l];
      low = static_cast<uint8_t>(low | (q & 0xf) << (group / 2 * 4));
      high = static_cast<uint8_t>(high | (q >> 4) << (group * 2));
    }
  }
}

}  // namespace vitrine::blocks
