// The inference engine: many requests at once over one model and one paged cache.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "infer/paged_cache.h"
#include "infer/request.h"
#include "nn/adapter.h"
#include "nn/transformer.h"

namespace vitrine::infer {

struct Sequence;

struct EngineOptions {
  DType cache_dtype = DType::kF32;  ///< f32, f16, bf16 or q8_0
  int64_t page_tokens = 16;
  int64_t cache_tokens = 0;        ///< that fit the cache; 0: the model's context
  int64_t max_batch_tokens = 512;  ///< rows of one pass; long prompts are read in pieces
  int64_t max_sequences = 16;      ///< that run at once
  bool share_prefixes = true;
  int64_t drawable_tokens = 0;  ///< ids below it are drawn; rows of the model beyond fill up its table. 0: all are
  std::vector<std::shared_ptr<const nn::Adapter>> adapters = {};  ///< Request::adapter is 1 for the first
  const nn::Transformer* draft_model = nullptr;                   ///< for Speculation::kDraftModel; outlives the engine
};

/// What a cache is rounded to where nobody says: f16 beside weights in blocks that are multiplied fast, whose own
/// rounding is far coarser; else f32.
DType default_cache_dtype(const nn::Transformer& transformer, const autograd::Runtime& runtime);

struct EngineStatistics {
  int64_t num_steps = 0;
  int64_t num_rows = 0;  ///< tokens computed, guesses included
  int64_t num_preemptions = 0;
  int64_t drafted_tokens = 0, accepted_tokens = 0;
};

/// Continuous batching: every step takes some tokens of each running request through one pass. A sequence's result
/// depends on its own tokens, settings and adapter alone, bit by bit: not on its neighbours, the size of the pieces,
/// the prefix cache, speculation or preemption. (With f32 weights; and where weights are multiplied in blocks, as far
/// as their kernels sum in one order for any number of rows.) Threads: submit() and cancel() from any; all else from
/// one at a time. Callbacks run inside of step() and may call submit() and cancel().
class Engine {
 public:
  /// Errors: kInvalidArgument for options that cannot be; kMismatch for a draft model of another vocabulary.
  Engine(const nn::Transformer& transformer, const autograd::Runtime& runtime, const EngineOptions& options = {});
  ~Engine();

  /// Takes a request in. Errors: kInvalidArgument for an empty prompt, an unknown id, bad settings, a prompt that
  /// leaves no room in the context, or a request that can never fit the cache.
  RequestId submit(Request request);
  /// Ends a request; its pages are free after the next step at the latest. Unknown ids are ignored.
  void cancel(RequestId id);
  /// Does one pass. Returns false when there is nothing left to do.
  bool step();
  /// Steps until all is done.
  void run() {
    while (step()) {
    }
  }

  const nn::TransformerConfig& config() const { return transformer_.config(); }
  const PagedCache& cache() const { return cache_; }
  const EngineStatistics& statistics() const { return statistics_; }
  int64_t num_running() const { return static_cast<int64_t>(running_.size()); }
  int64_t num_waiting() const { return static_cast<int64_t>(waiting_.size()); }

 private:
  using SequencePtr = std::shared_ptr<Sequence>;
  /// What came of one row of logits.
  struct Draw {
    SampledToken token;
    SamplingRecord record;
    std::exception_ptr failure;
  };
  /// What a sequence does in one pass.
  struct Work {
    SequencePtr sequence;
    int64_t tokens = 0;            ///< read, guesses included
    std::vector<int32_t> guesses;  ///< the last of them
    bool are_forced = false;       ///< the guesses, by a constraint
    bool is_prompt = false;        ///< all of them are, or none; prompts come first in a pass
    int64_t wanted = 0;            ///< rows whose hidden states are needed, its last ones or all
    int64_t first_row = 0;         ///< of the wanted ones
    bool draws = false;            ///< reaches its end: the next token is drawn
    int64_t first_draw_row = 0;    ///< of the logits
    Draw first_draw;
  };

  void check(const Request& request) const;
  void take_inbox();
  void admit();
  bool admit_one(const SequencePtr& sequence);
  bool awaits_prefix(const Sequence& sequence) const;
  std::vector<Work> plan();
  std::optional<Work> plan_one(const SequencePtr& sequence, int64_t rows_left);
  void guess(Work& work, int64_t most);
  bool make_room(const SequencePtr& sequence, int64_t tokens);
  SequencePtr lowest_running() const;
  void preempt(const SequencePtr& sequence);

  void run_pass(std::span<Work> works);
  static int64_t rows_wanted_of(const Work& work);
  Tensor pass(std::span<Work> works);
  void take_results(const Work& work, const Tensor& hidden);
  void take_scores(Sequence& sequence, int64_t begin, int64_t end, const Tensor& hidden, int64_t first_row);
  void take_hidden(Sequence& sequence, int64_t begin, int64_t end, const Tensor& hidden, int64_t first_row);
  Draw draw(const Work& work, const Tensor& logits, int64_t row) const;
  void draw_first_tokens(std::span<Work> works, const Tensor& logits);
  void draw_tokens(Work& work, const Tensor& logits);
  Tensor draw_logits(std::span<const Work> works, const Tensor& hidden);
  void adapt(const Sequence& sequence, int64_t first, int64_t count, std::vector<nn::AdaptedRows>& adapted) const;
  bool take_token(const SequencePtr& sequence, const SampledToken& token);
  void finish(const SequencePtr& sequence, StopReason reason, std::exception_ptr failure = {});
  void report_finished();

  const nn::Transformer& transformer_;
  const autograd::Runtime& runtime_;
  autograd::ExecutionContext context_;
  EngineOptions options_;
  bool writes_otherwise_;  // see Sequence
  PagedCache cache_;
  EngineStatistics statistics_;
  std::vector<SequencePtr> running_;
  std::vector<SequencePtr> waiting_;
  std::vector<SequencePtr> finished_;  // in this step

  std::mutex inbox_mutex_;
  std::vector<SequencePtr> submitted_;
  std::vector<RequestId> cancelled_;
  RequestId next_id_ = 1;
};

}  // namespace vitrine::infer
