#include "bench/machine_limits.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "bench/peak_loops.h"
#include "bench/timing.h"

namespace vitrine::bench {
namespace {

/// Pins the calling thread to the index-th processor that the process may use (round robin).
void pin_to_processor(int index) {
  cpu_set_t allowed, chosen;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  index %= std::max(1, CPU_COUNT(&allowed));
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed) || index-- > 0) continue;
    CPU_ZERO(&chosen);
    CPU_SET(processor, &chosen);
    sched_setaffinity(0, sizeof(chosen), &chosen);
    return;
  }
}

/// Runs body(thread) on pinned threads that start together; returns the seconds from the first start to the last end.
double run_together(int num_threads, const std::function<void(int)>& body) {
  std::atomic<int> num_ready{0};
  std::vector<double> start(static_cast<size_t>(num_threads)), end(start);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < num_threads; ++thread)
    threads.emplace_back([&, thread] {
      pin_to_processor(thread);
      num_ready.fetch_add(1);
      while (num_ready.load() < num_threads) std::this_thread::yield();
      start[static_cast<size_t>(thread)] = now_seconds();
      body(thread);
      end[static_cast<size_t>(thread)] = now_seconds();
    });
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(end.begin(), end.end()) - *std::min_element(start.begin(), start.end());
}

struct Rates {
  double median = 0, best = 0;
};

/// Operations per second of a loop on all threads at once, in units of 1e9.
Rates measure_loop(PeakLoop loop, int num_threads, double seconds_per_sample, int samples) {
  int64_t iterations = 1024;
  for (double seconds = 0; seconds < seconds_per_sample; iterations *= 2)
    seconds = run_together(1, [&](int) { loop(iterations); });
  iterations /= 2;
  std::vector<double> rates;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> operations(static_cast<size_t>(num_threads));
    const double seconds =
        run_together(num_threads, [&](int thread) { operations[static_cast<size_t>(thread)] = loop(iterations); });
    double total = 0;
    for (const double each : operations) total += each;
    rates.push_back(total / seconds / 1e9);
  }
  return {median(rates), *std::max_element(rates.begin(), rates.end())};
}

int64_t available_memory_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  int64_t kilobytes = 0;
  while (file >> key >> kilobytes) {
    if (key == "MemAvailable:") return kilobytes * 1024;
    file.ignore(64, '\n');
  }
  return static_cast<int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

/// Memory of its own, given back at once: the cache of tensor memory stays as it is.
class Mapping {
 public:
  /// Takes less, down to `fewest_bytes`, where there is not so much.
  Mapping(int64_t num_bytes, int64_t fewest_bytes) {
    for (;; num_bytes /= 2) {
      num_bytes_ = static_cast<size_t>(num_bytes);
      data_ = mmap(nullptr, num_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (data_ != MAP_FAILED || num_bytes / 2 < fewest_bytes) break;
    }
    if (data_ == MAP_FAILED)
      throw Error(ErrorCode::kOutOfMemory, fmt::format("bench: no memory for the array to read ({} bytes)", num_bytes),
                  "end other programs first");
    madvise(data_, num_bytes_, MADV_HUGEPAGE);
  }
  ~Mapping() { munmap(data_, num_bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  int64_t num_bytes() const { return static_cast<int64_t>(num_bytes_); }
  float* floats() const { return static_cast<float*>(data_); }

 private:
  void* data_ = nullptr;
  size_t num_bytes_ = 0;
};

void check_arguments(int num_threads, double seconds_per_sample, int samples) {
  if (num_threads >= 0 && seconds_per_sample > 0 && samples > 0) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("measure machine limits: count or duration not positive (got {} threads, {} s, {} samples)",
                          num_threads, seconds_per_sample, samples));
}

}  // namespace

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const size_t colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "unknown";
}

