#include "data/assistant_output.h"

#include <algorithm>
#include <utility>

#include "data/tool_calls/json_calls.h"

namespace vitrine::data {
namespace {

/// The id of an added token of that name, special or not.
std::optional<tokenizer::TokenId> added_id(const tokenizer::Tokenizer& tokenizer, const std::string& name) {
  for (const tokenizer::AddedToken& token : tokenizer.definition().added_tokens)
    if (token.content == name) return token.id;
  return std::nullopt;
}

}  // namespace

OutputMarks marks_of(std::string_view chat_template) {
  OutputMarks marks;
  if (chat_template.find("<think>") != std::string_view::npos)
    marks.reasoning_begin = "<think>", marks.reasoning_end = "</think>";
  marks.calls = tool_call_form_of(chat_template);
  return marks;
}

AssistantOutput::AssistantOutput(const tokenizer::Tokenizer& tokenizer, const OutputMarks& marks, bool opens_reasoning,
                                 OutputSink sink, bool is_exact)
    : decoder_(tokenizer, /*continues=*/is_exact),
      form_(marks.calls),
      sink_(std::move(sink)),
      mode_(opens_reasoning ? Mode::kReasoning : Mode::kText),
      may_be_bare_(form_ != nullptr && form_->may_be_bare && marks.takes_bare_calls) {
  const std::string begin(form_ == nullptr ? "" : form_->begin), end(form_ == nullptr ? "" : form_->end);
  const std::string* const texts[kNumMarks] = {&marks.reasoning_begin, &marks.reasoning_end, &begin, &end};
  for (int kind = 0; kind < kNumMarks; ++kind) marks_[kind] = {*texts[kind], added_id(tokenizer, *texts[kind])};
}

void AssistantOutput::push(tokenizer::TokenId id) {
  for (int kind = 0; kind < kNumMarks; ++kind) {
    if (marks_[kind].text.empty() || marks_[kind].id != id) continue;
    take_text(decoder_.flush());
    release(pending_.size());
    return take_mark(static_cast<MarkKind>(kind));
  }
  take_text(decoder_.push(id));
}

void AssistantOutput::finish() {
  take_text(decoder_.flush());
  release(pending_.size());
  if (mode_ == Mode::kCall && (!form_->end.empty() || !close_call())) drop_call();
  mode_ = Mode::kText;
}

void AssistantOutput::take_text(std::string_view text) {
  pending_ += text;
  while (const auto found = first_spelled_mark()) {
    release(found->first);
    pending_.erase(0, marks_[found->second].text.size());
    take_mark(found->second);
  }
  release(pending_.size() - possible_mark_bytes());
}

std::optional<std::pair<size_t, AssistantOutput::MarkKind>> AssistantOutput::first_spelled_mark() const {
  std::optional<std::pair<size_t, MarkKind>> first;
  for (int kind = 0; kind < kNumMarks; ++kind) {
    const Mark& mark = marks_[kind];
    if (mark.text.empty() || mark.id) continue;
    const size_t at = pending_.find(mark.text);
    if (at != std::string::npos && (!first || at < first->first)) first = {at, static_cast<MarkKind>(kind)};
  }
  return first;
}

size_t AssistantOutput::possible_mark_bytes() const {
  size_t longest = 0;
  for (const Mark& mark : marks_) {
    if (mark.text.empty() || mark.id) continue;
    for (size_t bytes = std::min(pending_.size(), mark.text.size() - 1); bytes > longest; --bytes)
      if (pending_.ends_with(std::string_view(mark.text).substr(0, bytes))) longest = bytes;
  }
  return longest;
}

void AssistantOutput::release(size_t bytes) {
  if (bytes == 0) return;
  const std::string text = pending_.substr(0, bytes);
  pending_.erase(0, bytes);
  add(text);
}

void AssistantOutput::add(std::string_view text) {
  if (mode_ == Mode::kText) return say(text);
  if (mode_ == Mode::kReasoning) return think(text);
  call_ += text;
  if (is_bare_ && !may_begin_json_call(call_)) drop_call();
}

void AssistantOutput::take_mark(MarkKind kind) {
  if (kind == kReasoningBegin && mode_ == Mode::kText && may_think_) {
    mode_ = Mode::kReasoning;
    white_space_.clear();
  } else if (kind == kReasoningEnd && mode_ == Mode::kReasoning) {
    mode_ = Mode::kText;
    may_think_ = false;
    drops_line_breaks_ = true;
  } else if (kind == kCallBegin && mode_ != Mode::kReasoning) {
    if (mode_ == Mode::kCall && (!form_->end.empty() || !close_call())) drop_call();
    mode_ = Mode::kCall;
    may_be_bare_ = false;
  } else if (kind == kCallEnd && mode_ == Mode::kCall) {
    const bool is_closed = close_call();
    if (!is_closed) call_ += marks_[kCallEnd].text;
    if (!is_closed && !is_in_open_value(marks_[kCallEnd].id.has_value())) drop_call();
  } else {
    add(marks_[kind].text);  // out of place: letters like any other
  }
}

void AssistantOutput::say(std::string_view text) {
  if (std::exchange(drops_line_breaks_, false)) {
    const size_t begin = text.find_first_not_of(kJsonWhiteSpace);
    drops_line_breaks_ = begin == std::string_view::npos;
    text.remove_prefix(std::min(begin, text.size()));
  }
  if (text.empty() || begin_bare_call(text)) return;
  std::string words(text);
  if (may_think_ && !marks_[kReasoningBegin].text.empty()) {
    words = std::exchange(white_space_, {}) + words;
    if (words.find_first_not_of(kJsonWhiteSpace) == std::string::npos) {
      white_space_ = std::move(words);
      return;
    }
  }
  may_think_ = false;
  if (parts_.empty() || !std::holds_alternative<TextPart>(parts_.back())) parts_.push_back(TextPart{});
  std::get<TextPart>(parts_.back()).text += words;
  if (sink_.on_text) sink_.on_text(words);
}

void AssistantOutput::think(std::string_view text) {
  if (parts_.empty() || !std::holds_alternative<ReasoningPart>(parts_.back())) parts_.push_back(ReasoningPart{});
  std::get<ReasoningPart>(parts_.back()).text += text;
  if (sink_.on_reasoning) sink_.on_reasoning(text);
}

/// Takes the first words of an answer as the start of a call without a mark, if they may be one.
bool AssistantOutput::begin_bare_call(std::string_view text) {
  if (!may_be_bare_ || text.find_first_not_of(kJsonWhiteSpace) == std::string_view::npos) return false;
  may_be_bare_ = false;
  if (!may_begin_json_call(text)) return false;
  mode_ = Mode::kCall;
  is_bare_ = true;
  call_ = text;
  return true;
}

/// Tells whether a mark that is spelled may be part of a text within the call: its JSON has not ended.
bool AssistantOutput::is_in_open_value(bool is_token) const {
  const size_t begin = call_.find_first_not_of(kJsonWhiteSpace);
  return !is_token && begin != std::string::npos && call_[begin] == '{' &&
         json_value_bytes(std::string_view(call_).substr(begin)) == 0;
}

/// Returns false, and changes nothing, where what was said is no call.
bool AssistantOutput::close_call() {
  std::vector<ToolCallPart> calls = form_->parse(call_);
  if (calls.empty()) return false;
  mode_ = Mode::kText;
  is_bare_ = false;
  call_.clear();
  white_space_.clear();
  may_think_ = false;
  if (!parts_.empty())
    if (auto* text = std::get_if<TextPart>(&parts_.back())) {
      if (text->text.ends_with('\n')) text->text.pop_back();
      if (text->text.empty()) parts_.pop_back();
    }
  for (ToolCallPart& call : calls) {
    if (call.id.empty() && form_->id_characters > 0) call.id = made_id(call);
    parts_.push_back(std::move(call));
    if (sink_.on_call) sink_.on_call(std::get<ToolCallPart>(parts_.back()));
  }
  return true;
}

/// Templates that ask for a call's name get one that its words and its place give: the same every time.
std::string AssistantOutput::made_id(const ToolCallPart& call) const {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  uint64_t hash = 0xCBF29CE484222325u + parts_.size();
  for (const std::string* text : {&call.name, &call.arguments})
    for (const char c : *text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  std::string id;
  for (; id.size() < form_->id_characters; hash = hash / kLetters.size() ^ hash << 59)
    id += kLetters[hash % kLetters.size()];
  return id;
}

void AssistantOutput::drop_call() {
  mode_ = Mode::kText;
  const std::string mark = std::exchange(is_bare_, false) ? "" : marks_[kCallBegin].text;
  say(mark + std::exchange(call_, {}));
}

std::string AssistantOutput::text() const {
  std::string all;
  for (const Part& part : parts_)
    if (const auto* text = std::get_if<TextPart>(&part)) all += text->text;
  return all;
}

std::vector<Part> parse_assistant_output(const tokenizer::Tokenizer& tokenizer, const OutputMarks& marks,
                                         std::span<const tokenizer::TokenId> ids, bool opens_reasoning) {
  AssistantOutput output(tokenizer, marks, opens_reasoning);
  for (const tokenizer::TokenId id : ids) output.push(id);
  output.finish();
  return output.parts();
}

}  // namespace vitrine::data
