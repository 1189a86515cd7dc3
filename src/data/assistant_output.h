// What an assistant says, taken apart as it comes: thoughts, words, tool calls.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/conversation.h"
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/json_calls.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::data {

/// The texts that begin and end what is not words. Empty or null: there is no such part.
struct OutputMarks {
  std::string reasoning_begin, reasoning_end;
  std::string reasoning_label = "";  ///< what thoughts begin with that is none
  std::string to_words = "";         ///< what has to be written to end thoughts and begin the answer
  const ToolCallForm* calls = nullptr;
  std::string tools_json = "";   ///< the tools that were offered, for forms whose values lack their types
  bool takes_bare_calls = true;  ///< where the form has calls without a mark; there are none unless tools were offered
};

/// The marks that a chat template shows: <think> or the channel of thoughts, and the form of calls.
OutputMarks marks_of(std::string_view chat_template);

/// Who is told of the parts. Every function may be empty.
struct OutputSink {
  std::function<void(std::string_view)> on_text;       ///< whole characters
  std::function<void(std::string_view)> on_reasoning;  ///< whole characters
  std::function<void(const ToolCallPart&)> on_call;
  /// What comes of a call behind its mark, before it is known to be one: it is told of again as a call, or as text.
  std::function<void(std::string_view)> on_call_text = {};
};

/// Follows one answer. Where the tokenizer has a token for a mark only that token is the mark, else its letters are.
/// Thoughts come before the first word or are none; a call that is not well formed is text, marks and all; the line
/// break around a call is left out of the parts. An answer that begins as a call without a mark is held back until it
/// cannot be one any more. Where the form has channels, an answer is messages under headers, thoughts anywhere, and
/// what does not begin with a header is words. What comes out is UTF-8. Threads: one at a time.
class AssistantOutput {
 public:
  /// `opens_reasoning`: the prompt has begun the thoughts. `is_exact`: a space that the tokenizer leaves out at the
  /// start of a text is shown.
  AssistantOutput(const tokenizer::Tokenizer& tokenizer, const OutputMarks& marks, bool opens_reasoning = false,
                  OutputSink sink = {}, bool is_exact = false);

  /// Takes the next token. Errors: kInvalidArgument for an id outside the vocabulary.
  void push(tokenizer::TokenId id);
  /// Ends the answer: what was held back is text, or thoughts.
  void finish();
  /// Ends the call at hand as this one, whatever its text is, or leaves it out where there is none to be; the sink is
  /// told of nothing. False: no call is at hand.
  bool end_call_as(std::optional<ToolCallPart> call);

  /// Ends the call at hand, if there is one, as what was said of it: calls, or else words.
  void end_call();
  /// The thoughts were ended for the model: a mark of their end that it still writes is no word.
  void expect_late_end() { expects_late_end_ = true; }

  bool is_reasoning() const { return mode_ == Mode::kReasoning; }
  /// A call has begun with its mark, and nothing but white space came behind it.
  bool is_at_call() const;
  /// What has come of a call without a mark; empty where none is at hand.
  std::string_view bare_call() const { return is_bare_ && pending_.empty() ? call_ : std::string_view(); }
  /// What was said so far, in order; no text part is empty or beside another.
  const std::vector<Part>& parts() const { return parts_; }
  /// The words alone.
  std::string text() const;

 private:
  enum class Mode { kText, kReasoning, kCall, kHeader };
  /// The last five are those of channels; kReturn comes after the other ends of a message.
  enum MarkKind {
    kReasoningBegin,
    kReasoningEnd,
    kCallBegin,
    kCallEnd,
    kStart,
    kMessage,
    kEnd,
    kEndOfCall,
    kReturn,
    kNumMarks
  };
  struct Mark {
    std::string text;
    std::optional<tokenizer::TokenId> id;
  };

  void take_text(std::string_view text);
  void take_mark(MarkKind kind);
  void take_channel_mark(MarkKind kind);
  void open_message();
  void drop_header(std::string_view mark);
  void end_call_at(const Mark& mark);
  bool has_channels() const { return form_ != nullptr && form_->has_channels; }
  std::optional<std::pair<size_t, MarkKind>> first_spelled_mark() const;
  size_t possible_mark_bytes() const;
  void release(size_t bytes);
  void add(std::string_view text);
  void add_to_call(std::string_view text);
  void say(std::string_view text);
  void think(std::string_view text);
  void release_label();
  bool begin_bare_call(std::string_view text);
  bool close_call();
  void leave_call();
  void drop_call();
  std::string made_id(const ToolCallPart& call) const;

  tokenizer::StreamDecoder decoder_;
  Mark marks_[kNumMarks];
  const ToolCallForm* form_;
  std::string tools_json_, label_;
  OutputSink sink_;
  Mode mode_ = Mode::kText;
  bool may_think_ = true;           // nothing but white space was said
  bool drops_line_breaks_ = false;  // right behind the thoughts
  bool expects_late_end_ = false;
  std::string pending_;      // may be the start of a mark that is spelled
  std::string white_space_;  // before the first word: thoughts may still come
  bool may_be_bare_;         // nothing but white space was said, and the form has calls without a mark
  bool is_bare_ = false;     // the call at hand has no mark
  std::string call_;
  std::string header_;      // of a message in a channel, as far as it was said
  bool separates_ = false;  // a message of the same kind came right before: a blank line stands between the two
  std::string label_held_;  // the first words of thoughts, which may be their label
  std::vector<Part> parts_;
};

/// The parts of a whole answer.
std::vector<Part> parse_assistant_output(const tokenizer::Tokenizer& tokenizer, const OutputMarks& marks,
                                         std::span<const tokenizer::TokenId> ids, bool opens_reasoning = false);

}  // namespace vitrine::data
