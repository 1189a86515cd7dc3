#include "data/packing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "core/rng.h"

namespace vitrine::data {
namespace {

// Places in the random number space; the epoch is the step.
constexpr uint32_t kDocumentOrderStream = 0xda7a01;
constexpr uint32_t kRowOrderStream = 0xda7a02;
constexpr size_t kCachedPlans = 2;  // a batch may end in the epoch after the one in which it begins

/// Tokens [begin, begin + slots] of a document; the last is a target only.
struct Piece {
  int64_t document;
  int64_t begin;
  int64_t slots;
};

template <typename T>
void shuffle(std::vector<T>& items, RngKey key) {
  Rng rng(key);
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng.next_below(i)]);
}

/// Puts pieces, the longest first, each into the row with the least space that still holds it. Returns rows of pieces.
std::vector<std::vector<Piece>> pack_best_fit(std::vector<Piece> pieces, int64_t context_length) {
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.slots > b.slots; });
  std::vector<std::vector<Piece>> rows;
  std::set<std::pair<int64_t, size_t>> open;  // (space left, row)
  for (const Piece& piece : pieces) {
    const auto fit = open.lower_bound({piece.slots, 0});
    size_t row = rows.size();
    int64_t space = context_length;
    if (fit != open.end()) {
      std::tie(space, row) = *fit;
      open.erase(fit);
    } else {
      rows.emplace_back();
    }
    rows[row].push_back(piece);
    if (space > piece.slots) open.emplace(space - piece.slots, row);
  }
  return rows;
}

}  // namespace

/// The rows of one epoch: pieces of row r are [row_begins[order[r]], row_begins[order[r] + 1]).
struct PackedDataset::Plan {
  int64_t epoch = 0;
  int64_t num_slots = 0;
  std::vector<Piece> pieces;
  std::vector<int64_t> row_begins = {0};
  std::vector<uint32_t> order;

  int64_t num_rows() const { return static_cast<int64_t>(order.size()); }

  void add_window(std::vector<Piece> window, int64_t context_length) {
    for (const auto& row : pack_best_fit(std::move(window), context_length)) {
      for (const Piece& piece : row) num_slots += piece.slots;
      pieces.insert(pieces.end(), row.begin(), row.end());
      row_begins.push_back(static_cast<int64_t>(pieces.size()));
    }
  }
};

PackedDataset::PackedDataset(std::shared_ptr<const ShardSet> documents, PackingOptions options)
    : documents_(std::move(documents)), options_(std::move(options)) {
  if (options_.context_length < 1 || options_.window_documents < 1)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("pack documents: the context length and the window have to be positive (got {} and {})",
                            options_.context_length, options_.window_documents));
  const auto table_size = static_cast<int64_t>(options_.token_text_bytes.size());
  VITRINE_CHECK(table_size == 0 || table_size == documents_->vocab_size(), "token_text_bytes fits the vocabulary");
  if (rows_in_epoch(0) == 0)
    throw Error(ErrorCode::kInvalidArgument, "pack documents: no document has two tokens", "build data with more text");
}

PackedDataset::~PackedDataset() = default;

