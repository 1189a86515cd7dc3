#include "kernels/packed_products.h"

#include <algorithm>
#include <atomic>

#include "base/look_ahead.h"
#include "kernels/cpu/memory_reads.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {
namespace {

using cpu::kPanelRows;

constexpr int64_t kMaxSums = 4096;  // of as many panels as go to c at once

cpu::QuantizedPanelProduct product_of(const PanelRange& range, int64_t index, const cpu::RoundedRows& x, float* sums) {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const int64_t panel = range.panels.begin + index;
  return {.codes = weight.codes + panel * weight.panel_code_bytes(),
          .scales = weight.scales + panel * weight.panel_scale_bytes(),
          .x = x,
          .num_blocks = weight.num_blocks(),
          .sums = sums,
          .asks_second_level = cpu::memory_reads().asks_second_level};
}

const std::byte* first_byte(const PanelRange& range) {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  return reinterpret_cast<const std::byte*>(weight.codes + range.panels.begin * weight.panel_code_bytes());
}

/// A thread's pieces: those before the middle, and with each of them one from the middle on.
class alignas(64) Share {
 public:
  void set(Range own) {
    next_.store(own.begin, std::memory_order_relaxed);
    half_ = ceil_div(own.size(), 2);
    middle_ = own.begin + half_;
    end_ = own.end;
  }
  /// A part of what is left before the middle: each time that threads look at one place costs as much as a wait for
  /// memory, and what one has claimed no other can help with.
  Range claim() {
    int64_t begin = next_.load(std::memory_order_relaxed), end = begin;
    do {
      if (begin >= middle_) return {};
      end = begin + std::max<int64_t>(1, (middle_ - begin) / kPartsOfRest);
    } while (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    return {begin, end};
  }
  /// From the middle on, as many as there are.
  Range partners(Range claimed) const {
    return {claimed.begin + half_, std::max(claimed.begin + half_, std::min(claimed.end + half_, end_))};
  }
  int64_t middle() const { return middle_; }

 private:
  static constexpr int64_t kPartsOfRest = 4;
  std::atomic<int64_t> next_{0};
  int64_t middle_ = 0, half_ = 0, end_ = 0;
};

/// The panels of `count` neighbouring pieces of one product.
PanelRange join(const std::vector<PanelRange>& pieces, int64_t begin, int64_t count) {
  return {pieces[begin].product, {pieces[begin].panels.begin, pieces[begin + count - 1].panels.end}};
}

/// How many pieces from the first on are of its product.
int64_t count_alike(const std::vector<PanelRange>& pieces, Range range) {
  int64_t count = 0;
  while (count < range.size() && pieces[range.begin + count].product == pieces[range.begin].product) ++count;
  return count;
}

}  // namespace

/// Sums go to c many panels at a time: rows of c lie far apart, and each line of them has to come from memory first.
void PackedProducts::finish(const PanelRange& range, Range indices, const float* sums) const {
  finish_panels(kernels_, {0, args_.m}, *range.product,
                {range.panels.begin + indices.begin, range.panels.begin + indices.end}, {sums, floats_of_panel(range)});
}

void PackedProducts::multiply(const PanelRange& range) const {
  alignas(64) float sums[kMaxSums];
  const int64_t each = floats_of_panel(range), at_once = kMaxSums / each;
  for (int64_t first = 0; first < range.panels.size(); first += at_once) {
    const Range some{first, std::min(first + at_once, range.panels.size())};
    for (int64_t i = some.begin; i < some.end; ++i) multiply_panel(range, i, sums + (i - first) * each);
    finish(range, some, sums);
  }
}

/// sums [rows][16] of a panel. Each of several tiles of rows asks for its part of the next panel, so that memory is
/// never idle.
void PackedProducts::multiply_panel(const PanelRange& range, int64_t index, float* sums) const {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const RoundedInput& x = input(range);
  for (int64_t i = 0; i < x.num_tiles(); ++i) {
    const Range tile = x.tile(i);
    cpu::QuantizedPanelProduct product =
        product_of(range, index, x.rows(tile, 0, weight.format()), sums + tile.begin / x.passes() * kPanelRows);
    const NextCodes next(weight.format(), weight.num_blocks(), x.num_tiles(), i);
    if (x.num_tiles() > 1) {
      product.next_codes = next.of(product.codes + weight.panel_code_bytes());
      product.next_bytes = next.bytes_of_block;
    }
    kernels_.formats[weight.format_index].passes[x.passes() - 1].packed[tile.size()](product);
  }
}

void PackedProducts::multiply_pair(const PanelRange& first, const PanelRange& second, int64_t index, float* first_sums,
                                   float* second_sums) const {
  const QuantizedMatrix::State& weight = first.product->weight->state();
  const RoundedInput& x = input(first);
  const cpu::RoundedRows rows = x.rows(x.tile(0), 0, weight.format());
  kernels_.formats[weight.format_index].passes[x.passes() - 1].packed_pair[x.tile(0).size()](
      product_of(first, index, rows, first_sums), product_of(second, index, rows, second_sums));
}

/// Two pieces, as two streams from memory where that is faster and as far as they are of one kind.
void PackedProducts::multiply_streams(const PanelRange& first, const PanelRange& second) const {
  const RoundedInput& x = input(first);
  const int format = first.product->weight->state().format_index;
  const bool are_alike = &x == &input(second) && format == second.product->weight->state().format_index;
  const bool are_paired = are_alike && args_.m <= cpu::memory_reads().most_rows_of_pairs && x.num_tiles() == 1 &&
                          kernels_.formats[format].passes[x.passes() - 1].packed_pair[x.tile(0).size()];
  const int64_t paired = are_paired ? std::min(first.panels.size(), second.panels.size()) : 0;
  alignas(64) float first_sums[kMaxSums / 2], second_sums[kMaxSums / 2];
  const int64_t each = floats_of_panel(first), at_once = kMaxSums / 2 / each;
  for (int64_t done = 0; done < paired; done += at_once) {
    const Range some{done, std::min(done + at_once, paired)};
    for (int64_t i = done; i < some.end; ++i)
      multiply_pair(first, second, i, first_sums + (i - done) * each, second_sums + (i - done) * each);
    finish(first, some, first_sums);
    finish(second, some, second_sums);
  }
  for (const PanelRange& range : {first, second})
    multiply({range.product, {range.panels.begin + paired, range.panels.end}});
}

/// Each thread goes through a share of its own from two places, its beginning and its middle: memory answers two
/// streams sooner than one. Then it helps the others.
void PackedProducts::multiply_all(const std::vector<PanelRange>& pieces) const {
  const int64_t count = num_threads(context_);
  std::vector<Share> shares(static_cast<size_t>(count));
  LookAhead::Places starts{};
  size_t places = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Range own = part(static_cast<int64_t>(pieces.size()), count, i);
    shares[i].set(own);
    if (i < LookAhead::kMaxThreads)
      for (const int64_t piece : {own.begin, shares[i].middle()})
        starts[places++] = piece < own.end ? first_byte(pieces[piece]) : nullptr;
  }
  if (context_.pool) context_.pool->begin_reading({starts.data(), places});
  maybe_parallel(context_, true, count, [&](int64_t, int thread) {
    for (int64_t i = 0; i < count; ++i) {
      Share& share = shares[(thread + i) % count];
      for (Range claimed; (claimed = share.claim()).size() > 0;)
        multiply_pieces(pieces, claimed, share.partners(claimed));
    }
  });
}

/// Pieces, and as many others or one less.
void PackedProducts::multiply_pieces(const std::vector<PanelRange>& pieces, Range firsts, Range seconds) const {
  while (firsts.size() > 0) {
    int64_t count = count_alike(pieces, firsts);
    if (seconds.size() > 0) {
      count = std::min(count, count_alike(pieces, seconds));
      multiply_streams(join(pieces, firsts.begin, count), join(pieces, seconds.begin, count));
      seconds.begin += count;
    } else {
      multiply(join(pieces, firsts.begin, count));
    }
    firsts.begin += count;
  }
}

}  // namespace vitrine::kernels
