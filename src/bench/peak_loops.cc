#include "bench/peak_loops.h"

#include <cstddef>

#include "base/prefetch.h"
#include "bench/amx_loops.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace vitrine::bench {
namespace {

// Sums a loop ends with are stored here, so that the compiler keeps it.
volatile float float_sink;
volatile int int_sink;

double clock_loop(int64_t iterations) {
  chain_of_additions(iterations);
  return static_cast<double>(iterations) * kChainLength;
}

// The rounds of a loop: 12 or 16 accumulators, more than latency times throughput of any processor of today. (vdpbf16ps
// gives on Sapphire Rapids the same from 12 to 24: one every second cycle, half the operations of two f32 a cycle.) The
// empty asm keeps the compiler from taking the operands for constants.
#define VITRINE_PEAK_LOOP(kSums, Vector, start, step, x, y, constraint, operations)   \
  Vector sums[kSums];                                                                 \
  _Pragma("GCC unroll 16") for (int j = 0; j < kSums; ++j) sums[j] = start(j);        \
  for (int64_t i = 0; i < iterations; ++i) {                                          \
    asm volatile("" : "+" constraint(x), "+" constraint(y));                          \
    _Pragma("GCC unroll 16") for (int j = 0; j < kSums; ++j) sums[j] = step(sums[j]); \
  }                                                                                   \
  const double done = static_cast<double>(iterations) * kSums * (operations)

// Uses every sum, by constant index so that they stay in registers.
#define VITRINE_KEEP(sums, statement) \
  _Pragma("GCC unroll 16") for (size_t j = 0; j < sizeof(sums) / sizeof(sums[0]); ++j) statement

/// Asks for the 64 floats that come so many bytes after these: the processor's own look-ahead ends with the page.
template <int kAheadBytes>
inline void ask_ahead(const float* data) {
  constexpr int kAhead = kAheadBytes / 4, kLineFloats = 16;
  if constexpr (kAhead > 0)
    for (int line = 0; line < 4; ++line) prefetch_line(data + kAhead + kLineFloats * line);
}

#if defined(__x86_64__)

typedef float Float4 __attribute__((vector_size(16)));

double f32_128_loop(int64_t iterations) {
  Float4 x = {0.999f, 0.999f, 0.999f, 0.999f}, y = {0.001f, 0.001f, 0.001f, 0.001f};
#define START(j) (Float4{} + static_cast<float>(j))
#define STEP(sum) ((sum) * x + y)
  VITRINE_PEAK_LOOP(12, Float4, START, STEP, x, y, "x", 8);
#undef START
#undef STEP
  VITRINE_KEEP(sums, float_sink = sums[j][0]);
  return done;
}

__attribute__((target("avx2,fma"))) double f32_256_loop(int64_t iterations) {
  __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
#define START(j) _mm256_set1_ps(static_cast<float>(j))
#define STEP(sum) _mm256_fmadd_ps(sum, x, y)
  VITRINE_PEAK_LOOP(12, __m256, START, STEP, x, y, "x", 16);
#undef START
#undef STEP
  VITRINE_KEEP(sums, float_sink = _mm256_cvtss_f32(sums[j]));
  return done;
}

__attribute__((target("avx512f"))) double f32_512_loop(int64_t iterations) {
  __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
#define START(j) _mm512_set1_ps(static_cast<float>(j))
#define STEP(sum) _mm512_fmadd_ps(sum, x, y)
  VITRINE_PEAK_LOOP(16, __m512, START, STEP, x, y, "v", 32);
#undef START
#undef STEP
  VITRINE_KEEP(sums, float_sink = _mm512_cvtss_f32(sums[j]));
  return done;
}

__attribute__((target("avx512f,avx512bf16"))) double bf16_512_loop(int64_t iterations) {
  __m512i x = _mm512_set1_epi16(0x3f80), y = _mm512_set1_epi16(0x3c00);  // 1 and 1/128
#define START(j) _mm512_set1_ps(static_cast<float>(j))
#define STEP(sum) _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y)
  VITRINE_PEAK_LOOP(16, __m512, START, STEP, x, y, "v", 64);
#undef START
#undef STEP
  VITRINE_KEEP(sums, float_sink = _mm512_cvtss_f32(sums[j]));
  return done;
}

__attribute__((target("avx512f,avx512vnni"))) double int8_512_loop(int64_t iterations) {
  __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(-2);
#define START(j) _mm512_set1_epi32(j)
#define STEP(sum) _mm512_dpbusd_epi32(sum, x, y)
  VITRINE_PEAK_LOOP(16, __m512i, START, STEP, x, y, "v", 128);
#undef START
#undef STEP
  VITRINE_KEEP(sums, int_sink = _mm512_cvtsi512_si32(sums[j]));
  return done;
}

__attribute__((target("avx2,avxvnni"))) double int8_256_loop(int64_t iterations) {
  __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(-2);
#define START(j) _mm256_set1_epi32(j)
#define STEP(sum) _mm256_dpbusd_avx_epi32(sum, x, y)
  VITRINE_PEAK_LOOP(12, __m256i, START, STEP, x, y, "x", 64);
#undef START
#undef STEP
  VITRINE_KEEP(sums, int_sink = _mm256_extract_epi32(sums[j], 0));
  return done;
}

__attribute__((target("avx2"))) double int8_madd_loop(int64_t iterations) {
  __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(-2), ones = _mm256_set1_epi16(1);
  __m256i sums[6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) sums[j] = _mm256_set1_epi32(j);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) {
      asm volatile("" : "+x"(x), "+x"(y));  // each product of its own
      sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), ones));
    }
  }
  VITRINE_KEEP(sums, int_sink = _mm256_extract_epi32(sums[j], 0));
  return static_cast<double>(iterations) * 6 * 64;
}

bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}

template <int kStreams, int kAheadBytes>
__attribute__((target("avx2"))) float read_all_avx2(const float* data, int64_t count) {
  __m256 sums[8];
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) sums[j] = _mm256_setzero_ps();
  for (int64_t i = 0; i < count / kStreams; i += 64)
#pragma GCC unroll 2
    for (int stream = 0; stream < kStreams; ++stream) {
      const float* const from = data + stream * (count / kStreams) + i;
      ask_ahead<kAheadBytes>(from);
#pragma GCC unroll 8
      for (int j = 0; j < 8; ++j) sums[j] = _mm256_add_ps(sums[j], _mm256_loadu_ps(from + 8 * j));
    }
  float total = 0;
  for (const __m256& sum : sums) total += _mm256_cvtss_f32(sum);
  return total;
}

#else

typedef float Float4 __attribute__((vector_size(16)));

double f32_128_loop(int64_t iterations) {
  Float4 sums[16];
  Float4 x = {0.999f, 0.999f, 0.999f, 0.999f};
#pragma GCC unroll 16
  for (int j = 0; j < 16; ++j) sums[j] = Float4{} + static_cast<float>(j);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < 16; ++j) {
#if defined(__aarch64__)
      asm volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(sums[j]) : "w"(x));
#else
      sums[j] = sums[j] * x + x;
#endif
    }
  }
  VITRINE_KEEP(sums, float_sink = sums[j][0]);
  return static_cast<double>(iterations) * 16 * 8;
}

#endif

template <int kStreams, int kAheadBytes>
float read_all_128(const float* data, int64_t count) {
  typedef float Float16 __attribute__((vector_size(64)));
  Float16 sum = {};
  for (int64_t i = 0; i < count / kStreams; i += 64)
    for (int stream = 0; stream < kStreams; ++stream) {
      const float* const from = data + stream * (count / kStreams) + i;
      ask_ahead<kAheadBytes>(from);
      for (int64_t j = 0; j < 64; j += 16) {
        Float16 next;
        __builtin_memcpy(&next, from + j, sizeof(next));
        sum += next;
      }
    }
  return sum[0] + sum[15];
}

template <int kStreams, int kAheadBytes>
float read_all(const float* data, int64_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return read_all_avx2<kStreams, kAheadBytes>(data, count);
#endif
  return read_all_128<kStreams, kAheadBytes>(data, count);
}

}  // namespace

int64_t chain_of_additions(int64_t iterations) {
  // Registers are added: Golden Cove's renamer folds additions of a constant, several to a cycle.
  int64_t x = 0, step = 1;
  for (int64_t i = 0; i < iterations; ++i) {
#if defined(__x86_64__)
    asm volatile("add %1,%0\n add %1,%0\n add %1,%0\n add %1,%0\n add %1,%0\n add %1,%0\n add %1,%0\n add %1,%0"
                 : "+r"(x)
                 : "r"(step));
#elif defined(__aarch64__)
    asm volatile(
        "add %0,%0,%1\n add %0,%0,%1\n add %0,%0,%1\n add %0,%0,%1\n"
        "add %0,%0,%1\n add %0,%0,%1\n add %0,%0,%1\n add %0,%0,%1"
        : "+r"(x)
        : "r"(step));
#else
    for (int j = 0; j < kChainLength; ++j) {
      asm volatile("" : "+r"(x), "+r"(step));
      x += step;
    }
#endif
  }
  int_sink = static_cast<int>(x);
  return x;
}

PeakLoops peak_loops() {
  PeakLoops loops{.clock = &clock_loop, .f32_128 = &f32_128_loop, .int8_instruction = {}};
#if defined(__x86_64__)
  const auto use_int8 = [&](PeakLoop loop, const char* instruction) {
    loops.int8 = loop;
    loops.int8_instruction = instruction;
  };
  if (__builtin_cpu_supports("avx2")) use_int8(&int8_madd_loop, "maddubs+madd");
  if (has_avx_vnni()) use_int8(&int8_256_loop, "vpdpbusd 256");
  if (__builtin_cpu_supports("avx512vnni")) use_int8(&int8_512_loop, "vpdpbusd 512");
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) loops.f32_256 = &f32_256_loop;
  if (__builtin_cpu_supports("avx512f")) loops.f32_512 = &f32_512_loop;
  if (__builtin_cpu_supports("avx512bf16")) loops.bf16 = &bf16_512_loop;
  const AmxLoops amx = amx_loops();
  loops.amx_bf16 = amx.bf16;
  loops.amx_int8 = amx.int8;
#endif
  return loops;
}

float read_all(const float* data, int64_t count, ReadStyle style) {
  switch (style) {
    case ReadStyle::kPlain:
      return read_all<1, 0>(data, count);
    case ReadStyle::kAskingAhead:
      return read_all<1, 2048>(data, count);
    case ReadStyle::kTwoStreams:
      return read_all<2, 768>(data, count);
  }
  return 0;
}

}  // namespace vitrine::bench
