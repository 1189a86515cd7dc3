// Quantized products in plain C++, and which bodies a processor takes.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "base/prefetch.h"
#include "core/dtype.h"
#include "kernels/cpu/quantized_kernels.h"
#define VITRINE_UNROLL_ROWS
#define VITRINE_KEEP_LOOP
#include "kernels/cpu/quantized_tile-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct Portable {
  struct Bytes {
    uint8_t at[kGroupBytes];
  };
  struct Ints {
    int32_t at[kPanelRows];
  };
  struct Floats {
    float at[kPanelRows];
  };
  static constexpr bool kDotsSigned = false;
  static constexpr int kPackedTileRows = 8, kDotRows = 8;
  static constexpr int kPairedRows = 1, kPairedRowsOfBytes = 1, kValueRows = 0;

  static Bytes load_bytes(const uint8_t* p) {
    Bytes v;
    std::memcpy(v.at, p, sizeof(v.at));
    return v;
  }
  static void store_bytes(const Bytes& v, uint8_t* p) { std::memcpy(p, v.at, sizeof(v.at)); }
  /// Bits [from, from + count) of each byte, moved to `to`.
  template <int kFrom, int kCount, int kTo>
  static Bytes bits(Bytes v) {
    for (uint8_t& byte : v.at) byte = static_cast<uint8_t>((byte >> kFrom & ((1 << kCount) - 1)) << kTo);
    return v;
  }
  static Bytes combine(Bytes v, const Bytes& w) {
    for (int i = 0; i < kGroupBytes; ++i) v.at[i] = static_cast<uint8_t>(v.at[i] | w.at[i]);
    return v;
  }

  static Ints zero_ints() { return {}; }
  static Ints splat_ints(const int32_t* p) {
    Ints v;
    for (int32_t& value : v.at) value = *p;
    return v;
  }
  template <bool>
  static Ints dot(Ints sums, const Bytes& codes, const int8_t* x) {
    for (int i = 0; i < kPanelRows; ++i)
      sums.at[i] +=
          codes.at[4 * i] * x[0] + codes.at[4 * i + 1] * x[1] + codes.at[4 * i + 2] * x[2] + codes.at[4 * i + 3] * x[3];
    return sums;
  }

  /// 256 a + b.
  static Ints add_256_fold(const Ints& a, const Ints& b) {
    Ints v;
    for (int i = 0; i < kPanelRows; ++i) v.at[i] = 256 * a.at[i] + b.at[i];
    return v;
  }

  template <typename Function>
  static Floats each(Function value) {
    Floats v;
    for (int i = 0; i < kPanelRows; ++i) v.at[i] = value(i);
    return v;
  }
  static Floats zero() { return {}; }
  static Floats load(const float* p) {
    Floats v;
    std::memcpy(v.at, p, sizeof(v.at));
    return v;
  }
  static void store(const Floats& v, float* p) { std::memcpy(p, v.at, sizeof(v.at)); }
  static Floats splat(const float* p) {
    return each([p](int) { return *p; });
  }
  static Floats add(const Floats& v, const Floats& w) {
    return each([&](int i) { return v.at[i] + w.at[i]; });
  }
  static Floats multiply(const Floats& v, const Floats& w) {
    return each([&](int i) { return v.at[i] * w.at[i]; });
  }
  static Floats multiply_add(const Floats& v, const Floats& w, const Floats& sum) {
    return each([&](int i) { return v.at[i] * w.at[i] + sum.at[i]; });
  }
  static Floats from_ints(const Ints& v) {
    return each([&](int i) { return static_cast<float>(v.at[i]); });
  }
  static Floats from_halves(const uint8_t* p) {
    return each([p](int i) {
      uint16_t bits = 0;
      std::memcpy(&bits, p + 2 * i, 2);
      return f32_from_f16(bits);
    });
  }
  static Floats from_bytes(const uint8_t* p) {
    return each([p](int i) { return static_cast<float>(p[i]); });
  }
  static Floats from_signed_bytes(const uint8_t* p) {
    return each([p](int i) { return static_cast<float>(static_cast<int8_t>(p[i])); });
  }
  static Floats from_low_halves(const uint8_t* p) {
    return each([p](int i) { return static_cast<float>(p[i] & 15); });
  }
  static Floats from_high_halves(const uint8_t* p) {
    return each([p](int i) { return static_cast<float>(p[i] >> 4); });
  }

  /// Infinite and undefined values turn into -128, as the vector instructions have it.
  static int8_t rounded(float value) {
    if (!(std::fabs(value) <= 128.0f)) return -128;
    return static_cast<int8_t>(std::lrint(value));
  }
  /// Taken among bit patterns, so that NaN and infinity reach the scale.
  static float largest_magnitude(const float* x) {
    uint32_t largest = 0;
    for (int i = 0; i < kBlock; ++i) largest = std::max(largest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffffu);
    return std::bit_cast<float>(largest);
  }
  /// x * inverse to nearest even; with `kClamps` within 127 of either sign, for values that may lie beyond.
  template <bool kClamps>
  static void round_block(const float* x, float inverse, int8_t* bytes, int32_t* half_sums) {
    half_sums[0] = half_sums[1] = 0;
    for (int i = 0; i < kBlock; ++i) {
      float value = x[i] * inverse;
      if (kClamps) value = value < 127.0f ? value : 127.0f;
      if (kClamps) value = value > -127.0f ? value : -127.0f;
      bytes[i] = rounded(value);
      half_sums[i / 16] += bytes[i];
    }
  }
};

}  // namespace

constinit const QuantizedKernels kQuantizedPortable = make_kernels<Portable>();

#if defined(__x86_64__)
namespace {

/// With the dot product of bf16 where the processor has it.
const QuantizedKernels& avx512_kernels() {
  static const QuantizedKernels kernels = [] {
    QuantizedKernels with_halves = kQuantizedAvx512;
    if (__builtin_cpu_supports("avx512bf16")) with_halves.formats[panel_format_index(DType::kBF16)] = kHalvesAvx512;
    return with_halves;
  }();
  return kernels;
}

}  // namespace
#elif defined(__aarch64__)
namespace {

bool has_dot_product_of_bytes() {
#if defined(__linux__)
  static const bool has_it = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  return has_it;
#else
  return true;  // every processor of Apple's that runs macOS
#endif
}

}  // namespace
#endif

const QuantizedKernels& quantized_kernels(KernelSet set) {
#if defined(__x86_64__)
  static const bool has_vnni = __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
                               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (kernels_like(set) == KernelSet::kAvx512 && has_vnni) return avx512_kernels();
  if (set != KernelSet::kPortable) return kQuantizedAvx2;
#elif defined(__aarch64__)
  if (set != KernelSet::kPortable) return has_dot_product_of_bytes() ? kQuantizedNeonDot : kQuantizedNeon;
#endif
  (void)set;
  return kQuantizedPortable;
}

}  // namespace vitrine::kernels::cpu
