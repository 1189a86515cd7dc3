// Counter-based random numbers: a draw is a pure function of (seed, stream, step, index), whatever the thread.
#pragma once

#include <array>
#include <cstdint>

namespace vitrine {

/// Four 32-bit words of Philox4x32-10 for a 128-bit counter and a 64-bit key.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A named place in the random number space. Streams keep unrelated uses apart (data order, dropout, sampling …).
struct RngKey {
  uint64_t seed = 0;
  uint32_t stream = 0;
  uint32_t step = 0;

  /// Four words for item `index` of this key.
  std::array<uint32_t, 4> at(uint64_t index) const {
    return philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), step, stream},
                      {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  }
};

/// Uniform in [0, 1) with 24 bits, from one word.
inline float uniform_from_bits(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1.0p-24f; }

/// A sequential view of one key, for code that draws one number after another.
/// Threads: not safe; make one per key.
class Rng {
 public:
  explicit Rng(RngKey key) : key_(key) {}
  Rng(uint64_t seed, uint32_t stream, uint32_t step = 0) : key_{seed, stream, step} {}

  uint32_t next_u32();
  uint64_t next_u64();
  /// Uniform in [0, 1) with 53 bits.
  double next_uniform();
  /// Uniform integer in [0, bound), without modulo bias. bound > 0.
  uint64_t next_below(uint64_t bound);
  /// Standard normal (Box-Muller, both halves used).
  double next_normal();

 private:
  RngKey key_;
  uint64_t index_ = 0;
  std::array<uint32_t, 4> words_{};
  int num_left_ = 0;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace vitrine
