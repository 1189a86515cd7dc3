// What the server counts, for Prometheus.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "serve/generation.h"

namespace vitrine::serve {

/// Durations in seconds, by upper bounds. Threads: safe.
class Histogram {
 public:
  static constexpr std::array<double, 14> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                     1,     2.5,  5,     10,   30,  60,   120};
  void add(double seconds);
  /// Lines of Prometheus' text format.
  void write(std::string& out, std::string_view name, std::string_view help) const;

 private:
  mutable std::mutex mutex_;
  std::array<int64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// Threads: safe.
class Metrics {
 public:
  void count_response(std::string_view method, int status);
  void count_generation(const GenerationResult& result);
  void write(std::string& out) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int64_t> responses_;  // by the labels as they are written
  std::atomic<int64_t> prompt_tokens_{0}, cached_tokens_{0}, completion_tokens_{0}, generations_{0}, cancelled_{0},
      failed_{0}, tokens_after_cancel_{0};
  Histogram first_token_, total_;
};

}  // namespace vitrine::serve
