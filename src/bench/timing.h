// What every measurement of this folder needs.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace vitrine::bench {

/// Seconds of a clock that never goes back, from an arbitrary start.
inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The middle value; of an even number the upper of the two. `values` is not empty.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace vitrine::bench
