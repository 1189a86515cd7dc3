#include "serve/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>

#include "base/error.h"
#include "serve/api_error.h"
#include "serve/event_stream.h"
#include "serve/json_writer.h"
#include "serve/sampling_request.h"
#include "tools/catalog.h"

namespace vitrine::serve {
namespace {

using data::Message;
using data::Role;

constexpr int kMaxToolRounds = 4;
constexpr size_t kKeptRuns = 64;                                      // whose events can still be replayed
constexpr std::chrono::milliseconds kSaveEvery{400};                  // what an answer says until it is done
constexpr std::string_view kByUser = "", kByProgram = "interrupted";  // who ended an answer early, as its stop reason

std::string one_text(std::string_view text) {
  JsonWriter json;
  return json.begin_object().field("text", text).end_object().take();
}

}  // namespace

struct AnswerLine {
  std::shared_ptr<void> key_slot;
  std::mutex mutex;
  std::deque<std::shared_ptr<Answers::Run>> runs;  // the first is at work

  /// Returns how many are before it.
  int64_t enter(std::shared_ptr<Answers::Run> run) {
    const std::lock_guard lock(mutex);
    runs.push_back(std::move(run));
    return static_cast<int64_t>(runs.size()) - 1;
  }
  /// Returns whose turn it is now, where that was another's.
  std::shared_ptr<Answers::Run> leave(const Answers::Run& run) {
    const std::lock_guard lock(mutex);
    const bool was_at_work = !runs.empty() && runs.front().get() == &run;
    std::erase_if(runs, [&](const auto& each) { return each.get() == &run; });
    return was_at_work && !runs.empty() ? runs.front() : nullptr;
  }
};

std::shared_ptr<AnswerLine> make_answer_line(std::shared_ptr<void> key_slot) {
  auto line = std::make_shared<AnswerLine>();
  line->key_slot = std::move(key_slot);
  return line;
}

/// One answer while it is written, and its events.
class Answers::Run : public std::enable_shared_from_this<Run> {
 public:
  Run(Answers& answers, AnswerRequest request)
      : answers_(answers), request_(std::move(request)), message_(request_.message) {}

  /// Has the oldest turns go that leave no room. Errors: ApiError where even the last does not fit.
  void fit() {
    if (!make_room()) require_room(num_prompt_tokens() + kAnswerRoom, request_.model->context_length(), "parent_id");
  }

  const store::StoredMessage& message() const { return message_; }

  void start() {
    JsonWriter json;
    json.begin_object().field("message_id", message_.id).field("model", message_.model);
    emit("start", json.field("seed", message_.seed.value_or(0)).end_object().take());
    const int64_t in_line = get_in_line();
    const int64_t ahead = request_.model->num_active() - 1;
    const bool waits_for_engine = ahead >= answers_.hub_.options().engine.max_sequences;
    if (in_line > 0 || waits_for_engine) {
      JsonWriter queued;
      const int64_t position = in_line > 0 ? in_line : ahead;
      emit("queued", queued.begin_object().field("position", position).end_object().take());
    }
    if (in_line == 0) return say();
    if (is_stopped_) leave_unwritten();
  }

  /// Those before it are over.
  void take_turn() {
    if (ends_waiting()) say();
  }

  /// `reason`: for the message, where this is what ended it.
  void stop(std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_) stopped_for_ = reason;
    is_stopped_ = true;
    if (generation_) generation_->cancel();
    if (is_waiting_) answers_.tasks_.post([self = shared_from_this()] { self->leave_unwritten(); });
  }

  void follow(int64_t after, const std::shared_ptr<Responder>& responder) {
    const std::lock_guard lock(mutex_);
    begin_event_stream(*responder);
    for (size_t i = static_cast<size_t>(std::max<int64_t>(0, after)); i < events_.size(); ++i)
      write_event(*responder, events_[i].second, events_[i].first, static_cast<int64_t>(i) + 1);
    if (is_over_)
      responder->end();
    else
      followers_.push_back(responder);
  }

