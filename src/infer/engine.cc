// Requests in and out, and what comes of a pass. Who runs when: engine_schedule.cc.
#include "infer/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "infer/log_probability.h"
#include "infer/sequence.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::infer {
namespace {

constexpr int64_t kLogitRows = 32;  // at once, where prompts are scored: a row may take half a megabyte

nn::KvPages::Options page_options(const nn::TransformerConfig& config, const EngineOptions& options) {
  if (options.cache_tokens < 0 || options.max_batch_tokens < 1 || options.max_sequences < 1 || options.page_tokens < 1)
    throw Error(ErrorCode::kInvalidArgument, "engine: sizes of the cache and of a batch must be positive");
  const int64_t tokens = options.cache_tokens > 0 ? options.cache_tokens : config.context_length;
  return {.dtype = options.cache_dtype,
          .page_tokens = options.page_tokens,
          .num_pages = (tokens + options.page_tokens - 1) / options.page_tokens};
}

/// The adapters of the rows of one pass, or of its logits, which are fewer rows.
class AdapterScope {
 public:
  AdapterScope(autograd::ExecutionContext& context, std::span<const nn::AdaptedRows> rows) : context_(context) {
    context_.adapt = nn::adapt_rows(rows);
  }
  ~AdapterScope() { context_.adapt = {}; }
  AdapterScope(const AdapterScope&) = delete;
  AdapterScope& operator=(const AdapterScope&) = delete;

 private:
  autograd::ExecutionContext& context_;
};

}  // namespace

DType default_cache_dtype(const nn::Transformer& transformer, const autograd::Runtime& runtime) {
  return transformer.multiplies_in_panels(runtime.kernel_context()) ? DType::kF16 : DType::kF32;
}

Engine::Engine(const nn::Transformer& transformer, const autograd::Runtime& runtime, const EngineOptions& options)
    : transformer_(transformer),
      runtime_(runtime),
      context_(runtime.execution_context()),
      options_(options),
      writes_otherwise_(
          (kernels::reads_prompts_otherwise(context_.kernels) && transformer.multiplies_in_panels(context_.kernels)) ||
          kernels::attends_to_prompts_otherwise(context_.kernels, options.cache_dtype)),
      cache_(transformer.config(), page_options(transformer.config(), options), options.share_prefixes) {
  if (options.draft_model && options.draft_model->config().vocab_size != config().vocab_size)
    throw Error(ErrorCode::kMismatch,
                fmt::format("engine: the draft model has {} tokens, the model {}",
                            options.draft_model->config().vocab_size, config().vocab_size),
                "take a draft model with the same tokenizer");
}

Engine::~Engine() = default;

void Engine::check(const Request& request) const {
  const std::vector<int32_t> ids = flat_ids(request);
  const auto prompt_tokens = static_cast<int64_t>(ids.size());
  if (ids.empty()) throw Error(ErrorCode::kInvalidArgument, "generate: the prompt is empty", "give at least one token");
  for (const int32_t id : ids)
    if (id < 0 || id >= config().vocab_size)
      throw Error(
          ErrorCode::kInvalidArgument,
          fmt::format("generate: there is no token {} (expected ids from 0 to {})", id, config().vocab_size - 1),
          "encode the text with the model's own tokenizer");
  for (const Segment& segment : request.segments)
    if (segment.rows.defined() && (segment.rows.shape().rank() != 2 || segment.rows.shape()[1] != config().width ||
                                   segment.rows.dtype() != DType::kF32))
      throw Error(ErrorCode::kInvalidArgument, fmt::format("generate: embedding rows have shape {}, expected [n,{}]",
                                                           segment.rows.shape().to_text(), config().width));
  const bool reads_only = request.max_tokens <= 0;
  if (prompt_tokens >= config().context_length + reads_only)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("generate: a prompt of {} tokens leaves no room in the context of {}", prompt_tokens,
                            config().context_length),
                "shorten the prompt");
  const int64_t most = std::min(prompt_tokens + std::clamp<int64_t>(request.max_tokens, 0, config().context_length),
                                config().context_length);
  if (cache_.pages_for(most) > cache_.pool().num_pages())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("generate: {} tokens of prompt and text need {} pages of the cache (it has {})", most,
                            cache_.pages_for(most), cache_.pool().num_pages()),
                "ask for fewer tokens, or give the cache more");
  if (request.adapter < 0 || request.adapter > static_cast<int64_t>(options_.adapters.size()))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("generate: there is no adapter {} (expected 0 to {})",
                                                         request.adapter, options_.adapters.size()));
  if (request.speculation == Speculation::kDraftModel && !options_.draft_model)
    throw Error(ErrorCode::kInvalidArgument, "generate: speculation by a draft model, and there is none");
}