const PackedDataset::Plan& PackedDataset::plan(int64_t epoch) {
  for (const auto& known : plans_)
    if (known->epoch == epoch) return *known;
  auto fresh = std::make_unique<Plan>();
  fresh->epoch = epoch;
  const auto step = static_cast<uint32_t>(epoch);
  std::vector<int64_t> order(static_cast<size_t>(documents_->num_documents()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  shuffle(order, {options_.seed, kDocumentOrderStream, step});
  std::vector<Piece> window;
  int64_t num_in_window = 0;
  for (const int64_t document : order) {
    const int64_t slots = documents_->document(document).size() - 1;
    for (int64_t begin = 0; begin < slots; begin += options_.context_length)
      window.push_back({document, begin, std::min(options_.context_length, slots - begin)});
    if (++num_in_window == options_.window_documents) {
      fresh->add_window(std::exchange(window, {}), options_.context_length);
      num_in_window = 0;
    }
  }
  fresh->add_window(std::move(window), options_.context_length);
  fresh->order.resize(fresh->row_begins.size() - 1);
  for (size_t i = 0; i < fresh->order.size(); ++i) fresh->order[i] = static_cast<uint32_t>(i);
  shuffle(fresh->order, {options_.seed, kRowOrderStream, step});
  if (plans_.size() == kCachedPlans) plans_.erase(plans_.begin());
  plans_.push_back(std::move(fresh));
  return *plans_.back();
}

int64_t PackedDataset::epoch_begin(int64_t epoch) {
  while (static_cast<int64_t>(epoch_begins_.size()) <= epoch) {
    const auto last = static_cast<int64_t>(epoch_begins_.size()) - 1;
    epoch_begins_.push_back(epoch_begins_.back() + plan(last).num_rows());
  }
  return epoch_begins_[static_cast<size_t>(epoch)];
}

int64_t PackedDataset::rows_in_epoch(int64_t epoch) { return epoch_begin(epoch + 1) - epoch_begin(epoch); }

int64_t PackedDataset::epoch_of(int64_t row) {
  VITRINE_CHECK(row >= 0, "row number");
  while (epoch_begins_.back() <= row) epoch_begin(static_cast<int64_t>(epoch_begins_.size()));
  return std::upper_bound(epoch_begins_.begin(), epoch_begins_.end(), row) - epoch_begins_.begin() - 1;
}

double PackedDataset::utilisation(int64_t epoch) {
  const Plan& of_epoch = plan(epoch);
  return static_cast<double>(of_epoch.num_slots) / static_cast<double>(of_epoch.num_rows() * options_.context_length);
}

Batch PackedDataset::batch(int64_t first_row, int64_t num_rows) {
  VITRINE_CHECK(num_rows > 0, "a batch has rows");
  const Shape shape{num_rows, options_.context_length};
  Batch batch;
  for (Tensor* tensor : {&batch.inputs, &batch.targets, &batch.positions, &batch.first_key})
    *tensor = Tensor::empty(shape, DType::kI32);
  for (int64_t i = 0; i < num_rows; ++i) {
    const int64_t epoch = epoch_of(first_row + i);
    fill_row(plan(epoch), first_row + i - epoch_begin(epoch), i, batch);
  }
  return batch;
}

void PackedDataset::fill_row(const Plan& plan, int64_t row, int64_t out_row, Batch& batch) const {
  const int64_t context_length = options_.context_length;
  const int64_t first_slot = out_row * context_length;
  int32_t *inputs = batch.inputs.i32() + first_slot, *targets = batch.targets.i32() + first_slot;
  int32_t *positions = batch.positions.i32() + first_slot, *first_key = batch.first_key.i32() + first_slot;
  const auto row_index = static_cast<size_t>(plan.order[static_cast<size_t>(row)]);
  int64_t slot = 0;
  for (int64_t i = plan.row_begins[row_index]; i < plan.row_begins[row_index + 1]; ++i) {
    const Piece& piece = plan.pieces[static_cast<size_t>(i)];
    const TokenSpan tokens = documents_->document(piece.document);
    const int64_t first = slot;
    for (int64_t position = 0; position < piece.slots; ++position, ++slot) {
      const int64_t token = piece.begin + position;
      inputs[slot] = tokens[token];
      positions[slot] = static_cast<int32_t>(position);
      first_key[slot] = static_cast<int32_t>(first);
      const bool is_learnt = !options_.use_loss_mask || tokens.is_learnt(token + 1);
      targets[slot] = is_learnt ? tokens[token + 1] : -1;
      if (!is_learnt) continue;
      ++batch.num_targets;
      if (!options_.token_text_bytes.empty())
        batch.num_target_bytes += options_.token_text_bytes[static_cast<size_t>(targets[slot])];
    }
  }
  for (; slot < context_length; ++slot) {
    inputs[slot] = 0;
    targets[slot] = -1;
    positions[slot] = 0;
    first_key[slot] = static_cast<int32_t>(slot);
  }
}

}  // namespace vitrine::data
