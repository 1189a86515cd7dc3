// Conversations as token ids to learn from, ChatML as Qwen writes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/conversation.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::data {

using tokenizer::TokenId;
using tokenizer::Tokenizer;

inline constexpr std::string_view kEndOfText = "<|endoftext|>";
inline constexpr std::string_view kStartOfTurn = "<|im_start|>";
inline constexpr std::string_view kEndOfTurn = "<|im_end|>";
inline constexpr std::string_view kToolCallBegin = "<tool_call>";
inline constexpr std::string_view kToolCallEnd = "</tool_call>";
inline constexpr std::string_view kToolResponseBegin = "<tool_response>";
inline constexpr std::string_view kToolResponseEnd = "</tool_response>";

/// The special tokens of our own tokenizers, in the order of their ids.
inline constexpr std::array<std::string_view, 7> kSpecialTokens = {
    kEndOfText, kStartOfTurn, kEndOfTurn, kToolCallBegin, kToolCallEnd, kToolResponseBegin, kToolResponseEnd};

/// The same format as a Jinja template for tokenizer_config.json.
extern const std::string_view kChatTemplate;

/// Token ids, and for each whether it is something that the assistant says (and so has to be learnt).
struct RenderedChat {
  std::vector<TokenId> ids;
  std::vector<uint8_t> loss_mask;
};

/// Renders one format over one tokenizer. A turn is `<|im_start|>role\ncontent<|im_end|>\n`; an
/// assistant's text comes before its calls; results of tools that follow one another share a user turn. What stands
/// in a message is encoded as plain text, so no message can end its own turn. Threads: const methods are safe.
class ChatFormat {
 public:
  /// Errors: kInvalidArgument when the tokenizer lacks one of kSpecialTokens, naming it.
  explicit ChatFormat(Tokenizer tokenizer);

  /// Renders whole turns. Errors: kUnsupported for reasoning parts; kCorruptData for a call whose arguments are not
  /// a JSON object, or a part that its role cannot have.
  RenderedChat render(std::span<const Message> messages) const;
  /// Renders turns and the start of the assistant's next one: what a model continues. Errors: as render().
  RenderedChat render_prompt(std::span<const Message> messages) const;

  TokenId end_of_text() const { return end_of_text_; }
  TokenId end_of_turn() const { return end_of_turn_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  void open_turn(RenderedChat& chat, std::string_view role) const;
  void close_turn(RenderedChat& chat, bool is_said) const;
  void append_assistant(RenderedChat& chat, const Message& message) const;
  void append_tool_results(RenderedChat& chat, std::span<const Message> results) const;
  void append_text(RenderedChat& chat, std::string_view text, bool is_said) const;
  void append_id(RenderedChat& chat, TokenId id, bool is_said) const;

  Tokenizer tokenizer_;
  TokenId end_of_text_, start_of_turn_, end_of_turn_;
  TokenId tool_call_begin_, tool_call_end_, tool_response_begin_, tool_response_end_;
};

}  // namespace vitrine::data
