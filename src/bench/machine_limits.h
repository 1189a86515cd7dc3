// What this machine can do at most: the bars that every performance figure is held against.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/trace.h"

namespace vitrine::bench {

/// Medians over samples, all threads at work at once. A rate that the processor has no instruction for is absent.
/// Units: 1e9 operations per second (a multiplication and an addition are two), 1e9 bytes per second.
struct MachineLimits {
  int num_threads = 0;
  std::string processor;            // the model's name, or "unknown"
  std::optional<double> clock_ghz;  // the best sample, see clock_ghz_from()
  double clock_all_ghz = 0;         // of each thread while all run
  double processors_present = 0;    // 2 threads that share one processor show 1 here
  double f32_gflops = 0;            // the best of the following
  std::optional<double> f32_128_gflops, f32_256_gflops, f32_512_gflops;
  std::optional<double> bf16_gflops;                     // products of pairs, sums in f32
  std::optional<double> int8_gops;                       // products of unsigned by signed bytes, sums in 32 bits
  std::string int8_instruction;                          // "vpdpbusd 512", "vpdpbusd 256", "maddubs+madd" or ""
  std::optional<double> amx_bf16_gflops, amx_int8_gops;  // the same products on tiles
  double read_gbps = 0;  // from an array far larger than the caches, 2 MiB pages advised
  int64_t read_array_bytes = 0;
};

/// Takes about samples * seconds_per_sample for each of at most eleven figures. num_threads 0 means one for each
/// processor that the process may use. Each figure is a region on `trace`. Threads: starts and pins its own, which end
/// before it returns. Errors: kInvalidArgument for a count or duration that is not positive.
MachineLimits measure_machine_limits(int num_threads, double seconds_per_sample = 0.1, int samples = 9,
                                     TraceRecorder* trace = nullptr);

/// The processor's model, or "unknown".
std::string processor_name();

/// f32_gflops alone, in about a third of the time and without a large array.
double measure_f32_gflops(int num_threads, double seconds_per_sample = 0.1, int samples = 9,
                          TraceRecorder* trace = nullptr);

/// read_gbps alone, as often as wanted from one array of read_array_bytes, which it keeps. num_threads and threads as
/// above. Errors: kInvalidArgument for a count that is not positive; kOutOfMemory.
class ReadProbe {
 public:
  explicit ReadProbe(int num_threads);
  ~ReadProbe();
  int64_t num_bytes() const;
  /// Units: 1e9 bytes per second.
  double read_gbps(int samples = 3) const;

 private:
  class Array;
  std::unique_ptr<Array> array_;
};

/// The clock that a chain of dependent additions stands for, one a cycle; nothing when no processor has such a clock,
/// because additions were folded or the timer went wrong. Units: additions per second.
std::optional<double> clock_ghz_from(double additions_per_second);

/// The clock check alone, in seconds_per_sample * 2: how many of `num_threads` processors are really there. A virtual
/// machine can lose half of them for minutes, which no counter of the system shows.
double measure_processors_present(int num_threads, double seconds_per_sample = 0.1);

}  // namespace vitrine::bench
