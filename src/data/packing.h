// Documents packed into rows of a fixed length without cropping any, in an order that a sample number addresses.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/tensor.h"
#include "data/shards.h"

namespace vitrine::data {

/// What a training step reads. Slots of padding have target -1 and are documents of their own.
/// Shapes: each tensor [B,T] i32.
struct Batch {
  Tensor inputs;
  Tensor targets;    ///< the next token of the same document; -1 where there is no loss
  Tensor positions;  ///< from 0 in each document
  Tensor first_key;  ///< index within the row of the first slot of the same document
  int64_t num_targets = 0;
  int64_t num_target_bytes = 0;  ///< of the text that the targets stand for: what bits per byte divides by
};

struct PackingOptions {
  int64_t context_length = 256;  ///< T, slots in a row
  uint64_t seed = 0;
  int64_t window_documents = 2048;             ///< how many neighbours in the shuffled order are packed together
  bool use_loss_mask = false;                  ///< learn only what the shards' masks mark
  std::vector<int32_t> token_text_bytes = {};  ///< by token id; empty when bytes need not be counted
};

/// An endless sequence of rows. A document of n tokens takes n-1 slots; one of more than T+1 tokens is split into
/// pieces of T slots and a rest, each with positions from 0. An epoch holds every document once, in rows of its own:
/// its plan is a pure function of (documents, options, epoch), so a run is resumed by its row number alone.
/// Threads: one caller at a time.
class PackedDataset {
 public:
  /// Errors: kInvalidArgument for a context length below 1 or when no document has two tokens.
  PackedDataset(std::shared_ptr<const ShardSet> documents, PackingOptions options);
  ~PackedDataset();

  /// Rows [first_row, first_row + num_rows) of the sequence, counted from the start of epoch 0.
  Batch batch(int64_t first_row, int64_t num_rows);

  int64_t rows_in_epoch(int64_t epoch);
  /// The epoch that a row belongs to.
  int64_t epoch_of(int64_t row);
  /// Share of an epoch's slots that hold a token.
  double utilisation(int64_t epoch);

 private:
  struct Plan;
  const Plan& plan(int64_t epoch);
  int64_t epoch_begin(int64_t epoch);
  void fill_row(const Plan& plan, int64_t row, int64_t out_row, Batch& batch) const;

  std::shared_ptr<const ShardSet> documents_;
  PackingOptions options_;
  std::vector<int64_t> epoch_begins_ = {0};         // first row of each epoch counted so far, and the end of the last
  std::vector<std::unique_ptr<const Plan>> plans_;  // of the one or two epochs used last
};

}  // namespace vitrine::data
