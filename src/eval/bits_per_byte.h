// Held-out loss in bits per byte of text: comparable over vocabularies.
#pragma once

#include <functional>

#include "autograd/execution_context.h"
#include "data/packing.h"
#include "nn/transformer.h"

namespace vitrine::eval {

struct HeldOutLoss {
  double loss_nats = 0;      ///< mean over targets
  double bits_per_byte = 0;  ///< of the text that the targets stand for
  int64_t num_targets = 0;
  double perplexity() const;
};

/// Averages over rows [0, num_rows) of a dataset, batch_rows at a time; the same rows every time. Errors: kInterrupted
/// where `should_stop`, asked before each batch, says so.
HeldOutLoss held_out_loss(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                          data::PackedDataset& dataset, int64_t num_rows, int64_t batch_rows,
                          const std::function<bool()>& should_stop = {});

}  // namespace vitrine::eval
