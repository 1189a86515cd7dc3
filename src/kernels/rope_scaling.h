// The angles of rotary positions, plain or stretched to contexts longer than in training.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrine::kernels {

/// How the frequencies are changed.
struct RopeScaling {
  /// kLinear divides all by the factor (Chen et al. 2023, arXiv:2306.15595). kLlama3 divides those of long waves and
  /// blends in between (Llama 3.1). kYarn does so along the pairs and raises the amplitude (Peng et al. 2023,
  /// arXiv:2309.00071), with the paper's bounds of 32 and 1 rotations.
  enum class Kind { kNone, kLinear, kLlama3, kYarn };
  Kind kind = Kind::kNone;
  double factor = 1;
  int64_t original_context = 0;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
};

/// Angle per position of each pair of a head.
struct RopeFrequencies {
  std::vector<double> frequencies;  // [D/2]
  double amplitude = 1;             // of cosines and sines
};

/// theta^(-2i/D), scaled. Shapes: -> [D/2].
RopeFrequencies rope_frequencies(int64_t head_width, double theta, const RopeScaling& scaling = {});

}  // namespace vitrine::kernels
