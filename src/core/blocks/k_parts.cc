#include "core/blocks/k_parts.h"

#include <algorithm>
#include <cmath>

#include "core/blocks/scale_search.h"
#include "core/dtype.h"

namespace vitrine::blocks {
namespace {

constexpr int kMaxSmall = 63;
constexpr int kMaxFactorRefits = 3;

/// Large values matter more for a product, and all of them somewhat: |x| beside the root mean square of the part.
void part_weights(const float* x, float* weights) {
  float sum = 0;
  for (int i = 0; i < kPartElements; ++i) sum += x[i] * x[i];
  const float typical = std::sqrt(sum / kPartElements);
  for (int i = 0; i < kPartElements; ++i) weights[i] = typical + std::fabs(x[i]);
}

double part_error(const float* x, const float* weights, float scale, float minimum, int highest) {
  double error = 0;
  const float inverse = scale > 0 ? 1 / scale : 0;
  for (int i = 0; i < kPartElements; ++i) {
    const float q = static_cast<float>(rounded_within((x[i] + minimum) * inverse, 0, highest));
    const double difference = static_cast<double>(x[i]) - static_cast<double>(scale * q - minimum);
    error += static_cast<double>(weights[i]) * difference * difference;
  }
  return error;
}

/// Moves a part's small scale and minimum to the best of their neighbours under the stored f16 factors.
double choose_small(const float* x, const float* weights, float scale, float minimum, int highest, SmallScale& part) {
  const SmallScale start = part;
  double best = HUGE_VAL;
  for (int s = std::max(0, start.scale - 1); s <= std::min(kMaxSmall, start.scale + 1); ++s)
    for (int m = std::max(0, start.minimum - 1); m <= std::min(kMaxSmall, start.minimum + 1); ++m) {
      const double error =
          part_error(x, weights, scale * static_cast<float>(s), minimum * static_cast<float>(m), highest);
      if (error < best) {
        best = error;
        part = {static_cast<uint8_t>(s), static_cast<uint8_t>(m)};
      }
    }
  return best;
}

/// Chooses the small scales and quants for the block's two factors; returns the weighted error.
double fill_super_block(const float* x, const float* weights, int highest, const ScaleAndMinimum* wanted,
                        SuperBlock& block) {
  const float scale = f32_from_f16(block.scale), minimum = f32_from_f16(block.minimum);
  double error = 0;
  for (int p = 0; p < kParts; ++p) {
    const float* const part_x = x + p * kPartElements;
    SmallScale& part = block.parts[p];
    part.scale = static_cast<uint8_t>(scale > 0 ? rounded_within(wanted[p].scale / scale, 0, kMaxSmall) : 0);
    part.minimum = static_cast<uint8_t>(minimum > 0 ? rounded_within(wanted[p].minimum / minimum, 0, kMaxSmall) : 0);
    error += choose_small(part_x, weights + p * kPartElements, scale, minimum, highest, part);
    const float part_scale = scale * static_cast<float>(part.scale), inverse = part_scale > 0 ? 1 / part_scale : 0;
    const float part_minimum = minimum * static_cast<float>(part.minimum);
    for (int i = 0; i < kPartElements; ++i)
      block.quants[p * kPartElements + i] =
          static_cast<uint8_t>(rounded_within((part_x[i] + part_minimum) * inverse, 0, highest));
  }
  return error;
}

/// Least squares for the two factors with small scales and quants as they are. Returns false where there is no better.
bool refit_factors(const float* x, const float* weights, SuperBlock& block) {
  double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;  // x = scale * a - minimum * b
  for (int i = 0; i < kSuper; ++i) {
    const SmallScale part = block.parts[i / kPartElements];
    const double w = weights[i], a = part.scale * block.quants[i], b = part.minimum;
    aa += w * a * a;
    ab += w * a * b;
    bb += w * b * b;
    ax += w * a * static_cast<double>(x[i]);
    bx += w * b * static_cast<double>(x[i]);
  }
  const double determinant = aa * bb - ab * ab;
  double scale = aa > 0 ? ax / aa : 0, minimum = 0;
  if (determinant > 1e-9 * aa * bb) {
    scale = (ax * bb - ab * bx) / determinant;
    minimum = (ab * ax - aa * bx) / determinant;
  }
  if (!(scale > 0) || minimum < 0) return false;
  block.scale = f16_from_f32(static_cast<float>(scale));
  block.minimum = f16_from_f32(static_cast<float>(minimum));
  return true;
}

}  // namespace

SmallScale small_scale(const uint8_t* packed, int part) {
  if (part < 4) return {static_cast<uint8_t>(packed[part] & 63), static_cast<uint8_t>(packed[part + 4] & 63)};
  return {static_cast<uint8_t>((packed[part + 4] & 0xf) | (packed[part - 4] >> 6) << 4),
          static_cast<uint8_t>((packed[part + 4] >> 4) | (packed[part] >> 6) << 4)};
}

void pack_small_scales(const SmallScale* parts, uint8_t* packed) {
  for (int p = 0; p < 4; ++p) {
    const SmallScale low = parts[p], high = parts[p + 4];
    packed[p] = static_cast<uint8_t>(low.scale | (high.scale >> 4) << 6);
    packed[p + 4] = static_cast<uint8_t>(low.minimum | (high.minimum >> 4) << 6);
    packed[p + 8] = static_cast<uint8_t>((high.scale & 0xf) | (high.minimum & 0xf) << 4);
  }
}

SuperBlock quantize_super_block(const float* x, int highest) {
  float weights[kSuper];
  ScaleAndMinimum wanted[kParts];
  float largest_scale = 0, largest_minimum = 0;
  for (int p = 0; p < kParts; ++p) {
    part_weights(x + p * kPartElements, weights + p * kPartElements);
    wanted[p] = fit_scale_and_minimum(x + p * kPartElements, weights + p * kPartElements, kPartElements, highest, true);
    largest_scale = std::max(largest_scale, wanted[p].scale);
    largest_minimum = std::max(largest_minimum, wanted[p].minimum);
  }
  SuperBlock best;
  best.scale = f16_from_f32(largest_scale / kMaxSmall);
  best.minimum = f16_from_f32(largest_minimum / kMaxSmall);
  double best_error = fill_super_block(x, weights, highest, wanted, best);
  for (int round = 0; round < kMaxFactorRefits; ++round) {
    SuperBlock next = best;
    if (!refit_factors(x, weights, next)) break;
    const double error = fill_super_block(x, weights, highest, wanted, next);
    if (!(error < best_error)) break;
    best = next;
    best_error = error;
  }
  return best;
}

}  // namespace vitrine::blocks
