// Any text as what a model said, special tokens included: parsed, rendered and parsed again; its calls carried out.
#include <simdjson.h>

#include "data/assistant_output.h"
#include "fuzz/fuzz_target.h"
#include "support/small_tokenizer.h"
#include "tools/calculator.h"

namespace vitrine::fuzz {
namespace {

using data::Part;
using tokenizer::TokenId;

/// The tokens of a text in which the names of special tokens stand for them.
std::vector<TokenId> spoken(const tokenizer::Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  while (!text.empty()) {
    size_t next = text.size(), length = 0;
    for (const std::string_view name : data::kSpecialTokens)
      if (const size_t at = text.find(name); at < next) next = at, length = name.size();
    tokenizer.encode_append(text.substr(0, next), ids);
    if (length > 0) ids.push_back(*tokenizer.special_id(text.substr(next, length)));
    text.remove_prefix(next + length);
  }
  return ids;
}

void check_parts(const std::vector<Part>& parts, bool may_think = false) {
  bool was_text = false;
  for (const Part& part : parts) {
    const auto* text = std::get_if<data::TextPart>(&part);
    require(text == nullptr || (!text->text.empty() && !was_text), "text is whole and not empty");
    was_text = text != nullptr;
    const auto* call = std::get_if<data::ToolCallPart>(&part);
    require(text != nullptr || call != nullptr || may_think, "an answer holds text and calls");
    if (call == nullptr) continue;
    simdjson::dom::parser parser;
    simdjson::dom::object arguments;
    require(!call->name.empty() && parser.parse(call->arguments).get(arguments) == simdjson::SUCCESS,
            "a call has a name and an object");
    require(!tools::call_calculator(call->arguments).text.empty(), "a call has a result");
  }
}

std::string text_of(const std::vector<Part>& parts) {
  data::Document document;
  document.messages.push_back({data::Role::kAssistant, parts});
  return data::to_json_line(document);
}

}  // namespace

void run_target(std::string_view input) {
  static const data::ChatFormat format(testing::small_tokenizer());
  static const data::OutputMarks marks = data::marks_of(data::kChatTemplate);
  for (const data::ToolCallForm* form : data::tool_call_forms())
    check_parts(data::parse_assistant_output(format.tokenizer(), {.calls = form}, spoken(format.tokenizer(), input)),
                form->has_channels);
  const std::vector<Part> parts =
      data::parse_assistant_output(format.tokenizer(), marks, spoken(format.tokenizer(), input));
  check_parts(parts);
  // Rendering puts text before calls; from then on nothing may change.
  const size_t header = format.render_prompt({}).ids.size();
  const auto again = [&](const std::vector<Part>& said) {
    const data::Message message{data::Role::kAssistant, said};
    const std::vector<TokenId> ids = must([&] { return format.render(std::span(&message, 1)); }).ids;
    const size_t end =
        ids.size() - format.tokenizer().encode("\n").size() - 1;  // of what is said: its turn's end follows
    return data::parse_assistant_output(format.tokenizer(), marks, std::span(ids).subspan(header, end - header));
  };
  const std::vector<Part> once = again(parts);
  require(text_of(again(once)) == text_of(once), "what was rendered is understood as it was meant");
}

}  // namespace vitrine::fuzz
