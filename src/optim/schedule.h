// Learning rate over a run: warm-up, stable, decay.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vitrine::optim {

/// Linear warm-up to the peak, flat, then linear decay to final_share of the peak.
/// Source: Hu et al. 2024, arXiv:2404.06395 (warm-up, stable, decay).
struct Schedule {
  double peak_lr = 1e-3;
  int64_t warmup_steps = 0;
  int64_t decay_steps = 0;
  int64_t max_steps = 1;
  double final_share = 0.05;

  /// The rate of step `step` (counted from 0).
  double lr_at(int64_t step) const {
    double share = 1.0;
    if (step < warmup_steps) share = static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
    const int64_t left = max_steps - step;
    if (decay_steps > 0 && left < decay_steps)
      share = std::min(share,
                       final_share + (1 - final_share) * static_cast<double>(left) / static_cast<double>(decay_steps));
    return peak_lr * share;
  }
};

}  // namespace vitrine::optim