MachineLimits measure_machine_limits(int num_threads, double seconds_per_sample, int samples, TraceRecorder* trace) {
  const TraceScope traced(trace, TraceKind::kRegion, "measure machine");
  check_arguments(num_threads, seconds_per_sample, samples);
  MachineLimits limits;
  limits.num_threads = num_threads > 0 ? num_threads : available_processors();
  limits.processor = processor_name();
  const PeakLoops loops = peak_loops();
  const auto measure = [&](PeakLoop loop) {
    const TraceScope traced_peak(trace, TraceKind::kRegion, "measure peak");
    return measure_loop(loop, limits.num_threads, seconds_per_sample, samples).median;
  };
  const auto measure_if_there = [&](PeakLoop loop) {
    return loop ? std::optional<double>(measure(loop)) : std::nullopt;
  };
  const Rates alone = measure_loop(loops.clock, 1, seconds_per_sample, samples);
  const Rates together = measure_loop(loops.clock, limits.num_threads, seconds_per_sample, samples);
  const double best = std::max(alone.best, together.best / limits.num_threads);
  limits.clock_ghz = clock_ghz_from(best * 1e9);
  limits.clock_all_ghz = together.median / limits.num_threads;
  limits.processors_present = together.median / best;
  limits.f32_128_gflops = measure(loops.f32_128);
  limits.f32_256_gflops = measure_if_there(loops.f32_256);
  limits.f32_512_gflops = measure_if_there(loops.f32_512);
  for (const auto& rate : {limits.f32_128_gflops, limits.f32_256_gflops, limits.f32_512_gflops})
    limits.f32_gflops = std::max(limits.f32_gflops, rate.value_or(0));
  limits.bf16_gflops = measure_if_there(loops.bf16);
  limits.int8_gops = measure_if_there(loops.int8);
  limits.int8_instruction = loops.int8_instruction;
  limits.amx_bf16_gflops = measure_if_there(loops.amx_bf16);
  limits.amx_int8_gops = measure_if_there(loops.amx_int8);
  const TraceScope traced_reading(trace, TraceKind::kRegion, "measure read bandwidth");
  const ReadProbe probe(limits.num_threads);
  limits.read_array_bytes = probe.num_bytes();
  limits.read_gbps = probe.read_gbps(samples);
  return limits;
}

double measure_f32_gflops(int num_threads, double seconds_per_sample, int samples, TraceRecorder* trace) {
  const TraceScope traced(trace, TraceKind::kRegion, "measure peak");
  check_arguments(num_threads, seconds_per_sample, samples);
  if (num_threads == 0) num_threads = available_processors();
  const PeakLoops loops = peak_loops();
  double best = 0;
  for (const PeakLoop loop : {loops.f32_128, loops.f32_256, loops.f32_512})
    if (loop) best = std::max(best, measure_loop(loop, num_threads, seconds_per_sample, samples).median);
  return best;
}

/// The array, which is written once: fresh pages cost more than reading them.
class ReadProbe::Array {
 public:
  explicit Array(int num_threads)
      : num_threads_(num_threads > 0 ? num_threads : available_processors()),
        mapping_(std::clamp(available_memory_bytes() / 4 / kStep * kStep, kSmallest, kLargest), kSmallest),
        floats_each_(mapping_.num_bytes() / 4 / num_threads_ / 128 * 128) {
    run_together(num_threads_, [&](int thread) { std::fill_n(floats_of(thread), floats_each_, 1.0f); });
  }
  int64_t num_bytes() const { return mapping_.num_bytes(); }
  double read_gbps(int samples) const {
    std::array<std::vector<double>, std::size(kReadStyles)> rates;
    for (int sample = 0; sample < samples; ++sample)
      for (size_t style = 0; style < rates.size(); ++style) rates[style].push_back(read_once(kReadStyles[style]));
    double best = 0;
    for (const std::vector<double>& of_style : rates) best = std::max(best, median(of_style));
    return best;
  }

 private:
  static constexpr int64_t kLargest = int64_t{1} << 30, kSmallest = int64_t{64} << 20, kStep = int64_t{2} << 20;
  float* floats_of(int thread) const { return mapping_.floats() + thread * floats_each_; }
  double read_once(ReadStyle style) const {
    std::atomic<float> sink;
    const double seconds = run_together(num_threads_, [&](int thread) {
      sink.store(read_all(floats_of(thread), floats_each_, style), std::memory_order_relaxed);
    });
    return 4.0 * static_cast<double>(floats_each_ * num_threads_) / seconds / 1e9;
  }
  const int num_threads_;
  const Mapping mapping_;
  const int64_t floats_each_;
};

ReadProbe::ReadProbe(int num_threads) {
  check_arguments(num_threads, 1, 1);
  array_ = std::make_unique<Array>(num_threads);
}
ReadProbe::~ReadProbe() = default;
int64_t ReadProbe::num_bytes() const { return array_->num_bytes(); }
double ReadProbe::read_gbps(int samples) const {
  check_arguments(0, 1, samples);
  return array_->read_gbps(samples);
}

std::optional<double> clock_ghz_from(double additions_per_second) {
  constexpr double kSlowest = 0.01e9, kFastest = 10e9;
  if (!(additions_per_second >= kSlowest && additions_per_second <= kFastest)) return std::nullopt;
  return additions_per_second / 1e9;
}

double measure_processors_present(int num_threads, double seconds_per_sample) {
  check_arguments(num_threads, seconds_per_sample, 1);
  if (num_threads == 0) num_threads = available_processors();
  const PeakLoop clock = peak_loops().clock;
  constexpr int kSamples = 3;
  const Rates alone = measure_loop(clock, 1, seconds_per_sample / kSamples, kSamples);
  const Rates together = measure_loop(clock, num_threads, seconds_per_sample / kSamples, kSamples);
  return together.median / std::max(alone.best, together.best / num_threads);
}

}  // namespace vitrine::bench