RequestId Engine::submit(Request request) {
  check(request);
  auto sequence = std::make_shared<Sequence>(std::move(request));
  sequence->writes_otherwise = writes_otherwise_;
  if (sequence->request.speculation == Speculation::kLookup) sequence->drafter = make_lookup_drafter();
  if (sequence->request.speculation == Speculation::kDraftModel)
    sequence->drafter = make_model_drafter(*options_.draft_model, runtime_);
  const std::lock_guard lock(inbox_mutex_);
  sequence->id = sequence->done.id = next_id_++;
  submitted_.push_back(sequence);
  return sequence->id;
}

void Engine::cancel(RequestId id) {
  const std::lock_guard lock(inbox_mutex_);
  cancelled_.push_back(id);
}

void Engine::take_inbox() {
  std::vector<RequestId> cancelled;
  {
    const std::lock_guard lock(inbox_mutex_);
    waiting_.insert(waiting_.end(), submitted_.begin(), submitted_.end());
    submitted_.clear();
    cancelled.swap(cancelled_);
  }
  for (const RequestId id : cancelled)
    for (const std::vector<SequencePtr>* const list : {&running_, &waiting_}) {
      const auto at = std::find_if(list->begin(), list->end(), [&](const auto& each) { return each->id == id; });
      if (at == list->end()) continue;
      finish(SequencePtr(*at), StopReason::kCancelled);
      break;
    }
}

bool Engine::step() {
  take_inbox();
  admit();
  std::vector<Work> works = plan();
  const bool moved = !works.empty() || !finished_.empty();
  try {
    if (!works.empty()) run_pass(works);
  } catch (const std::exception&) {  // such as no memory: nobody's tokens were read
    for (const Work& work : works)
      if (!work.sequence->is_over) finish(work.sequence, StopReason::kCancelled, std::current_exception());
  }
  report_finished();
  const std::lock_guard lock(inbox_mutex_);
  VITRINE_CHECK(moved || running_.empty(), "engine: nothing moves");
  return !running_.empty() || !waiting_.empty() || !submitted_.empty();
}

void Engine::run_pass(std::span<Work> works) {
  const Tensor hidden = pass(works);
  ++statistics_.num_steps;
  const Tensor logits = draw_logits(works, hidden);
  int64_t row = 0;
  for (Work& work : works) {
    work.first_draw_row = row;
    row += work.draws ? static_cast<int64_t>(work.guesses.size()) + 1 : 0;
    try {
      take_results(work, hidden);
    } catch (const std::exception&) {
      finish(work.sequence, StopReason::kCancelled, std::current_exception());
    }
  }
  draw_first_tokens(works, logits);
  for (Work& work : works)
    if (work.draws && !work.sequence->is_over) draw_tokens(work, logits);
}

int64_t Engine::rows_wanted_of(const Work& work) {
  const Request& request = work.sequence->request;
  if (request.score_from >= 0 || request.hidden != HiddenStates::kNone) return work.tokens;
  return work.draws ? static_cast<int64_t>(work.guesses.size()) + 1 : 0;
}

Tensor Engine::pass(std::span<Work> works) {
  std::vector<int32_t> ids;
  std::vector<nn::CachedSequence> sequences;
  std::vector<int64_t> input_rows;
  std::vector<float> inputs;
  std::vector<nn::AdaptedRows> adapted;
  const int64_t width = config().width;
  bool is_prefill = false;
  int64_t prompt_rows = 0, wanted_rows = 0;
  for (Work& work : works) {
    Sequence& sequence = *work.sequence;
    const auto first_row = static_cast<int64_t>(ids.size());
    work.wanted = rows_wanted_of(work);
    work.first_row = wanted_rows;
    wanted_rows += work.wanted;
    const int64_t begin = sequence.table.length, own = work.tokens - static_cast<int64_t>(work.guesses.size());
    is_prefill = is_prefill || own > 1;
    prompt_rows += work.is_prompt ? work.tokens : 0;
    sequences.push_back({sequence.table.pages, begin, work.tokens, work.wanted});
    adapt(sequence, first_row, work.tokens, adapted);
    for (size_t i = 0; i < sequence.row_positions.size(); ++i) {
      const int64_t position = sequence.row_positions[i];
      if (position < begin || position >= begin + own) continue;
      input_rows.push_back(first_row + position - begin);
      const float* const row = sequence.rows.f32() + static_cast<int64_t>(i) * width;
      inputs.insert(inputs.end(), row, row + width);
    }
    ids.insert(ids.end(), sequence.ids.begin() + begin, sequence.ids.begin() + begin + own);
    ids.insert(ids.end(), work.guesses.begin(), work.guesses.end());
  }
  const TraceScope traced(context_.kernels.trace, TraceKind::kRegion, is_prefill ? "prefill" : "decode");
  const auto rows = static_cast<int64_t>(ids.size());
  statistics_.num_rows += rows;
  const nn::CachedBatch batch{&cache_.pages(), sequences};
  const AdapterScope scope(context_, adapted);
  const autograd::Variable hidden = transformer_.hidden(
      context_,
      {.ids = Tensor::from_ints({1, rows}, ids),
       .cached = &batch,
       .inputs = input_rows.empty() ? Tensor()
                                    : Tensor::from_floats({static_cast<int64_t>(input_rows.size()), width}, inputs),
       .input_rows = input_rows,
       .prompt_rows = prompt_rows});
  return hidden.data.reshaped({wanted_rows, width});
}

