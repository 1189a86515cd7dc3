#include "nn/previous_token_start.h"

#include <algorithm>
#include <cmath>

#include <numeric>

#include "core/rng.h"

namespace vitrine::nn {
namespace {

constexpr uint32_t kStream = 0x1718;  // apart from the random start's own
// Chosen by the loss of nano after 600 updates: docs/experiments.md.
constexpr double kEmbeddingDeviation = 0.08;
constexpr double kOffset = 0.5;           // the common part of embeddings, in deviations
constexpr double kValueScale = 0.3;       // norm of a row of V; O has the inverse
constexpr double kWritten = 1.0;          // attended token's embedding as the stream gets it, in deviations
constexpr double kWrittenBefore = 2.0;    // the same for the heads that look at the tokens before
constexpr double kConstantQuery = 1.5;    // weight of the common offset in their queries and keys
constexpr int64_t kMaxDistance = 4;
constexpr int64_t kRotaryPairs = 4;       // the fastest ones: slow ones cannot tell neighbours apart

/// A random vector of +1 and -1 of length 1.
std::vector<double> random_signs(int64_t size, Rng& rng) {
  std::vector<double> signs(static_cast<size_t>(size));
  const double unit = 1 / std::sqrt(static_cast<double>(size));
  for (double& sign : signs) sign = rng.next_below(2) == 0 ? unit : -unit;
  return signs;
}

/// Rows of length 1, orthogonal within each run of `columns` rows.
std::vector<std::vector<double>> orthogonal_rows(int64_t rows, int64_t columns, Rng& rng) {
  std::vector<std::vector<double>> out;
  for (int64_t i = 0; i < rows; ++i) {
    std::vector<double> row(static_cast<size_t>(columns));
    for (double& value : row) value = rng.next_normal();
    const auto project = [&] {
      for (int64_t j = i / columns * columns; j < i; ++j) {
        const std::vector<double>& other = out[static_cast<size_t>(j)];
        const double along = std::inner_product(row.begin(), row.end(), other.begin(), 0.0);
        for (size_t c = 0; c < row.size(); ++c) row[c] -= along * other[c];
      }
    };
    project();
    project();  // once more: the first pass leaves rounding
    const double norm = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (double& value : row) value /= norm;
    out.push_back(std::move(row));
  }
  return out;
}

/// A rotation of the stream that is cheap to write down: dimensions change places and signs.
struct SignedPermutation {
  std::vector<int64_t> to;
  std::vector<float> sign;

  SignedPermutation(int64_t size, Rng& rng) : to(static_cast<size_t>(size)), sign(static_cast<size_t>(size)) {
    std::iota(to.begin(), to.end(), 0);
    for (float& value : sign) value = rng.next_below(2) == 0 ? 1.0f : -1.0f;
    for (size_t i = to.size(); i > 1; --i) std::swap(to[i - 1], to[rng.next_below(i)]);
  }
};

void offset_embeddings(Parameter& embedding, double deviation_now, const std::vector<double>& direction) {
  const auto width = static_cast<int64_t>(direction.size());
  const double length = kOffset * kEmbeddingDeviation * std::sqrt(static_cast<double>(width));
  float* const values = embedding.data().f32();
  for (int64_t i = 0; i < embedding.data().num_elements(); ++i)
    values[i] = static_cast<float>(values[i] * kEmbeddingDeviation / deviation_now +
                                   length * direction[static_cast<size_t>(i % width)]);
}

/// What attention carries: V takes orthogonal parts of the stream, O puts them back, rotated for the first `before` groups.
void carry_tokens(const TransformerConfig& config, Attention& attention, int64_t before, const SignedPermutation& beside,
                  Rng& rng) {
  const int64_t width = config.width, head = config.head_width, shared = config.heads / config.key_heads;
  const auto rows = orthogonal_rows(config.key_heads * head, width, rng);
  float* const v = attention.v.weight.data().f32();
  float* const out = attention.out.weight.data().f32();
  for (int64_t row = 0; row < config.key_heads * head; ++row) {
    const bool is_before = row / head < before;
    const double gain = (is_before ? kWrittenBefore : kWritten) * kEmbeddingDeviation / kValueScale / shared;
    for (int64_t c = 0; c < width; ++c) {
      const double value = rows[static_cast<size_t>(row)][static_cast<size_t>(c)];
      v[row * width + c] += static_cast<float>(kValueScale * value);
      const auto at = static_cast<size_t>(c);
      const int64_t place = is_before ? beside.to[at] : c;
      const float sign = is_before ? beside.sign[at] : 1.0f;
      for (int64_t s = 0; s < shared; ++s) {
        const int64_t column = (row / head * shared + s) * head + row % head;
        out[place * config.heads * head + column] += sign * static_cast<float>(gain * value);
      }
    }
  }
}

/// Queries and keys of one key head that agree where the key stands `distance` tokens before the query.
void look_back(const TransformerConfig& config, Attention& attention, int64_t key_head, int64_t distance,
               const std::vector<double>& direction) {
  const int64_t width = config.width, head = config.head_width, shared = config.heads / config.key_heads;
  float* const q = attention.q.weight.data().f32();
  float* const k = attention.k.weight.data().f32();
  for (int64_t pair = 0; pair < std::min(kRotaryPairs, head / 2); ++pair) {
    // Rotary pairs are (i, i + D/2); the key is turned ahead by what the query will have turned since.
    const double frequency = std::pow(config.rope_theta, -2.0 * static_cast<double>(pair) / static_cast<double>(head));
    const double angle = frequency * static_cast<double>(distance);
    for (int64_t c = 0; c < width; ++c) {
      const double constant = kConstantQuery * direction[static_cast<size_t>(c)];
      for (int64_t s = 0; s < shared; ++s)
        q[((key_head * shared + s) * head + pair) * width + c] += static_cast<float>(constant);
      k[(key_head * head + pair) * width + c] += static_cast<float>(constant * std::cos(angle));
      k[(key_head * head + pair + head / 2) * width + c] += static_cast<float>(constant * std::sin(angle));
    }
  }
}

}  // namespace

void start_with_previous_token(const TransformerConfig& config, uint64_t seed, double embedding_deviation,
                               Parameter& embedding, const std::vector<Attention*>& layers) {
  Rng rng(seed, kStream);
  const std::vector<double> direction = random_signs(config.width, rng);
  const SignedPermutation beside(config.width, rng);
  const int64_t before = std::min(config.key_heads, kMaxDistance);
  offset_embeddings(embedding, embedding_deviation, direction);
  for (size_t layer = 0; layer < layers.size(); ++layer)
    carry_tokens(config, *layers[layer], layer == 0 ? before : 0, beside, rng);
  for (int64_t key_head = 0; key_head < before; ++key_head)
    look_back(config, *layers.front(), key_head, key_head + 1, direction);
}

}  // namespace vitrine::nn
