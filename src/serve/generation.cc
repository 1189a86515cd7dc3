#include "serve/generation.h"

#include <algorithm>
#include <utility>

#include "infer/sequence_breakers.h"
#include "serve/sampling_request.h"

namespace vitrine::serve {
namespace {

/// Where the first of the texts begins in `text`, and which it is.
std::optional<std::pair<size_t, const std::string*>> first_of(std::string_view text,
                                                              const std::vector<std::string>& stops) {
  std::optional<std::pair<size_t, const std::string*>> first;
  for (const std::string& stop : stops) {
    const size_t at = text.find(stop);
    if (at != std::string_view::npos && (!first || at < first->first)) first.emplace(at, &stop);
  }
  return first;
}

/// How many bytes at the end of `text` may be the start of one of the texts.
size_t possible_start(std::string_view text, const std::vector<std::string>& stops) {
  size_t longest = 0;
  for (const std::string& stop : stops)
    for (size_t count = std::min(stop.size() - 1, text.size()); count > longest; --count)
      if (text.ends_with(std::string_view(stop).substr(0, count))) longest = count;
  return longest;
}

constexpr size_t kMaxCallStart = 256;  // bytes in which a call without a mark names its tool

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Generation::Generation(ModelHub& hub, std::shared_ptr<ServedModel> model, std::shared_ptr<Place> place,
                       GenerationOptions options, GenerationEvents events)
    : hub_(hub),
      model_(std::move(model)),
      place_(std::move(place)),
      options_(std::move(options)),
      events_(std::move(events)),
      ids_(options_.prompt),
      start_(Clock::now()) {
  options_.max_tokens =
      std::min(options_.max_tokens, model_->context_length() - static_cast<int64_t>(options_.prompt.size()));
  infer::resolve_sequence_breakers(options_.sampling, model_->tokenizer());
  // A rule that cannot be begun is refused here, while a request can still be answered with a status.
  for (const auto* const rule : {&options_.rule, &options_.call_rule})
    if (*rule) infer::TokenConstraint{**rule};
  if (!options_.is_chat) {
    decoder_ = std::make_unique<tokenizer::StreamDecoder>(model_->tokenizer(), /*continues=*/true);
    return;
  }
  data::OutputSink sink{.on_text = [this](std::string_view text) { take_text(text); },
                        .on_reasoning =
                            [this](std::string_view text) {
                              tokens_.clear();
                              if (events_.on_reasoning) events_.on_reasoning(text);
                            },
                        .on_call = [this](const data::ToolCallPart& call) { take_call(call); },
                        .on_call_text = [this](std::string_view text) { take_call_text(text); }};
  const bool is_exact = options_.continues || (options_.rule.has_value() && options_.forced_begin.empty());
  output_ = std::make_unique<data::AssistantOutput>(model_->tokenizer(), options_.marks, options_.opens_reasoning,
                                                    std::move(sink), is_exact);
  if (options_.closes_reasoning) output_->expect_late_end();
}

void Generation::start() {
  result_.prompt_tokens = static_cast<int64_t>(options_.prompt.size());
  if (options_.is_chat && !output_->is_reasoning() && options_.rule) push_text(options_.forced_begin);
  submit();
  hub_.loop().wake();
}

void Generation::cancel() {
  is_cancelled_ = true;
  model_->engine().cancel(request_);
  hub_.loop().wake();
}

/// Writes a text for the model, as its template would.
void Generation::push_text(const std::string& text, bool is_shown) {
  if (text.empty()) return;
  for (const int32_t id : model_->tokenizer().encode(text, std::vector{tokenizer::TextRange{0, text.size()}})) {
    if (is_shown) output_->push(id);
    ids_.push_back(id);
  }
}

/// A call is at hand that has not been looked at yet.
bool Generation::begins_call() const {
  if (output_->is_at_call()) return true;
  if (is_free_call_ || output_->bare_call().empty()) return false;
  CallFragments start;
  start.push(output_->bare_call().substr(0, kMaxCallStart));
  return std::ranges::find(options_.bare_calls, start.name()) != options_.bare_calls.end();
}

/// Begins the rule of calls behind what has come of one. False: it began in a way that the rule does not know.
bool Generation::follows_call_rule() {
  constraint_ = std::make_shared<infer::TokenConstraint>(*options_.call_rule);
  is_free_call_ = !output_->is_at_call() && !constraint_->accept_text(output_->bare_call());
  return !is_free_call_;
}

void Generation::submit() {
  is_at_turn_ = false;
  was_ruled_ = options_.rule && !(output_ && output_->is_reasoning());
  const bool is_call = options_.call_rule && begins_call() && follows_call_rule();
  is_ruled_call_ = is_call || (was_ruled_ && options_.is_call);
  if (was_ruled_ && !is_call) constraint_ = std::make_shared<infer::TokenConstraint>(*options_.rule);
  was_ruled_ = was_ruled_ || is_call;
  if (!was_ruled_) constraint_ = nullptr;
  infer::Request request{.segments = {{.ids = ids_}},
                         .adapter = model_->adapter(),
                         .sampling = options_.sampling,
                         .max_tokens = options_.max_tokens - num_tokens_,
                         .stop_ids = options_.stop_ids,
                         .priority = options_.priority,
                         .constraint = constraint_};
  const auto self = shared_from_this();
  request.on_token = [self](const infer::SampledToken& token) { return self->take(token); };
  request.on_finish = [self](const infer::Completion& done) { self->finish_stretch(done); };
  if (options_.top_log_probabilities >= 0) {
    request.num_recorded = static_cast<size_t>(std::max(1, options_.top_log_probabilities));
    request.on_record = [self](const infer::SampledToken& token, const infer::SamplingRecord& record) {
      self->take_record(token, record);
    };
  }
  request_ = model_->engine().submit(std::move(request));
  if (is_cancelled_) model_->engine().cancel(request_);
}

void Generation::take_record(const infer::SampledToken& token, const infer::SamplingRecord& record) {
  // Models may have more rows than there are tokens.
  const auto bytes = [&](int32_t id) {
    return id < model_->tokenizer().vocab_size() ? std::string(model_->tokenizer().token_bytes(id)) : std::string();
  };
  TokenReport report{.token = {bytes(token.id), token.raw_log_probability}, .best = {}};
  if (!record.steps.empty())
    for (const infer::SamplingRecord::Share& share : record.steps.front().best)
      if (static_cast<int>(report.best.size()) < options_.top_log_probabilities)
        report.best.push_back({bytes(share.id), share.log_probability});
  drawn_ = std::move(report);
}

/// Returns false where the stretch ends here.
bool Generation::take(const infer::SampledToken& token) {
  if (is_cancelled_) {
    ++result_.tokens_after_cancel;
    return false;
  }
  if (!std::exchange(has_first_, true)) {
    result_.first_token_s = seconds_since(start_);
    if (events_.on_first_token) events_.on_first_token(result_.prompt_tokens);
  }
  result_.ids.push_back(token.id);
  result_.log_probabilities.push_back(static_cast<float>(token.raw_log_probability));
  if (drawn_) tokens_.push_back(std::move(*drawn_));
  drawn_.reset();
  if (!output_) {
    take_text(decoder_->push(token.id));
    return !is_stopped_;
  }
  const bool was_reasoning = output_->is_reasoning();
  result_.reasoning_tokens += was_reasoning;
  output_->push(token.id);
  if (is_stopped_) return false;
  const bool thought_enough =
      options_.max_reasoning_tokens > 0 && result_.reasoning_tokens >= options_.max_reasoning_tokens;
  is_at_turn_ = output_->is_reasoning() ? thought_enough
                : options_.call_rule    ? !was_ruled_ && begins_call()
                                        : options_.rule.has_value() && !was_ruled_;
  return !is_at_turn_;
}

/// Shows words up to a stop text, and holds back what may be the start of one.
void Generation::take_text(std::string_view text) {
  if (is_stopped_ || text.empty()) return;
  std::string ready = held_text_ + std::string(text);
  held_text_.clear();
  if (const auto stop = first_of(ready, options_.stop)) {
    is_stopped_ = true;
    result_.stop_text = *stop->second;
    // Tokens that begin behind the cut are not part of the answer.
    size_t behind = ready.size() - stop->first;
    while (!tokens_.empty() && behind >= tokens_.back().token.bytes.size() && behind > 0) {
      behind -= tokens_.back().token.bytes.size();
      tokens_.pop_back();
    }
    ready.resize(stop->first);
  } else if (const size_t held = possible_start(ready, options_.stop)) {
    held_text_.assign(ready, ready.size() - held);
    ready.erase(ready.size() - held);
  }
  if (ready.empty()) return;
  shown_text_ += ready;
  if (events_.on_text) events_.on_text(ready, tokens_);
  tokens_.clear();
}

/// A call is told of while it is written only where a rule keeps it one: else it could turn out to be words.
void Generation::take_call_text(std::string_view text) {
  tokens_.clear();
  if (!is_ruled_call_ || !options_.shows_call_pieces) return;
  fragments_.push(text);
  if (fragments_.name().empty()) return;
  if (!std::exchange(has_call_, true)) {
    call_ = {
        .name = fragments_.name(), .arguments = "", .id = random_id("").substr(0, options_.marks.calls->id_characters)};
    if (events_.on_call_begin) events_.on_call_begin(call_);
  }
  const std::string more = fragments_.take_arguments();
  call_.arguments += more;
  if (!more.empty() && events_.on_call_arguments) events_.on_call_arguments(more);
}

void Generation::take_call(const data::ToolCallPart& call) {
  tokens_.clear();
  if (events_.on_call_begin) events_.on_call_begin(call);
  if (events_.on_call_arguments && !call.arguments.empty()) events_.on_call_arguments(call.arguments);
  if (events_.on_call_end) events_.on_call_end(call, /*is_whole=*/true);
}

/// Ends a call that was told of as what was told, and drops one of which nothing was but the mark that we wrote.
void Generation::end_ruled_call() {
  const bool is_whole = constraint_->is_complete();
  if (is_whole) push_text(options_.forced_end, /*is_shown=*/!has_call_);
  if (!options_.shows_call_pieces) {  // what was said is read as a whole
    if (is_whole && options_.marks.calls->end.empty()) output_->end_call();
    if (!is_whole && options_.is_call) output_->end_call_as(std::nullopt);
    return;
  }
  if (is_whole && !has_call_) return;
  output_->end_call_as(has_call_ ? std::optional(call_) : std::nullopt);
  if (has_call_ && events_.on_call_end) events_.on_call_end(call_, is_whole);
  result_.has_cut_call = has_call_ && !is_whole;
  has_call_ = false;
  fragments_ = {};
}

bool Generation::begins_next_stretch(const infer::Completion& done) {
  if (done.failure || is_cancelled_ || is_stopped_ || !output_ || num_tokens_ >= options_.max_tokens) return false;
  if (options_.call_rule && was_ruled_ && constraint_->is_complete() && !constraint_->is_ended()) {
    end_ruled_call();  // words or another call may follow
    return static_cast<int64_t>(ids_.size()) < model_->context_length();
  }
  if (!is_at_turn_) return false;
  if (options_.call_rule && begins_call()) return static_cast<int64_t>(ids_.size()) < model_->context_length();
  if (output_->is_reasoning()) {  // its thoughts took all that they may
    push_text(options_.marks.to_words);
    output_->expect_late_end();
  }
  if (options_.rule) push_text(options_.forced_begin);
  return static_cast<int64_t>(ids_.size()) < model_->context_length();
}

void Generation::finish_stretch(const infer::Completion& done) {
  // What was written for the model stands behind the prompt and may be cached too.
  if (num_tokens_ == 0) result_.cached_tokens = std::min(done.cached_prompt_tokens, result_.prompt_tokens);
  ids_.insert(ids_.end(), done.ids.begin(), done.ids.end());
  num_tokens_ += static_cast<int64_t>(done.ids.size());
  try {
    if (begins_next_stretch(done)) return submit();
    finish(done);
  } catch (const std::exception&) {
    infer::Completion failed = done;
    failed.failure = std::current_exception();
    finish(failed);
  }
}

void Generation::gather_parts() {
  if (!output_) {
    if (!shown_text_.empty()) result_.parts.push_back(data::TextPart{shown_text_});
    return;
  }
  bool has_text = false;
  for (const data::Part& part : output_->parts()) {
    if (std::holds_alternative<data::TextPart>(part) && !options_.stop.empty()) {
      if (!std::exchange(has_text, true) && !shown_text_.empty()) result_.parts.push_back(data::TextPart{shown_text_});
    } else {
      result_.parts.push_back(part);
    }
  }
}

void Generation::finish(const infer::Completion& done) {
  result_.completion_tokens = num_tokens_ + (done.reason == infer::StopReason::kStopToken);
  result_.failure = done.failure;
  result_.is_context_full = done.reason == infer::StopReason::kContext;
  result_.ended_thinking = output_ && output_->is_reasoning();
  if (!done.failure && !is_stopped_) {
    if (is_ruled_call_)
      end_ruled_call();
    else if (was_ruled_ && constraint_->is_complete() && output_)
      push_text(options_.forced_end);
    if (output_)
      output_->finish();
    else
      take_text(decoder_->flush());
    if (!held_text_.empty()) {  // it was the start of no stop text
      shown_text_ += held_text_;
      if (events_.on_text) events_.on_text(held_text_, tokens_);
      held_text_.clear();
    }
  }
  gather_parts();
  const bool has_calls =
      !result_.has_cut_call && std::any_of(result_.parts.begin(), result_.parts.end(), [](const data::Part& part) {
        return std::holds_alternative<data::ToolCallPart>(part);
      });
  if (done.failure || (is_cancelled_ && !is_stopped_))
    result_.reason = FinishReason::kCancelled;
  else if (is_stopped_ || done.reason == infer::StopReason::kStopToken)
    result_.reason = has_calls ? FinishReason::kToolCalls : FinishReason::kStop;
  else
    result_.reason =
        has_calls && done.reason != infer::StopReason::kLength ? FinishReason::kToolCalls : FinishReason::kLength;
  result_.total_s = seconds_since(start_);
  place_.reset();
  if (events_.on_finish) events_.on_finish(result_);
}

void start_all(const std::vector<std::shared_ptr<Generation>>& generations,
               const std::shared_ptr<Responder>& responder) {
  for (const auto& generation : generations) {
    try {
      generation->start();
    } catch (...) {
      for (const auto& each : generations) each->cancel();
      throw;
    }
  }
  responder->on_leave([generations = std::vector<std::weak_ptr<Generation>>(generations.begin(), generations.end())] {
    for (const auto& each : generations)
      if (const auto generation = each.lock()) generation->cancel();
  });
}

}  // namespace vitrine::serve
