#include "core/rng.h"

#include <cmath>
#include <numbers>

namespace vitrine {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  constexpr uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = kMultiplier0 * counter[0];
    const uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

uint32_t Rng::next_u32() {
  if (num_left_ == 0) {
    words_ = key_.at(index_++);
    num_left_ = 4;
  }
  return words_[static_cast<size_t>(4 - num_left_--)];
}

uint64_t Rng::next_u64() {
  const uint64_t high = next_u32();
  return high << 32 | next_u32();
}

double Rng::next_uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

uint64_t Rng::next_below(uint64_t bound) {
  const uint64_t limit = -bound % bound;  // 2^64 mod bound: draws below it would be one too many
  for (;;) {
    const uint64_t draw = next_u64();
    if (draw >= limit) return draw % bound;
  }
}

double Rng::next_normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - next_uniform()));
  const double angle = 2.0 * std::numbers::pi * next_uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace vitrine
