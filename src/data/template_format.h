// Conversations as the token ids that a model's own chat template makes of them.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/assistant_output.h"
#include "data/conversation.h"
#include "data/template_variables.h"
#include "template/template.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::data {

/// What a model's files say of its conversations.
struct ChatConventions {
  std::string chat_template;  ///< Jinja
  std::string bos_token;      ///< names that the template may write; empty: none
  std::string eos_token;
  std::vector<tokenizer::TokenId> end_ids;  ///< tokens that end an answer
};

/// What a prompt depends on beside its messages.
struct PromptOptions {
  std::string tools_json;               ///< a JSON list of tools in the shape of OpenAI's chat API; empty: none
  std::optional<bool> enable_thinking;  ///< for templates that ask; nothing: as the template would have it
  std::optional<std::tm> now;           ///< for templates that show the date
  std::vector<TemplateVariable> variables = {};  ///< whatever else a template asks for
};

/// What a model continues.
struct Prompt {
  std::vector<tokenizer::TokenId> ids;
  bool opens_reasoning = false;  ///< the template has begun the assistant's thoughts
};

/// Renders with one template over one tokenizer. What stands in a message never becomes a special token.
/// Threads: const methods are safe.
class TemplateFormat {
 public:
  /// Errors: kUnsupported without a template; kInvalidArgument, naming the line, for one that cannot be read.
  TemplateFormat(tokenizer::Tokenizer tokenizer, ChatConventions conventions);

  /// Renders turns and the start of the assistant's next one. Errors: kInvalidArgument where the template refuses the
  /// conversation (two turns of one role, say), with its words; as check_template_variables().
  Prompt prompt(std::span<const Message> messages, const PromptOptions& options = {}) const;
  /// The text of such a prompt.
  std::string prompt_text(std::span<const Message> messages, const PromptOptions& options = {}) const;

  /// Whether the template asks for a variable: "tools", "enable_thinking".
  bool mentions(std::string_view name) const { return template_.mentions(name); }
  /// The marks by which the parts of an answer are told apart.
  const OutputMarks& marks() const { return marks_; }
  const std::vector<tokenizer::TokenId>& end_ids() const { return conventions_.end_ids; }
  const tokenizer::Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  templates::Rendered render(std::span<const Message> messages, const PromptOptions& options) const;

  tokenizer::Tokenizer tokenizer_;
  ChatConventions conventions_;
  templates::Template template_;
  OutputMarks marks_;
};

}  // namespace vitrine::data
