// GFLOP/s of gemm at training, decoding and attention shapes. Names: Gemm/direction/set/MxKxN of the forward product
// /threads; fwd is c[M,N] = a[M,K] b[K,N], dX is c[M,K] = dY b^T, dW is c[K,N] += a^T dY.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "core/memory.h"
#include "kernels/gemm.h"
#include "kernels/kernel_sets.h"

namespace vitrine::kernels {
namespace {

enum class Direction { kForward, kInputGradient, kWeightGradient };

struct Shape {
  int64_t m, k, n;
};

class Floats {
 public:
  explicit Floats(int64_t count) : storage_(count * 4) {
    for (int64_t i = 0; i < count; ++i) data()[i] = static_cast<float>(i % 17 - 8) / 8;
  }
  float* data() const { return reinterpret_cast<float*>(storage_.data()); }

 private:
  Storage storage_;
};

GemmArgs arguments(Direction direction, const Shape& s, float* x, float* w, float* y) {
  const GemmMatrix x_rows{x, s.k, 1}, x_columns{x, 1, s.k}, w_rows{w, s.n, 1}, w_columns{w, 1, s.n}, y_rows{y, s.n, 1};
  switch (direction) {
    case Direction::kForward:
      return {.m = s.m, .n = s.n, .k = s.k, .a = x_rows, .b = w_rows, .c = y, .c_row_stride = s.n};
    case Direction::kInputGradient:
      return {.m = s.m, .n = s.k, .k = s.n, .a = y_rows, .b = w_columns, .c = x, .c_row_stride = s.k};
    case Direction::kWeightGradient:
      return {.m = s.k, .n = s.n, .k = s.m, .a = x_columns, .b = y_rows, .c = w, .c_row_stride = s.n};
  }
  return {};
}

void run(benchmark::State& state, const GemmArgs& args, KernelSet set, int num_threads, bool packed, double bytes = 0) {
  ThreadPool pool(num_threads);
  Arena arena;
  const KernelContext context{.pool = &pool, .arena = &arena, .kernel_set = set};
  GemmArgs used = args;
  std::unique_ptr<PackedMatrix> packed_b;
  if (packed) {
    packed_b = std::make_unique<PackedMatrix>(context, args.b, args.k, args.n);
    used.packed_b = packed_b.get();
  }
  gemm(context, used);
  for (auto _ : state) gemm(context, used);
  const auto count = [&](double each) {
    return benchmark::Counter(each, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
  };
  state.counters["FLOP/s"] = count(2.0 * static_cast<double>(args.m * args.n * args.k));
  if (bytes > 0) state.counters["B/s"] = count(bytes);
}

void run_training(benchmark::State& state, Direction direction, Shape s, KernelSet set, int num_threads) {
  const Floats x(s.m * s.k), w(s.k * s.n), y(s.m * s.n);
  run(state, arguments(direction, s, x.data(), w.data(), y.data()), set, num_threads, false);
}

void run_decoding(benchmark::State& state, Shape s, KernelSet set, int num_threads, bool packed) {
  const Floats x(s.m * s.k), w(s.k * s.n), y(s.m * s.n);
  GemmArgs args = arguments(Direction::kForward, s, x.data(), w.data(), y.data());
  args.b = {w.data(), 1, s.k};  // weights as they lie in model files: [n,k]
  run(state, args, set, num_threads, packed, 4.0 * static_cast<double>(s.k * s.n));
}

void run_decoding_16_bits(benchmark::State& state, Shape s, KernelSet set, int num_threads, DType dtype) {
  const Floats x(s.m * s.k), y(s.m * s.n);
  const std::vector<uint16_t> w(static_cast<size_t>(s.k * s.n), 0x3C01);
  ThreadPool pool(num_threads);
  Arena arena;
  const KernelContext context{.pool = &pool, .arena = &arena, .kernel_set = set};
  const PackedMatrix packed(context,
                            {.dtype = dtype, .n = s.n, .k = s.k, .data = reinterpret_cast<const std::byte*>(w.data())});
  GemmArgs args = arguments(Direction::kForward, s, x.data(), nullptr, y.data());
  args.packed_b = &packed;
  gemm(context, args);
  for (auto _ : state) gemm(context, args);
  const double bytes = 2.0 * static_cast<double>(s.k * s.n);
  state.counters["B/s"] =
      benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

void run_fused(benchmark::State& state, Shape s, KernelSet set, int num_threads) {
  const Floats x(s.m * s.k), w(s.k * s.n), y(s.m * s.n), pre(s.m * s.n), bias(s.n);
  GemmArgs args = arguments(Direction::kForward, s, x.data(), w.data(), y.data());
  args.bias = bias.data();
  args.pre_activation = pre.data();
  args.activation = Activation::kGelu;
  run(state, args, set, num_threads, false);
}

std::string name_of(const std::string& what, KernelSet set, const Shape& s, int num_threads) {
  return what + "/" + std::string(kernel_set_name(set)) + "/" + std::to_string(s.m) + "x" + std::to_string(s.k) + "x" +
         std::to_string(s.n) + "/threads:" + std::to_string(num_threads);
}

constexpr Shape kTraining[] = {{2048, 384, 384},  {2048, 384, 1536}, {2048, 1536, 384}, {2048, 768, 768},
                               {2048, 768, 2304}, {2048, 768, 3072}, {2048, 3072, 768}, {1024, 768, 50304}};
constexpr Shape kDecoding[] = {{1, 768, 768},   {1, 768, 3072},  {1, 3072, 768},   {1, 768, 50304}, {2, 768, 50304},
                               {4, 768, 50304}, {8, 768, 50304}, {16, 768, 50304}, {64, 768, 3072}};
constexpr Shape kSmall[] = {{64, 64, 64}, {64, 64, 256}, {32, 16, 32}, {256, 64, 256}, {1024, 8, 1024}, {8, 8, 8}};

void register_all() {
  for (const KernelSet set : available_kernel_sets())
    for (const int threads : {1, 2}) {
      const auto add = [&](const std::string& what, const Shape& s, auto function, auto... extra) {
        benchmark::RegisterBenchmark(name_of(what, set, s, threads).c_str(), [=](benchmark::State& state) {
          function(state, s, set, threads, extra...);
        })->UseRealTime();
      };
      for (const Shape& s : kTraining) {
        const auto in_direction = [](Direction direction) {
          return [direction](benchmark::State& state, Shape shape, KernelSet kernel_set, int num_threads) {
            run_training(state, direction, shape, kernel_set, num_threads);
          };
        };
        add("fwd", s, in_direction(Direction::kForward));
        add("dX", s, in_direction(Direction::kInputGradient));
        add("dW", s, in_direction(Direction::kWeightGradient));
      }
      add("fwd_bias_gelu", {2048, 768, 3072}, run_fused);
      for (const Shape& s : kDecoding) {
        add("packed", s, run_decoding, true);
        add("unpacked", s, run_decoding, false);
        add("f16", s, run_decoding_16_bits, DType::kF16);
        add("bf16", s, run_decoding_16_bits, DType::kBF16);
      }
      for (const Shape& s : kSmall) add("small", s, run_decoding, false);
    }
}

const bool registered = (register_all(), true);

}  // namespace
}  // namespace vitrine::kernels