void Engine::take_results(const Work& work, const Tensor& hidden) {
  Sequence& sequence = *work.sequence;
  const int64_t begin = sequence.table.length, end = begin + work.tokens - static_cast<int64_t>(work.guesses.size());
  cache_.advance(sequence.table, sequence.keys, end);
  cache_.drop_unseen(sequence.table, end, config().window);
  take_scores(sequence, begin, end, hidden, work.first_row);
  take_hidden(sequence, begin, end, hidden, work.first_row);
  if (end == sequence.length() && !sequence.wants_token()) finish(work.sequence, StopReason::kLength);
}

void Engine::take_scores(Sequence& sequence, int64_t begin, int64_t end, const Tensor& hidden, int64_t first_row) {
  if (sequence.request.score_from < 0) return;
  const int64_t prompt = sequence.done.prompt_tokens;
  const auto scored = static_cast<int64_t>(sequence.done.scores.size());
  // The row of a position says how probable the token behind it is.
  int64_t position = std::max(begin, std::max<int64_t>(sequence.request.score_from, 1) - 1 + scored);
  while (position < std::min(end, prompt - 1)) {
    const int64_t until = std::min({end, prompt - 1, position + kLogitRows});
    const Tensor rows = hidden.slice_rows(first_row + position - begin, first_row + until - begin);
    std::vector<nn::AdaptedRows> adapted;
    adapt(sequence, 0, until - position, adapted);
    const AdapterScope scope(context_, adapted);
    const Tensor logits = transformer_.logits(context_, autograd::constant(rows));
    for (int64_t row = 0; position < until; ++position, ++row)
      sequence.done.scores.push_back(
          log_probability(logits.slice_rows(row, row + 1).floats(), sequence.ids[static_cast<size_t>(position + 1)]));
  }
}

void Engine::take_hidden(Sequence& sequence, int64_t begin, int64_t end, const Tensor& hidden, int64_t first_row) {
  const int64_t prompt = sequence.done.prompt_tokens, width = config().width;
  if (sequence.request.hidden == HiddenStates::kNone || begin >= prompt) return;
  const bool is_all = sequence.request.hidden == HiddenStates::kAll;
  Tensor& kept = sequence.done.hidden;
  if (!kept.defined()) kept = Tensor::empty({is_all ? prompt : 1, width});
  const int64_t until = std::min(end, prompt);
  for (int64_t position = is_all ? begin : prompt - 1; position < until; ++position)
    std::copy_n(hidden.f32() + (first_row + position - begin) * width, width,
                kept.f32() + (is_all ? position : 0) * width);
}

Tensor Engine::draw_logits(std::span<const Work> works, const Tensor& hidden) {
  const int64_t width = config().width;
  std::vector<int64_t> rows;
  std::vector<nn::AdaptedRows> adapted;
  for (const Work& work : works) {
    const auto first = static_cast<int64_t>(rows.size());
    for (int64_t back = static_cast<int64_t>(work.guesses.size()); work.draws && back >= 0; --back)
      rows.push_back(work.first_row + work.wanted - 1 - back);
    adapt(*work.sequence, first, static_cast<int64_t>(rows.size()) - first, adapted);
  }
  if (rows.empty()) return {};
  const Tensor wanted = Tensor::empty({static_cast<int64_t>(rows.size()), width});
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(hidden.f32() + rows[i] * width, width, wanted.f32() + static_cast<int64_t>(i) * width);
  const AdapterScope scope(context_, adapted);
  return transformer_.logits(context_, autograd::constant(wanted));
}

/// Enters rows of a sequence that has an adapter.
void Engine::adapt(const Sequence& sequence, int64_t first, int64_t count,
                   std::vector<nn::AdaptedRows>& adapted) const {
  if (const int64_t adapter = sequence.request.adapter; adapter > 0 && count > 0)
    adapted.push_back({first, count, options_.adapters[static_cast<size_t>(adapter - 1)].get()});
}

