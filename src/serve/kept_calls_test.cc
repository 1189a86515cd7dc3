// Calls that a model begins by itself: from there on they are calls of a tool, whatever the form of the model.
#include <fmt/format.h>

#include <span>

#include "schema/json_value.h"
#include "schema/validate.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using schema::JsonValue;
using testing::body_of;
using testing::status_of;

const std::string kArguments =
    R"({"type":"object","properties":{"city":{"type":"string","enum":["Rome","Oslo"]},)"
    R"("days":{"type":"integer","minimum":1,"maximum":9},"note":{"type":"string","maxLength":6}},)"
    R"("required":["city","days"],"additionalProperties":false})";

/// A form of calls: what its template shows, the tokens of its marks, and the one that begins a call.
struct Form {
  std::string shown;
  std::vector<std::string> tokens;
  std::string begin;
};

class KeptCalls : public ApplicationTest {
 protected:
  void start_with(const Form& form) {
    chat_template_ = "{# " + form.shown +
                     " #}{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
                     "{% endfor %}<|im_start|>assistant\n{{ tools | length if tools else '' }}";
    more_tokens_ = form.tokens;
    start();
  }
  int64_t id_of(const std::string& token) const {
    return testing::small_tokenizer_with(more_tokens_).special_id(token).value();
  }
  JsonValue ask(const std::string& choice, int seed, const std::string& more) const {
    const std::string response = send(
        "POST", "/v1/chat/completions",
        fmt::format(
            R"({{"messages":[{{"role":"user","content":"the cat sat"}}],"seed":{},"max_tokens":300,)"
            R"("tool_choice":"{}","tools":[{{"type":"function","function":{{"name":"weather","parameters":{}}}}}]{}}})",
            seed, choice, kArguments, more));
    EXPECT_EQ(status_of(response), 200) << response;
    return schema::parse_json(body_of(response), "answer").find("choices")->items.at(0);
  }
  /// Checks the calls of an answer, and counts them.
  static size_t checked_calls(const JsonValue& choice) {
    const JsonValue* const calls = choice.find("message")->find("tool_calls");
    if (!calls) return 0;
    const bool is_cut = choice.find("finish_reason")->string == "length";  // perhaps within the last
    for (const JsonValue& call : std::span(calls->items).first(calls->items.size() - is_cut)) {
      EXPECT_EQ(call.find("function")->find("name")->string, "weather");
      const std::string& arguments = call.find("function")->find("arguments")->string;
      for (const std::string& problem : schema::validate(arguments, kArguments))
        ADD_FAILURE() << problem << " in " << arguments;
    }
    return calls->items.size() - is_cut;
  }
  /// A model with random weights says anything; the bias has it begin calls.
  void expect_kept_calls(const Form& form) {
    start_with(form);
    const std::string bias = fmt::format(R"(,"logit_bias":{{"{}":100}})", id_of(form.begin));
    size_t count = 0;
    for (int seed = 0; seed < 12; ++seed) count += checked_calls(ask("auto", seed, bias));
    EXPECT_GT(count, 3u) << form.shown;
    for (int seed = 0; seed < 3; ++seed) {
      const JsonValue choice = ask("required", seed, "");
      EXPECT_EQ(checked_calls(choice), 1u) << form.shown;
      EXPECT_EQ(choice.find("finish_reason")->string, "tool_calls");
    }
  }
};

TEST_F(KeptCalls, OfHermes) { expect_kept_calls({.shown = "<tool_call>", .tokens = {}, .begin = "<tool_call>"}); }

TEST_F(KeptCalls, OfQwenCoder) {
  expect_kept_calls({.shown = "<tool_call> <function= <parameter=", .tokens = {}, .begin = "<tool_call>"});
}

TEST_F(KeptCalls, OfGlm) {
  expect_kept_calls({.shown = "<tool_call> <arg_key>", .tokens = {"<arg_key>"}, .begin = "<tool_call>"});
}

TEST_F(KeptCalls, OfMistral) {
  expect_kept_calls({.shown = "[TOOL_CALLS]", .tokens = {"[TOOL_CALLS]", "[ARGS]"}, .begin = "[TOOL_CALLS]"});
}

TEST_F(KeptCalls, OfGranite) {
  expect_kept_calls({.shown = "<|tool_call|>", .tokens = {"<|tool_call|>"}, .begin = "<|tool_call|>"});
}

TEST_F(KeptCalls, OfDeepSeek) {
  const std::string begin = "<｜tool▁calls▁begin｜>";
  expect_kept_calls(
      {.shown = begin,
       .tokens = {begin, "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"},
       .begin = begin});
}

TEST_F(KeptCalls, OfLlamaBehindItsMarkAndBare) {
  const std::string start_of_call = R"({"name": "weather")";
  const Form form{.shown = "<|python_tag|>", .tokens = {"<|python_tag|>", start_of_call}, .begin = "<|python_tag|>"};
  expect_kept_calls(form);
  const std::string bias = fmt::format(R"(,"logit_bias":{{"{}":100}})", id_of(start_of_call));
  size_t count = 0;
  for (int seed = 0; seed < 12; ++seed) count += checked_calls(ask("auto", seed, bias));
  EXPECT_GT(count, 3u);
}

TEST_F(KeptCalls, BareObjectsThatNameNoToolStayWords) {
  const std::string other = R"({"name": "Alice")";
  start_with({.shown = "<|python_tag|>", .tokens = {"<|python_tag|>", other}, .begin = "<|python_tag|>"});
  const std::string bias = fmt::format(R"(,"logit_bias":{{"{}":100}})", id_of(other));
  const JsonValue choice = ask("auto", 1, bias);
  EXPECT_EQ(checked_calls(choice), 0u);
  EXPECT_TRUE(choice.find("message")->find("content")->string.starts_with(other));
}

}  // namespace
}  // namespace vitrine::serve
