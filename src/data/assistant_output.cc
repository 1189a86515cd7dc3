#include "data/assistant_output.h"

#include <algorithm>
#include <utility>

#include "data/tool_calls/harmony.h"
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
  const auto shows = [&](std::string_view text) { return chat_template.find(text) != std::string_view::npos; };
  if (shows("<think>")) {
    marks.reasoning_begin = "<think>", marks.reasoning_end = "</think>", marks.to_words = "</think>\n\n";
  } else if (shows("<|channel>thought")) {
    marks.reasoning_begin = "<|channel>", marks.reasoning_end = "<channel|>", marks.reasoning_label = "thought\n";
    marks.to_words = "\n<channel|>";
  }
  marks.calls = tool_call_form_of(chat_template);
  if (marks.calls != nullptr && marks.calls->has_channels) {
    marks.reasoning_begin = marks.reasoning_end = "";
    marks.to_words = kHarmonyToFinal;
  }
  return marks;
}

AssistantOutput::AssistantOutput(const tokenizer::Tokenizer& tokenizer, const OutputMarks& marks, bool opens_reasoning,
                                 OutputSink sink, bool is_exact)
    : decoder_(tokenizer, /*continues=*/is_exact),
      form_(marks.calls),
      tools_json_(marks.tools_json),
      label_(opens_reasoning ? "" : marks.reasoning_label),
      sink_(std::move(sink)),
      mode_(opens_reasoning  ? Mode::kReasoning
            : has_channels() ? Mode::kHeader
                             : Mode::kText),
      may_be_bare_(form_ != nullptr && form_->may_be_bare && marks.takes_bare_calls) {
  std::string_view texts[kNumMarks] = {marks.reasoning_begin, marks.reasoning_end};
  if (has_channels()) {
    texts[kStart] = kHarmonyStart, texts[kMessage] = kHarmonyMessage;
    std::ranges::copy(kHarmonyEnds, texts + kEnd);
  } else if (form_ != nullptr) {
    texts[kCallBegin] = form_->begin, texts[kCallEnd] = form_->end;
  }
  for (int kind = 0; kind < kNumMarks; ++kind) {
    const std::string text(texts[kind]);
    marks_[kind] = {text, added_id(tokenizer, text)};
  }
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
  if (mode_ == Mode::kHeader) drop_header("");
  if (mode_ == Mode::kReasoning) release_label();
  mode_ = Mode::kText;
  const auto* last = parts_.size() > 1 ? std::get_if<TextPart>(&parts_.back()) : nullptr;
  if (last != nullptr && last->text.find_first_not_of(kJsonWhiteSpace) == std::string::npos &&
      std::holds_alternative<ToolCallPart>(parts_[parts_.size() - 2]))
    parts_.pop_back();
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
  if (mode_ == Mode::kHeader) {
    header_ += text;
    if (!may_begin_harmony_header(header_)) drop_header("");
    return;
  }
  add_to_call(text);
  if (is_bare_ && !may_begin_json_call(call_)) drop_call();
}

void AssistantOutput::add_to_call(std::string_view text) {
  call_ += text;
  if (sink_.on_call_text) sink_.on_call_text(text);
}

bool AssistantOutput::is_at_call() const {
  return mode_ == Mode::kCall && !is_bare_ && pending_.empty() &&
         call_.find_first_not_of(kJsonWhiteSpace) == std::string::npos;
}

bool AssistantOutput::end_call_as(std::optional<ToolCallPart> call) {
  if (mode_ != Mode::kCall) return false;
  decoder_.flush();  // half a character, and what may be a mark, were not told of
  pending_.clear();
  leave_call();
  if (call) parts_.push_back(std::move(*call));
  return true;
}

void AssistantOutput::end_call() {
  take_text(decoder_.flush());
  release(pending_.size());
  if (mode_ == Mode::kCall && !close_call()) drop_call();
}