  void wait() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [&] { return is_over_; });
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return is_over_;
  }

 private:
  /// Returns how many of its line are to be written before it.
  int64_t get_in_line() {
    const int64_t before = request_.line ? request_.line->enter(shared_from_this()) : 0;
    const std::lock_guard lock(mutex_);
    is_waiting_ = before > 0;
    return before;
  }

  /// False: it waits no more.
  bool ends_waiting() {
    const std::lock_guard lock(mutex_);
    return std::exchange(is_waiting_, false);
  }

  /// It was stopped while it waited.
  void leave_unwritten() {
    if (!ends_waiting()) return;
    message_.state = "stopped";
    message_.stop_reason = reason_of_stop();
    close();
  }

  int64_t num_prompt_tokens() const {
    return static_cast<int64_t>(chat_prompt(request_.spec, *request_.model).ids.size());
  }

  /// Drops the oldest turns until an answer has room. False: the last turn with its calls leaves too little.
  bool make_room() { return serve::make_room(request_.spec, *request_.model, num_tokens_, message_.dropped_turns); }

  void emit(std::string_view type, std::string json) {
    const std::lock_guard lock(mutex_);
    emit_locked(type, std::move(json));
  }
  void emit_locked(std::string_view type, std::string json) {
    events_.emplace_back(type, std::move(json));
    const auto number = static_cast<int64_t>(events_.size());
    std::erase_if(followers_, [&](const auto& responder) {
      return !write_event(*responder, events_.back().second, events_.back().first, number);
    });
  }

  /// Takes what the turn says, and has it stored at times, so that it outlives the program.
  void hear(std::string_view type, std::string_view text) {
    const std::lock_guard lock(mutex_);
    emit_locked(type, one_text(text));
    if (heard_.empty() || heard_.back().first != type) heard_.emplace_back(type, "");
    heard_.back().second += text;
    if (unsaved_.empty() || unsaved_.back().type != type) unsaved_.push_back({std::string(type), ""});
    unsaved_.back().text += text;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_saved_ < kSaveEvery) return;
    last_saved_ = now;
    answers_.tasks_.post([self = shared_from_this()] { self->save_heard(); });
  }

  void save_heard() {
    std::vector<store::DraftPiece> pieces;
    {
      const std::lock_guard lock(mutex_);
      if (is_over_ || is_unsavable_ || unsaved_.empty()) return;
      pieces.swap(unsaved_);
    }
    try {
      answers_.store_.append_draft(message_.id, pieces);
    } catch (const Error&) {  // deleted meanwhile, or the disk is full: close() says so
      const std::lock_guard lock(mutex_);
      unsaved_.insert(unsaved_.begin(), pieces.begin(), pieces.end());
    }
  }

  /// What earlier turns said, with the calls and their results.
  void save_turns() {
    try {
      answers_.store_.save_draft(message_.id, parts_with_heard());
    } catch (const Error&) {  // as above; what is appended to what was there before is not what was said
      const std::lock_guard lock(mutex_);
      is_unsavable_ = true;
    }
  }

  std::string parts_with_heard() {
    JsonWriter json = parts_;
    const std::lock_guard lock(mutex_);
    for (const auto& [type, text] : heard_) json.begin_object().field("type", type).field("text", text).end_object();
    return "[" + json.text() + "]";
  }

  /// Has the model speak once. Whatever goes wrong ends the answer.
  void say() {
    try {
      GenerationOptions options = generation_options(request_.spec, *request_.model);
      options.max_tokens =
          std::min(options.max_tokens, request_.spec.max_tokens.value_or(options.max_tokens) - num_tokens_);
      const auto self = shared_from_this();
      GenerationEvents events;
      events.on_text = [self](std::string_view text, const std::vector<TokenReport>&) { self->hear("text", text); };
      events.on_reasoning = [self](std::string_view text) { self->hear("reasoning", text); };
      events.on_first_token = [self](int64_t prompt_tokens) {
        if (self->num_rounds_ > 0) return;
        JsonWriter json;
        json.begin_object().field("prompt_tokens", prompt_tokens).field("dropped_turns", self->message_.dropped_turns);
        self->emit("prompt", json.end_object().take());
      };
      events.on_finish = [self](const GenerationResult& result) {
        self->answers_.tasks_.post([self, result] {
          try {
            self->finish_turn(result);
          } catch (const std::exception&) {
            self->fail(std::current_exception());
          }
        });
      };
      const auto generation = std::make_shared<Generation>(answers_.hub_, request_.model, request_.place,
                                                           std::move(options), std::move(events));
      {
        const std::lock_guard lock(mutex_);
        generation_ = generation;
      }
      generation->start();
      if (is_stopped_) generation->cancel();
    } catch (const std::exception&) {
      fail(std::current_exception());
    }
  }

  void finish_turn(const GenerationResult& result) {
    answers_.metrics_.count_generation(result);
    num_tokens_ += result.completion_tokens;
    count(result);
    if (result.failure) return fail(result.failure);
    {
      const std::lock_guard lock(mutex_);
      heard_.clear();  // the result has it all
      unsaved_.clear();
    }
    Message said{Role::kAssistant, result.parts};
    std::vector<data::ToolCallPart> calls;
    for (const data::Part& part : result.parts) {
      add_part(part);
      if (const auto* call = std::get_if<data::ToolCallPart>(&part)) calls.push_back(*call);
    }
    if (calls.empty() || !request_.runs_tools) return end(result);
    request_.spec.messages.push_back(std::move(said));
    const bool may_go_on = ++num_rounds_ <= kMaxToolRounds && result.reason == FinishReason::kToolCalls && !is_stopped_;
    for (const data::ToolCallPart& call : calls) {
      const std::string text = may_go_on ? tools::call_tool(call.name, call.arguments).text
                                         : "error: not run: the answer was stopped, or has called too often.";
      add_result(call, text);
      request_.spec.messages.push_back({Role::kTool, {data::ToolResultPart{text, call.id}}});
    }
    if (!may_go_on) return end(result);
    const bool has_room = make_room();
    if (!has_room || num_tokens_ >= request_.spec.max_tokens.value_or(INT64_MAX)) {
      GenerationResult full = result;
      full.reason = FinishReason::kLength;
      full.is_context_full = !has_room;
      return end(full);
    }
    save_turns();
    say();
  }

  void count(const GenerationResult& result) {
    store::MessageUsage usage = message_.usage.value_or(store::MessageUsage());
    const bool is_first = !message_.usage;
    usage.prompt_tokens = result.prompt_tokens;
    if (is_first) usage.cached_tokens = result.cached_tokens;
    usage.cached_tokens = std::min(usage.cached_tokens, usage.prompt_tokens);  // turns may have gone meanwhile
    usage.completion_tokens += result.completion_tokens;
    usage.reasoning_tokens += result.reasoning_tokens;
    message_.usage = usage;
    message_.milliseconds = message_.milliseconds.value_or(0) + static_cast<int64_t>(result.total_s * 1000);
    if (is_first) message_.first_token_milliseconds = static_cast<int64_t>(result.first_token_s * 1000);
    message_.token_ids.insert(message_.token_ids.end(), result.ids.begin(), result.ids.end());
    message_.log_probabilities.insert(message_.log_probabilities.end(), result.log_probabilities.begin(),
                                      result.log_probabilities.end());
  }

  void add_part(const data::Part& part) {
    parts_.begin_object();
    if (const auto* text = std::get_if<data::TextPart>(&part)) parts_.field("type", "text").field("text", text->text);
    if (const auto* thought = std::get_if<data::ReasoningPart>(&part))
      parts_.field("type", "reasoning").field("text", thought->text);
    if (const auto* call = std::get_if<data::ToolCallPart>(&part)) {
      parts_.field("type", "tool_call")
          .field("id", call->id)
          .field("name", call->name)
          .field("arguments", call->arguments);
      JsonWriter json;
      json.begin_object().field("id", call->id).field("name", call->name).field("arguments", call->arguments);
      emit("tool_call", json.end_object().take());
    }
    parts_.end_object();
  }

  void add_result(const data::ToolCallPart& call, const std::string& text) {
    parts_.begin_object().field("type", "tool_result").field("call_id", call.id).field("name", call.name);
    parts_.field("text", text).end_object();
    JsonWriter json;
    json.begin_object().field("call_id", call.id).field("name", call.name).field("text", text);
    emit("tool_result", json.end_object().take());
  }

  void end(const GenerationResult& result) {
    message_.state = result.reason == FinishReason::kCancelled ? "stopped" : "done";
    message_.stop_reason = result.reason == FinishReason::kCancelled ? reason_of_stop()
                           : result.is_context_full                  ? "context"
                           : result.reason == FinishReason::kLength  ? "length"
                                                                     : "stop";
    close();
  }

  std::string reason_of_stop() {
    const std::lock_guard lock(mutex_);
    return stopped_for_;
  }

  void fail(std::exception_ptr failure) {
    const ApiError error = to_api_error(failure);
    message_.state = "failed";
    message_.error = error.message();
    emit("error", error_body(error));
    close();
  }

  void close() {
    message_.parts = parts_with_heard();
    request_.place.reset();
    leave_line();
    try {
      answers_.store_.update_message(message_);
    } catch (const Error& error) {  // its conversation was deleted meanwhile, or the disk is full
      if (error.code() != ErrorCode::kNotFound) {
        message_.state = "failed";
        message_.error = error.message();
      }
    }
    const std::lock_guard lock(mutex_);
    emit_locked("done", fmt::format("{{\"message\":{}}}", message_json(message_)));
    for (const auto& responder : followers_) responder->end();
    followers_.clear();
    is_over_ = true;
    generation_.reset();
    over_.notify_all();
  }

  void leave_line() {
    const auto line = std::exchange(request_.line, nullptr);
    if (!line) return;
    if (const auto next = line->leave(*this)) answers_.tasks_.post([next] { next->take_turn(); });
  }

  Answers& answers_;
  AnswerRequest request_;
  store::StoredMessage message_;
  JsonWriter parts_;
  int64_t num_tokens_ = 0;
  int num_rounds_ = 0;
  std::atomic<bool> is_stopped_{false};

  std::mutex mutex_;  // of what follows
  std::condition_variable over_;
  bool is_waiting_ = false;  // for others of its line
  std::string stopped_for_;
  std::vector<std::pair<std::string, std::string>> heard_;  // types and texts of the turn that is being written
  std::vector<store::DraftPiece> unsaved_;                  // the end of that, which is not stored yet
  bool is_unsavable_ = false;                               // the store lacks what stands before that
  std::chrono::steady_clock::time_point last_saved_;
  std::shared_ptr<Generation> generation_;
  std::vector<std::pair<std::string, std::string>> events_;
  std::vector<std::shared_ptr<Responder>> followers_;
  bool is_over_ = false;
};

