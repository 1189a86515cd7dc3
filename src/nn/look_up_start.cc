#include "nn/look_up_start.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/rng.h"

namespace vitrine::nn {
namespace {

constexpr uint32_t kStream = 0x1718;  // apart from the random start's own
// Chosen by the loss of nano after 600 updates: docs/experiments.md.
constexpr double kLookUpEmbeddingDeviation = 0.08;
constexpr double kOffset = 0.5;         // the common part of embeddings, in deviations
constexpr double kValueScale = 0.3;     // norm of a row of V; O has the inverse
constexpr double kWritten = 1.0;        // attended token's embedding as the stream gets it, in deviations
constexpr double kWrittenBefore = 2.0;  // the same for the heads that look at the tokens before
constexpr double kConstantQuery = 1.5;  // weight of the common offset in their queries and keys
constexpr double kLookBackGain = 1.4;   // of the QK-norms: how sharply the first layer looks back
constexpr double kLookUpGain = 1.5;     // and the second looks up
constexpr double kMatch = 1.5;          // weight of embeddings in queries and keys that look up
constexpr int64_t kRotaryPairs = 4;     // the fastest ones: slow ones cannot tell neighbours apart

using Row = std::vector<double>;

/// A random vector of +1 and -1 of length 1.
Row random_signs(int64_t size, Rng& rng) {
  Row signs(static_cast<size_t>(size));
  const double unit = 1 / std::sqrt(static_cast<double>(size));
  for (double& sign : signs) sign = rng.next_below(2) == 0 ? unit : -unit;
  return signs;
}

/// Rows of length 1, orthogonal within each run of `columns` rows.
std::vector<Row> orthogonal_rows(int64_t rows, int64_t columns, Rng& rng) {
  std::vector<Row> out;
  for (int64_t i = 0; i < rows; ++i) {
    Row row(static_cast<size_t>(columns));
    for (double& value : row) value = rng.next_normal();
    const auto project = [&] {
      for (int64_t j = i / columns * columns; j < i; ++j) {
        const Row& other = out[static_cast<size_t>(j)];
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

/// A part of the stream, by an orthonormal basis.
using Part = std::vector<Row>;

void offset_embeddings(Parameter& embedding, double deviation_now, const Row& direction) {
  const auto width = static_cast<int64_t>(direction.size());
  const double length = kOffset * kLookUpEmbeddingDeviation * std::sqrt(static_cast<double>(width));
  float* const values = embedding.data().f32();
  for (int64_t i = 0; i < embedding.data().num_elements(); ++i)
    values[i] = static_cast<float>(values[i] * kLookUpEmbeddingDeviation / deviation_now +
                                   length * direction[static_cast<size_t>(i % width)]);
}

/// One head's rows of Q, K and V and columns of O, added to.
class Head {
 public:
  Head(const TransformerConfig& config, Attention& attention, int64_t index)
      : config_(config), attention_(attention), first_(index * config.head_width) {}

  /// Queries and keys agree where the key stands `distance` tokens before the query.
  void look_back(int64_t distance, const Row& direction) {
    const int64_t half = config_.head_width / 2;
    for (int64_t pair = 0; pair < std::min(kRotaryPairs, half); ++pair) {
      // Rotary pairs are (i, i + D/2); the key is turned ahead by what the query will have turned since.
      const double frequency = std::pow(config_.rope_theta, -static_cast<double>(pair) / static_cast<double>(half));
      const double angle = frequency * static_cast<double>(distance);
      add_row(attention_.q, pair, direction, kConstantQuery);
      add_row(attention_.k, pair, direction, kConstantQuery * std::cos(angle));
      add_row(attention_.k, pair + half, direction, kConstantQuery * std::sin(angle));
    }
  }

  /// Queries and keys agree where what the query holds in `asked` is what the key holds in `told`, however far away:
  /// parts are half a head wide and take the slower half of the rotary pairs.
  void match(const Part& asked, const Part& told) {
    const auto half = static_cast<size_t>(config_.head_width / 2);
    for (size_t i = 0; i < asked.size(); ++i) {
      const auto row = static_cast<int64_t>(half - 1 - i / 2 + i % 2 * half);
      add_row(attention_.q, row, asked[i], kMatch);
      add_row(attention_.k, row, told[i], kMatch);
    }
  }

  /// What attended tokens hold in `from` is added to `to`.
  void carry(const Part& from, const Part& to, double written) {
    const double gain = written * kLookUpEmbeddingDeviation / kValueScale;
    for (int64_t i = 0; i < static_cast<int64_t>(from.size()); ++i) {
      add_row(attention_.v, i, from[static_cast<size_t>(i)], kValueScale);
      add_column(attention_.out, i, to[static_cast<size_t>(i)], gain);
    }
  }

 private:
  void add_row(Linear& linear, int64_t row, const Row& values, double scale) const {
    float* const at = linear.weight.data().f32() + (first_ + row) * config_.width;
    for (size_t c = 0; c < values.size(); ++c) at[c] += static_cast<float>(scale * values[c]);
  }
  void add_column(Linear& linear, int64_t column, const Row& values, double scale) const {
    float* at = linear.weight.data().f32() + first_ + column;
    for (const double value : values) {
      *at += static_cast<float>(scale * value);
      at += config_.heads * config_.head_width;
    }
  }

  const TransformerConfig& config_;
  Attention& attention_;
  int64_t first_;
};

Part part_of(const std::vector<Row>& rows, int64_t head, int64_t head_width) {
  return {rows.begin() + head * head_width, rows.begin() + (head + 1) * head_width};
}

/// Where the stream holds what is read of a token: of the token itself, and of those at the distances looked back to.
struct Places {
  std::map<int64_t, Part> by_distance;

  bool has(const LookUp& look_up) const {
    const auto is_there = [&](int64_t distance) { return by_distance.contains(distance); };
    return is_there(look_up.asked) && is_there(look_up.found) && is_there(look_up.answer);
  }
  const Part& at(int64_t distance) const { return by_distance.at(distance); }
};

/// Gains of the QK-norms: scores grow by the square.
void sharpen(Attention& attention, double gain) {
  for (Norm* const norm : {attention.q_norm.get(), attention.k_norm.get()})
    for (float& value : norm->gain.data().floats()) value = static_cast<float>(gain);
}

Places start_first_layer(const TransformerConfig& config, Attention& attention, const Row& direction, Rng& rng) {
  const int64_t part = config.head_width / 2;
  // What is read of tokens, and where each head writes that, do not overlap as long as the stream has room.
  const std::vector<Row> parts = orthogonal_rows((1 + kLookBackDistances.size()) * part, config.width, rng);
  const std::vector<Row> rows = orthogonal_rows(config.heads * config.head_width, config.width, rng);
  Places places{{{0, part_of(parts, 0, part)}}};
  sharpen(attention, kLookBackGain);
  for (int64_t h = 0; h < config.heads; ++h) {
    const Part own = part_of(rows, h, config.head_width);
    Head head(config, attention, h);
    if (static_cast<size_t>(h) >= kLookBackDistances.size()) {
      head.carry(own, own, kWritten);
      continue;
    }
    const int64_t distance = kLookBackDistances[static_cast<size_t>(h)];
    places.by_distance[distance] = part_of(parts, h + 1, part);
    head.look_back(distance, direction);
    head.carry(places.at(0), places.at(distance), kWrittenBefore);
  }
  return places;
}

void start_later_layer(const TransformerConfig& config, Attention& attention, const Places& places, bool looks_up,
                       Rng& rng) {
  const std::vector<Row> rows = orthogonal_rows(config.heads * config.head_width, config.width, rng);
  if (looks_up) sharpen(attention, kLookUpGain);
  for (int64_t h = 0; h < config.heads; ++h) {
    const Part own = part_of(rows, h, config.head_width);
    Head head(config, attention, h);
    const LookUp* const look_up =
        looks_up && static_cast<size_t>(h) < kLookUps.size() ? &kLookUps[static_cast<size_t>(h)] : nullptr;
    const bool is_possible = look_up && places.has(*look_up);
    if (is_possible) head.match(places.at(look_up->asked), places.at(look_up->found));
    if (is_possible && look_up->answer != 0)
      head.carry(places.at(look_up->answer), places.at(0), kWritten);
    else
      head.carry(own, own, kWritten);
  }
}

}  // namespace

void start_with_look_up(const TransformerConfig& config, uint64_t seed, double embedding_deviation,
                        Parameter& embedding, const std::vector<Attention*>& layers) {
  Rng rng(seed, kStream);
  const Row direction = random_signs(config.width, rng);
  offset_embeddings(embedding, embedding_deviation, direction);
  const Places places = start_first_layer(config, *layers.front(), direction, rng);
  for (size_t layer = 1; layer < layers.size(); ++layer)
    start_later_layer(config, *layers[layer], places, layer == 1, rng);
}

}  // namespace vitrine::nn