/// What one row of logits comes to; touches nothing but the sequence's own sampler and constraint.
Engine::Draw Engine::draw(const Work& work, const Tensor& logits, int64_t row) const {
  const Request& request = work.sequence->request;
  const int64_t most = options_.drawable_tokens > 0 ? options_.drawable_tokens : config().vocab_size;
  Draw draw;
  try {
    const std::span<float> row_logits = logits.slice_rows(work.first_draw_row + row, work.first_draw_row + row + 1)
                                            .floats()
                                            .first(static_cast<size_t>(std::min(most, config().vocab_size)));
    SamplingRecord* const record = request.on_record ? &draw.record : nullptr;
    draw.record.num_best = request.num_recorded;
    Sampler& sampler = work.sequence->sampler;
    if (!request.constraint) {
      draw.token = sampler.sample(row_logits, record);
      return draw;
    }
    const std::vector<float> model_logits(row_logits.begin(), row_logits.end());
    request.constraint->restrict(row_logits);
    draw.token = sampler.sample_restricted(row_logits, model_logits, record);
    request.constraint->accept(draw.token.id);
  } catch (const std::exception&) {
    draw.failure = std::current_exception();
  }
  return draw;
}

/// The first of each sequence side by side: most have no other.
void Engine::draw_first_tokens(std::span<Work> works, const Tensor& logits) {
  const TraceScope traced(context_.kernels.trace, TraceKind::kOperation, "sample");
  std::vector<Work*> drawing;
  for (Work& work : works)
    if (work.draws && !work.sequence->is_over) drawing.push_back(&work);
  context_.kernels.pool->parallel_for(static_cast<int64_t>(drawing.size()), [&](int64_t i, int) {
    Work& work = *drawing[static_cast<size_t>(i)];
    work.first_draw = draw(work, logits, 0);
  });
}

void Engine::draw_tokens(Work& work, const Tensor& logits) {
  Sequence& sequence = *work.sequence;
  const auto guesses = static_cast<int64_t>(work.guesses.size());
  int64_t accepted = 0;
  for (int64_t row = 0; row <= guesses; ++row) {
    // The token of this row was drawn as it was guessed, or is the last that was read.
    if (row > 0) cache_.advance(sequence.table, sequence.keys, sequence.table.length + 1);
    Draw drawn = row == 0 ? std::move(work.first_draw) : draw(work, logits, row);
    try {
      if (drawn.failure) std::rethrow_exception(drawn.failure);
      if (const auto& on_record = sequence.request.on_record) on_record(drawn.token, drawn.record);
    } catch (const std::exception&) {
      finish(work.sequence, StopReason::kCancelled, std::current_exception());
      break;
    }
    const bool came_true = row < guesses && drawn.token.id == work.guesses[static_cast<size_t>(row)];
    accepted += came_true;
    if (!take_token(work.sequence, drawn.token) || !came_true) break;
  }
  if (work.are_forced) {
    sequence.done.forced_tokens += accepted;
    return;
  }
  sequence.done.accepted_tokens += accepted;
  statistics_.accepted_tokens += accepted;
  if (guesses > 0)
    sequence.draft_length =
        accepted == guesses ? std::min<int64_t>(2 * guesses, 16) : std::max<int64_t>(accepted + 1, 2);
}

/// Returns false when the sequence is over.
bool Engine::take_token(const SequencePtr& pointer, const SampledToken& token) {
  Sequence& sequence = *pointer;
  const std::vector<int32_t>& stop_ids = sequence.request.stop_ids;
  const bool is_ended = sequence.request.constraint && sequence.request.constraint->is_ended();
  if (is_ended || std::find(stop_ids.begin(), stop_ids.end(), token.id) != stop_ids.end()) {
    finish(pointer, StopReason::kStopToken);
    return false;
  }
  const int64_t tokens_before = sequence.length();
  sequence.append(token.id);
  sequence.done.ids.push_back(token.id);
  try {
    if (sequence.request.on_token && !sequence.request.on_token(token)) {
      finish(pointer, StopReason::kCancelled);
      return false;
    }
  } catch (...) {
    finish(pointer, StopReason::kCancelled, std::current_exception());
    return false;
  }
  const auto& constraint = sequence.request.constraint;
  if (constraint && constraint->is_finished()) {
    finish(pointer, StopReason::kStopToken);
    return false;
  }
  if (tokens_before >= config().context_length) finish(pointer, StopReason::kContext);
  if (!sequence.is_over && !sequence.wants_token()) finish(pointer, StopReason::kLength);
  return !sequence.is_over;
}

void Engine::finish(const SequencePtr& sequence, StopReason reason, std::exception_ptr failure) {
  cache_.release(sequence->table, sequence->keys);
  sequence->done.reason = reason;
  sequence->done.failure = std::move(failure);
  sequence->is_over = true;
  std::erase(running_, sequence);
  std::erase(waiting_, sequence);
  finished_.push_back(sequence);
}

void Engine::report_finished() {
  for (const SequencePtr& sequence : std::exchange(finished_, {}))
    if (sequence->request.on_finish) sequence->request.on_finish(sequence->done);
}

}  // namespace vitrine::infer
