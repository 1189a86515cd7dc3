// Rates of attention on every kernel set: GFLOP/s of the visible (causal) half, as a share of the multiply-add peak
// that the same instructions reach from registers.
#include <benchmark/benchmark.h>
#include <time.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "core/memory.h"
#include "kernels/attention.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"
#include "kernels/kernel_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention_bench.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {

/// Twelve chains of multiply-adds in registers; returns the operations done.
double multiply_adds(int64_t steps, float* sink) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, sink[0]), y = hn::Set(d, sink[1]);
  // Different from each other, or the compiler keeps one chain for all.
  auto a0 = hn::Set(d, sink[0] * 0), a1 = hn::Set(d, sink[0] * 1), a2 = hn::Set(d, sink[0] * 2);
  auto a3 = hn::Set(d, sink[0] * 3), a4 = hn::Set(d, sink[0] * 4), a5 = hn::Set(d, sink[0] * 5);
  auto a6 = hn::Set(d, sink[0] * 6), a7 = hn::Set(d, sink[0] * 7), a8 = hn::Set(d, sink[0] * 8);
  auto a9 = hn::Set(d, sink[0] * 9), a10 = hn::Set(d, sink[0] * 10), a11 = hn::Set(d, sink[0] * 11);
  for (int64_t i = 0; i < steps; ++i) {
    a0 = hn::MulAdd(a0, x, y), a1 = hn::MulAdd(a1, x, y), a2 = hn::MulAdd(a2, x, y), a3 = hn::MulAdd(a3, x, y);
    a4 = hn::MulAdd(a4, x, y), a5 = hn::MulAdd(a5, x, y), a6 = hn::MulAdd(a6, x, y), a7 = hn::MulAdd(a7, x, y);
    a8 = hn::MulAdd(a8, x, y), a9 = hn::MulAdd(a9, x, y), a10 = hn::MulAdd(a10, x, y), a11 = hn::MulAdd(a11, x, y);
  }
  const auto sum =
      hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
              hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)), hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
  sink[2] = hn::GetLane(sum);
  return static_cast<double>(steps) * 12 * 2 * hn::Lanes(d);
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels {
namespace cpu {
double run_multiply_adds(KernelSet set, int64_t steps, float* sink) {
  return VITRINE_KERNEL(set, multiply_adds)(steps, sink);
}
}  // namespace cpu
namespace {

/// Processor time of this thread: on a busy machine, the wall counts the time of others.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Floating-point operations per second of one thread, the best of short runs.
double measure_peak(KernelSet set) {
  float sink[3] = {0.999f, 0.001f, 0.0f};
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const double start_s = thread_seconds();
    const double operations = cpu::run_multiply_adds(set, 300000, sink);
    best = std::max(best, operations / (thread_seconds() - start_s));
  }
  benchmark::DoNotOptimize(sink[2]);
  return best;
}

/// Tensor memory, with the large pages that it has in the product.
class Buffer {
 public:
  explicit Buffer(int64_t count) : storage_(std::make_unique<Storage>(count * 4)), size_(count) {
    std::memset(data(), 0, count * 4);
  }
  float* data() const { return reinterpret_cast<float*>(storage_->data()); }
  int64_t size() const { return size_; }

 private:
  std::unique_ptr<Storage> storage_;
  int64_t size_;
};

struct BenchCase {
  const char* name;
  int64_t batch, queries, keys, heads, key_heads, head_width;
};

constexpr BenchCase kCases[] = {
    {"B4_T256_H12_D64", 4, 256, 256, 12, 12, 64},         {"B12_T256_H6_D64", 12, 256, 256, 6, 6, 64},
    {"B1_T1024_H12_D64", 1, 1024, 1024, 12, 12, 64},      {"B12_T256_H6_D32", 12, 256, 256, 6, 6, 32},
    {"B4_T512_H8_G2_D128", 4, 512, 512, 8, 2, 128},       {"decode_S4096_H12_D64", 1, 1, 4096, 12, 12, 64},
    {"decode_S4096_H16_G8_D128", 1, 1, 4096, 16, 8, 128},
};

void run_case(benchmark::State& state, KernelSet set, const BenchCase& c, bool backward) {
  ThreadPool pool(1);
  Arena arena;
  const KernelContext context{&pool, &arena, set};
  // One row of a token holds q, k and v, as the projection before attention leaves them; decoding has a cache.
  const bool decode = c.queries != c.keys;
  const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
  const int64_t stride = decode ? k_width : q_width + 2 * k_width;
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  auto random = [&](int64_t count) {
    Buffer values(count);
    for (int64_t i = 0; i < count; ++i) values.data()[i] = normal(generator);
    return values;
  };
  const Buffer qkv = random(c.batch * c.queries * (q_width + 2 * k_width)), gradient(qkv.size());
  const Buffer cache = random(decode ? 2 * c.batch * c.keys * k_width : 0);
  const Buffer out(c.batch * c.queries * q_width), out_gradient = random(out.size());
  const Buffer log_sum_exp(c.batch * c.heads * c.queries);
  const int64_t kv_batch = c.keys * stride, q_stride = q_width + 2 * k_width, q_batch = c.queries * q_stride;
  AttentionForwardArgs forward{.shape = {.batch = c.batch,
                                         .queries = c.queries,
                                         .keys = c.keys,
                                         .heads = c.heads,
                                         .key_heads = c.key_heads,
                                         .head_width = c.head_width,
                                         .scale = 1.0f / std::sqrt(static_cast<float>(c.head_width))}};
  forward.q = {qkv.data(), q_batch, q_stride};
  forward.k = {decode ? cache.data() : qkv.data() + q_width, kv_batch, stride};
  forward.v = {decode ? cache.data() + c.batch * c.keys * k_width : qkv.data() + q_width + k_width, kv_batch, stride};
  forward.out = {out.data(), c.queries * q_width, q_width};
  forward.log_sum_exp = log_sum_exp.data();
  attention_forward(context, forward);
  const AttentionBackwardArgs args{.shape = forward.shape,
                                   .q = forward.q,
                                   .k = forward.k,
                                   .v = forward.v,
                                   .out = {out.data(), c.queries * q_width, q_width},
                                   .out_gradient = {out_gradient.data(), c.queries * q_width, q_width},
                                   .log_sum_exp = log_sum_exp.data(),
                                   .q_gradient = {gradient.data(), q_batch, q_stride},
                                   .k_gradient = {gradient.data() + q_width, q_batch, q_stride},
                                   .v_gradient = {gradient.data() + q_width + k_width, q_batch, q_stride}};
  const double peak = measure_peak(set);
  double best_s = 1e9;
  for (auto _ : state) {
    const double start_s = thread_seconds();
    if (backward)
      attention_backward(context, args);
    else
      attention_forward(context, forward);
    best_s = std::min(best_s, thread_seconds() - start_s);
  }
  const double seen = c.queries * (c.keys - c.queries) + 0.5 * c.queries * (c.queries + 1);
  const double operations = (backward ? 10.0 : 4.0) * c.batch * c.heads * c.head_width * seen;
  state.counters["gflops_best"] = operations / best_s / 1e9;
  state.counters["gflops"] = benchmark::Counter(operations / 1e9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak_gflops"] = peak / 1e9;
  state.counters["peak_share_best"] = operations / best_s / peak;
  if (decode) state.counters["cache_GB_per_s_best"] = 2.0 * 4 * c.batch * c.keys * k_width / best_s / 1e9;
}

const bool kRegistered = [] {
  for (const KernelSet set : available_kernel_sets())
    for (const BenchCase& c : kCases)
      for (const bool backward : {false, true}) {
        if (backward && c.queries != c.keys) continue;
        const std::string name = std::string("attention/") + std::string(kernel_set_name(set)) + "/" + c.name +
                                 (backward ? "/backward" : "/forward");
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
          run_case(state, set, c, backward);
        })->Unit(benchmark::kMillisecond);
      }
  return true;
}();

}  // namespace
}  // namespace vitrine::kernels
#endif
