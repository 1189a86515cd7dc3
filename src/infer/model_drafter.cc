#include <algorithm>

#include "infer/drafter.h"

namespace vitrine::infer {
namespace {

constexpr size_t kChunk = 256;  // tokens of one pass over what the draft model has not read

class ModelDrafter : public Drafter {
 public:
  ModelDrafter(const nn::Transformer& transformer, const autograd::Runtime& runtime)
      : transformer_(transformer),
        context_(runtime.execution_context()),
        cache_(transformer.config(), transformer.config().context_length) {}

  std::vector<int32_t> propose(std::span<const int32_t> tokens, int64_t most, const Sampler& sampler) override {
    const auto room = transformer_.config().context_length - static_cast<int64_t>(tokens.size());
    if (room < 0) return {};
    most = std::min(most, room + 1);
    const auto agree = std::mismatch(read_.begin(), read_.end(), tokens.begin(), tokens.end()).first - read_.begin();
    read_.resize(std::min(static_cast<size_t>(agree), tokens.size() - 1));
    cache_.length = static_cast<int64_t>(read_.size());
    std::span<const int32_t> rest = tokens.subspan(read_.size());
    Sampler ahead = sampler;
    std::vector<int32_t> guess;
    while (static_cast<int64_t>(guess.size()) < most) {
      const Tensor logits = read(rest);
      guess.push_back(ahead.sample(logits.floats()).id);
      rest = std::span(&guess.back(), 1);
    }
    return guess;
  }

 private:
  /// Logits behind the last of these tokens.
  Tensor read(std::span<const int32_t> ids) {
    Tensor last;
    while (!ids.empty()) {
      const auto chunk = ids.first(std::min(ids.size(), kChunk));
      const auto rows = static_cast<int64_t>(chunk.size());
      const autograd::Variable hidden =
          transformer_.hidden(context_, {.ids = Tensor::from_ints({1, rows}, chunk), .cache = &cache_});
      last = hidden.data.reshaped({rows, transformer_.config().width}).slice_rows(rows - 1, rows);
      read_.insert(read_.end(), chunk.begin(), chunk.end());
      ids = ids.subspan(chunk.size());
    }
    return transformer_.logits(context_, autograd::constant(last));
  }

  const nn::Transformer& transformer_;
  autograd::ExecutionContext context_;
  nn::KvCache cache_;
  std::vector<int32_t> read_;
};

}  // namespace

std::unique_ptr<Drafter> make_model_drafter(const nn::Transformer& transformer, const autograd::Runtime& runtime) {
  return std::make_unique<ModelDrafter>(transformer, runtime);
}

}  // namespace vitrine::infer