Answers::Answers(ModelHub& hub, store::Store& store, Metrics& metrics) : hub_(hub), store_(store), metrics_(metrics) {}

Answers::~Answers() { stop_all(); }

store::StoredMessage Answers::begin(AnswerRequest request) {
  const auto run = std::make_shared<Run>(*this, std::move(request));
  run->fit();
  store_.add_message(run->message());
  {
    const std::lock_guard lock(mutex_);
    runs_.emplace_back(run->message().id, run);
    for (auto at = runs_.begin(); runs_.size() > kKeptRuns && at != runs_.end();)
      at = at->second->is_over() ? runs_.erase(at) : std::next(at);
  }
  const store::StoredMessage message = run->message();
  tasks_.post([run] { run->start(); });
  return message;
}

std::shared_ptr<Answers::Run> Answers::find(const std::string& message_id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, run] : runs_)
    if (id == message_id) return run;
  return nullptr;
}

void Answers::follow(const std::string& message_id, int64_t after, const std::shared_ptr<Responder>& responder) {
  if (const auto run = find(message_id)) return run->follow(after, responder);
  const store::StoredMessage message = store_.message(message_id);
  begin_event_stream(*responder);
  write_event(*responder, fmt::format("{{\"message\":{}}}", message_json(message)), "done",
              std::max<int64_t>(after, 0) + 1);
  responder->end();
}

void Answers::stop(const std::string& message_id) {
  const auto run = find(message_id);
  if (!run) return;
  run->stop(kByUser);
  run->wait();
}

void Answers::stop_conversation(const std::string& conversation_id) {
  std::vector<std::shared_ptr<Run>> runs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, run] : runs_)
      if (run->message().conversation_id == conversation_id) runs.push_back(run);
    std::erase_if(runs_, [&](const auto& each) { return each.second->message().conversation_id == conversation_id; });
  }
  for (const auto& run : runs) run->stop(kByUser);
  for (const auto& run : runs) run->wait();
}

void Answers::stop_all() {
  std::vector<std::shared_ptr<Run>> runs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, run] : runs_) runs.push_back(run);
  }
  for (const auto& run : runs) run->stop(kByProgram);
  for (const auto& run : runs) run->wait();
}

}  // namespace vitrine::serve
