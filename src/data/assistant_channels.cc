// Answers in channels: what AssistantOutput makes of the marks of harmony.
#include <utility>

#include "data/assistant_output.h"
#include "data/tool_calls/harmony.h"

namespace vitrine::data {

void AssistantOutput::take_channel_mark(MarkKind kind) {
  const bool is_end = kind >= kEnd && kind <= kReturn;
  if (mode_ == Mode::kHeader) {
    if (kind == kMessage) return open_message();
    if (is_end && !header_.empty()) return drop_header(marks_[kind].text);
    if (kind == kStart) header_.clear();
  } else if (kind == kMessage) {
    add(marks_[kind].text);  // out of place: letters like any other
  } else {
    if (mode_ == Mode::kCall && is_end) end_call_at(marks_[kind]);
    if (mode_ == Mode::kCall && kind == kStart && !close_call()) drop_call();
    if (mode_ != Mode::kCall) mode_ = Mode::kHeader;
    header_.clear();
  }
}

/// Begins the body of the message whose header was said.
void AssistantOutput::open_message() {
  const HarmonyHeader header = parse_harmony_header(header_);
  const bool is_to_user = header.recipient.empty() || header.recipient == "user" || header.recipient == "assistant";
  const bool is_thought = header.channel == "analysis";
  if (!is_to_user) {
    mode_ = Mode::kCall;
    call_ = std::exchange(header_, {}) + marks_[kMessage].text;
    return;
  }
  mode_ = is_thought ? Mode::kReasoning : Mode::kText;
  separates_ = !parts_.empty() && (is_thought ? std::holds_alternative<ReasoningPart>(parts_.back())
                                              : std::holds_alternative<TextPart>(parts_.back()));
  header_.clear();
}

/// What was taken for a header is none: it is words, and so is what follows.
void AssistantOutput::drop_header(std::string_view mark) {
  mode_ = Mode::kText;
  const std::string words = std::exchange(header_, {}) + std::string(mark);
  if (!words.empty()) say(words);
}

}  // namespace vitrine::data