void AssistantOutput::take_mark(MarkKind kind) {
  if (has_channels()) return take_channel_mark(kind);
  if (kind == kReasoningBegin && mode_ == Mode::kText && may_think_) {
    mode_ = Mode::kReasoning;
    white_space_.clear();
  } else if (kind == kReasoningEnd && mode_ == Mode::kReasoning) {
    release_label();
    mode_ = Mode::kText;
    may_think_ = false;
    drops_line_breaks_ = true;
  } else if (kind == kReasoningEnd && mode_ == Mode::kText && expects_late_end_) {
    drops_line_breaks_ = parts_.empty() || !std::holds_alternative<TextPart>(parts_.back());
  } else if (kind == kCallBegin && mode_ != Mode::kReasoning) {
    if (mode_ == Mode::kCall && (!form_->end.empty() || !close_call())) drop_call();
    mode_ = Mode::kCall;
    may_be_bare_ = false;
  } else if (kind == kCallEnd && mode_ == Mode::kCall) {
    end_call_at(marks_[kCallEnd]);
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
  if (std::exchange(separates_, false)) words = "\n\n" + words;
  if (parts_.empty() || !std::holds_alternative<TextPart>(parts_.back())) parts_.push_back(TextPart{});
  std::get<TextPart>(parts_.back()).text += words;
  if (sink_.on_text) sink_.on_text(words);
}

void AssistantOutput::think(std::string_view text) {
  std::string thought = std::exchange(label_held_, {}) + std::string(text);
  if (!label_.empty()) {
    if (thought != label_ && label_.starts_with(thought)) return void(label_held_ = std::move(thought));
    if (thought.starts_with(label_)) thought.erase(0, label_.size());
    label_.clear();
  }
  if (parts_.empty() || !std::holds_alternative<ReasoningPart>(parts_.back()))
    thought.erase(0, thought.find_first_not_of("\r\n"));  // templates begin thoughts on a line of their own
  if (thought.empty()) return;
  if (std::exchange(separates_, false)) thought = "\n\n" + thought;
  if (parts_.empty() || !std::holds_alternative<ReasoningPart>(parts_.back())) parts_.push_back(ReasoningPart{});
  std::get<ReasoningPart>(parts_.back()).text += thought;
  if (sink_.on_reasoning) sink_.on_reasoning(thought);
}

/// What was held back as the start of a label is thoughts: there is no more of them.
void AssistantOutput::release_label() {
  label_.clear();
  if (!label_held_.empty()) think("");
}

/// Takes the first words of an answer as the start of a call without a mark, if they may be one.
bool AssistantOutput::begin_bare_call(std::string_view text) {
  if (!may_be_bare_ || text.find_first_not_of(kJsonWhiteSpace) == std::string_view::npos) return false;
  may_be_bare_ = false;
  if (!may_begin_json_call(text)) return false;
  mode_ = Mode::kCall;
  is_bare_ = true;
  add_to_call(text);
  return true;
}

/// Ends a call, unless the mark is spelled and stands in a value.
void AssistantOutput::end_call_at(const Mark& mark) {
  if (close_call()) return;
  const bool is_in_value = !mark.id && form_->is_open(call_);
  if (is_in_value) return add_to_call(mark.text);
  call_ += mark.text;
  drop_call();
}

/// Returns false, and changes nothing, where what was said is no call.
bool AssistantOutput::close_call() {
  std::vector<ToolCallPart> calls = form_->parse(call_, tools_json_);
  if (calls.empty()) return false;
  leave_call();
  for (ToolCallPart& call : calls) {
    if (call.id.empty() && form_->id_characters > 0) call.id = made_id(call);
    parts_.push_back(std::move(call));
    if (sink_.on_call) sink_.on_call(std::get<ToolCallPart>(parts_.back()));
  }
  return true;
}

/// Goes back to words, without the line break before the call.
void AssistantOutput::leave_call() {
  mode_ = Mode::kText;
  is_bare_ = false;
  call_.clear();
  white_space_.clear();
  may_think_ = false;
  if (parts_.empty()) return;
  auto* const text = std::get_if<TextPart>(&parts_.back());
  if (text == nullptr) return;
  if (text->text.ends_with('\n')) text->text.pop_back();
  if (text->text.empty()) parts_.pop_back();
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
