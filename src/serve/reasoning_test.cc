// Thoughts in every API: told apart from words, bounded, switched off, and left out of later turns.
#include <fmt/format.h>

#include "schema/json_value.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using schema::JsonValue;
using testing::body_of;
using testing::status_of;

/// Opens the assistant's thoughts unless they are switched off, and shows thoughts of the last turn alone.
constexpr std::string_view kThinkingTemplate = R"({%- for message in messages %}
{%- set content = message.content if message.content else '' %}
{{- '<|im_start|>' + message.role + '\n' }}
{%- if message.reasoning_content and loop.last %}{{- '<think>\n' + message.reasoning_content + '\n</think>\n\n' }}{%- endif %}
{{- content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{%- if enable_thinking is defined and not enable_thinking %}{{- '<think>\n\n</think>\n\n' }}
{%- else %}{{- '<think>\n' }}{%- endif %}
{%- endif %})";

class Reasoning : public ApplicationTest {
 protected:
  void start_thinking() {
    chat_template_ = std::string(kThinkingTemplate);
    start();
  }
  JsonValue answer(const std::string& path, const std::string& body) const {
    const std::string response = send("POST", path, body);
    EXPECT_EQ(status_of(response), 200) << response;
    return schema::parse_json(body_of(response), "answer");
  }
  static const JsonValue& at(const JsonValue& value, const std::string& path) {
    const JsonValue* here = &value;
    for (size_t begin = 0; begin <= path.size();) {
      const size_t end = std::min(path.find('.', begin), path.size());
      const std::string key = path.substr(begin, end - begin);
      const bool is_index = key.find_first_not_of("0123456789") == std::string::npos;
      const JsonValue* const next = is_index ? &here->items.at(std::stoul(key)) : here->find(key);
      if (next == nullptr) throw std::runtime_error("no " + path);
      here = next;
      begin = end + 1;
    }
    return *here;
  }
  static std::string text_at(const JsonValue& value, const std::string& path) { return at(value, path).string; }
  static std::string number_at(const JsonValue& value, const std::string& path) {
    return schema::json_to_text(at(value, path));
  }
  static std::string chat(const std::string& more) {
    return R"({"messages":[{"role":"user","content":"the cat"}],"temperature":1,"seed":5,"ignore_eos":true)" + more +
           "}";
  }
};

TEST_F(Reasoning, BudgetEndsThoughtsAtThatVeryTokenAndWordsFollow) {
  start_thinking();
  for (const int budget : {1, 7, 20}) {
    const JsonValue json =
        answer("/v1/chat/completions", chat(fmt::format(R"(,"max_tokens":40,"max_reasoning_tokens":{})", budget)));
    EXPECT_EQ(number_at(json, "usage.completion_tokens_details.reasoning_tokens"), std::to_string(budget));
    EXPECT_EQ(number_at(json, "usage.completion_tokens"), "40");
    EXPECT_FALSE(text_at(json, "choices.0.message.reasoning_content").empty());
    const std::string words = text_at(json, "choices.0.message.content");
    EXPECT_FALSE(words.empty());
    EXPECT_EQ(words.find("think>"), std::string::npos) << words;
  }
  const JsonValue free = answer("/v1/chat/completions", chat(R"(,"max_tokens":30)"));
  EXPECT_EQ(number_at(free, "usage.completion_tokens_details.reasoning_tokens"), "30");
  EXPECT_EQ(number_at(free, "choices.0.message.content"), "null");
  EXPECT_FALSE(text_at(free, "choices.0.message.reasoning_content").empty());
  EXPECT_EQ(text_at(free, "choices.0.finish_reason"), "length");
}

TEST_F(Reasoning, AModelThatEndsWithinItsThoughtsHasNoWordsAndSaysSo) {
  start_thinking();
  const int32_t end = *testing::small_tokenizer().special_id(data::kEndOfTurn);
  const auto ended = [&](int bias, int seed) {
    return answer("/v1/chat/completions",
                  fmt::format(R"({{"messages":[{{"role":"user","content":"the cat"}}],"temperature":1,"top_p":1,)"
                              R"("max_tokens":200,"seed":{},"logit_bias":{{"{}":{}}}}})",
                              seed, end, bias));
  };
  int num_ended_later = 0;
  for (int seed = 1; seed <= 12; ++seed) {
    const JsonValue json = ended(4, seed);
    if (text_at(json, "choices.0.finish_reason") != "stop") continue;
    const bool has_words = number_at(json, "choices.0.message.content") != "null";
    if (has_words) continue;  // it has ended its thoughts by chance
    num_ended_later += !text_at(json, "choices.0.message.reasoning_content").empty();
  }
  EXPECT_GT(num_ended_later, 0);
  const JsonValue at_once = ended(100, 1);
  EXPECT_EQ(text_at(at_once, "choices.0.finish_reason"), "stop");
  EXPECT_EQ(number_at(at_once, "choices.0.message.content"), "null");
  EXPECT_EQ(text_at(at_once, "choices.0.message.reasoning_content"), "");
}

TEST_F(Reasoning, BudgetsOfThoughtsAndOfTheAnswerAreKeptTogether) {
  start_thinking();
  const JsonValue json = answer("/v1/chat/completions", chat(R"(,"max_tokens":5,"max_reasoning_tokens":50)"));
  EXPECT_EQ(number_at(json, "usage.completion_tokens"), "5");
  EXPECT_EQ(number_at(json, "usage.completion_tokens_details.reasoning_tokens"), "5");
}

TEST_F(Reasoning, StreamCarriesTheSameThoughtsAndWords) {
  start_thinking();
  const std::string settings = R"(,"max_tokens":24,"max_reasoning_tokens":9)";
  const JsonValue whole = answer("/v1/chat/completions", chat(settings));
  std::string rest = body_of(send("POST", "/v1/chat/completions", chat(settings + R"(,"stream":true)"))), thoughts,
              words;
  for (size_t begin = 0; (begin = rest.find("data: {", begin)) != std::string::npos;) {
    begin += 6;
    const JsonValue event = schema::parse_json(rest.substr(begin, rest.find("\n", begin) - begin), "event");
    const JsonValue& delta = at(event, "choices.0.delta");
    if (const JsonValue* const piece = delta.find("reasoning_content")) {
      EXPECT_TRUE(words.empty());
      thoughts += piece->string;
    }
    if (const JsonValue* const piece = delta.find("content")) words += piece->string;
  }
  EXPECT_EQ(thoughts, text_at(whole, "choices.0.message.reasoning_content"));
  EXPECT_EQ(words, text_at(whole, "choices.0.message.content"));
}

TEST_F(Reasoning, EffortOfNoneSwitchesThoughtsOff) {
  start_thinking();
  for (const char* const off :
       {R"(,"reasoning_effort":"none")", R"(,"chat_template_kwargs":{"enable_thinking":false})"}) {
    const JsonValue json = answer("/v1/chat/completions", chat(std::string(R"(,"max_tokens":8)") + off));
    EXPECT_EQ(number_at(json, "usage.completion_tokens_details.reasoning_tokens"), "0") << off;
    EXPECT_EQ(at(json, "choices.0.message").find("reasoning_content"), nullptr) << off;
    EXPECT_FALSE(text_at(json, "choices.0.message.content").empty()) << off;
  }
}

TEST_F(Reasoning, ThoughtsThatATemplateAlwaysBeginsAreEndedAtOnceWhereTheyAreSwitchedOff) {
  chat_template_ = R"({%- for message in messages %}{{- '<|im_start|>' + message.role + '\n' + message.content }}
{{- '<|im_end|>\n' }}{%- endfor %}{{- '<|im_start|>assistant\n<think>\n' }})";
  start();
  const std::string off = R"(,"chat_template_kwargs":{"enable_thinking":false})";
  for (const std::string& switched : {std::string(R"(,"reasoning_effort":"none")"), off}) {
    const JsonValue json = answer("/v1/chat/completions", chat(R"(,"max_tokens":8)" + switched));
    EXPECT_EQ(number_at(json, "usage.completion_tokens_details.reasoning_tokens"), "0") << switched;
    EXPECT_FALSE(text_at(json, "choices.0.message.content").empty()) << switched;
  }
  const JsonValue on = answer("/v1/chat/completions", chat(R"(,"max_tokens":8)"));
  EXPECT_EQ(number_at(on, "usage.completion_tokens_details.reasoning_tokens"), "8");
}

TEST_F(Reasoning, VariablesReachTheTemplateAndAreChecked) {
  chat_template_ = R"({{- '<|im_start|>user\n' + (xml_tools | tojson if xml_tools else 'none') + '|' + (mood or '') -}}
{{- messages[0].content + '<|im_end|>\n<|im_start|>assistant\n' }})";
  start();
  const auto tokens = [&](const std::string& variables) {
    return number_at(answer("/v1/chat/completions", chat(R"(,"max_tokens":1,"chat_template_kwargs":)" + variables)),
                     "usage.prompt_tokens");
  };
  const std::string without = tokens("{}");
  EXPECT_EQ(tokens(R"({"of_another_template":[1,{"a":null}],"enable_thinking":true})"), without);
  EXPECT_NE(tokens(R"({"xml_tools":[{"name":"search"}]})"), without);
  // What looks like a mark in a value is text: many tokens, not one.
  EXPECT_GT(std::stoi(tokens(R"({"mood":"<|im_end|>"})")), std::stoi(without) + 5);
  std::string many;
  for (int i = 0; i < 33; ++i) many += fmt::format("{}\"v{}\":1", i > 0 ? "," : "", i);
  for (const std::string& bad : {std::string(R"({"messages":[]})"), std::string(R"({"chat_template":"x"})"),
                                 std::string(R"({"a-b":1})"), "{" + many + "}", std::string("[]")}) {
    const std::string response = send("POST", "/v1/chat/completions", chat(R"(,"chat_template_kwargs":)" + bad));
    EXPECT_EQ(status_of(response), 400) << bad;
    EXPECT_NE(response.find("chat_template_kwargs"), std::string::npos) << response;
  }
}

TEST_F(Reasoning, AnthropicsThoughtsAreBlocksBeforeTheWords) {
  start_thinking();
  const std::string head =
      R"({"max_tokens":24,"temperature":1,"seed":5,"messages":[{"role":"user","content":"the cat"}])";
  const std::string body = head + R"(,"thinking":{"type":"enabled","budget_tokens":6}})";
  const JsonValue json = answer("/v1/messages", body);
  EXPECT_EQ(text_at(json, "content.0.type"), "thinking");
  EXPECT_FALSE(text_at(json, "content.0.thinking").empty());
  EXPECT_FALSE(text_at(json, "content.0.signature").empty());
  EXPECT_EQ(text_at(json, "content.1.type"), "text");
  const std::string stream =
      body_of(send("POST", "/v1/messages", body.substr(0, body.size() - 1) + R"(,"stream":true})"));
  const size_t thinking = stream.find(R"("type":"thinking_delta")"), text = stream.find(R"("type":"text_delta")");
  EXPECT_LT(thinking, text);
  const size_t signature = stream.find(R"("type":"signature_delta")");
  EXPECT_LT(thinking, signature);
  EXPECT_LT(signature, stream.find("content_block_stop"));
  EXPECT_NE(text, std::string::npos);
  for (const char* const unasked : {R"(,"thinking":{"type":"disabled"}})", "}"}) {
    const JsonValue off = answer("/v1/messages", head + unasked);
    EXPECT_EQ(text_at(off, "content.0.type"), "text") << unasked;
  }
}

TEST_F(Reasoning, AnthropicsPrefillIsContinued) {
  start();  // a template without thoughts
  const std::string head = R"({"max_tokens":12,"temperature":0,"messages":[{"role":"user","content":"the cat"})";
  const auto words = [&](const std::string& prefill) {
    return text_at(answer("/v1/messages", head + R"(,{"role":"assistant","content":")" + prefill + R"("}]})"),
                   "content.0.text");
  };
  const std::string whole = text_at(answer("/v1/messages", head + "]}"), "content.0.text");
  const JsonValue prompt =
      answer("/tokenize", R"({"parse_special":true,"content":"<|im_start|>user\nthe cat<|im_end|>\n)"
                          R"(<|im_start|>assistant\nthe dog"})");
  const std::string continued = text_at(
      answer("/v1/completions", R"({"prompt":)" + number_at(prompt, "tokens") + R"(,"max_tokens":12,"temperature":0})"),
      "choices.0.text");
  EXPECT_EQ(words("the dog"), continued);
  EXPECT_NE(words("the dog"), whole);
}

TEST_F(Reasoning, ResponsesHaveAnItemOfThoughts) {
  start_thinking();
  const JsonValue json = answer(
      "/v1/responses",
      R"({"input":"the cat","max_output_tokens":200,"temperature":1,"seed":5,"reasoning":{"effort":"minimal"}})");
  EXPECT_EQ(text_at(json, "output.0.type"), "reasoning");
  EXPECT_FALSE(text_at(json, "output.0.content.0.text").empty());
  EXPECT_EQ(number_at(json, "usage.output_tokens_details.reasoning_tokens"), "128");
  EXPECT_EQ(text_at(json, "output.1.type"), "message");
}

TEST_F(Reasoning, EarlierThoughtsAreShownAsTheTemplateWants) {
  start_thinking();
  const auto prompt = [&](const std::string& messages) {
    return text_at(answer("/apply-template", "{\"messages\":[" + messages + "]}"), "prompt");
  };
  const std::string asked = R"({"role":"user","content":"the cat"},)",
                    plain = R"({"role":"assistant","content":"the mat"})",
                    thought = R"({"role":"assistant","content":"the mat","reasoning_content":"SECRET"})",
                    next = R"(,{"role":"user","content":"the dog"})";
  EXPECT_EQ(prompt(asked + thought + next), prompt(asked + plain + next));
  EXPECT_NE(prompt(asked + thought), prompt(asked + plain));
  EXPECT_NE(prompt(asked + thought).find("<think>\nSECRET\n</think>"), std::string::npos);
  // The same by Anthropic's blocks and by a chat's count of tokens.
  const auto tokens = [&](const std::string& said) {
    return number_at(answer("/v1/chat/completions", R"({"max_tokens":1,"messages":[)" + asked + said + next + "]}"),
                     "usage.prompt_tokens");
  };
  EXPECT_EQ(tokens(thought), tokens(plain));
  const auto counted = [&](const std::string& blocks) {
    return number_at(
        answer("/v1/messages/count_tokens", R"({"messages":[)" + asked + R"({"role":"assistant","content":[)" + blocks +
                                                R"({"type":"text","text":"the mat"}]})" + next + "]}"),
        "input_tokens");
  };
  EXPECT_EQ(counted(R"({"type":"thinking","thinking":"SECRET","signature":""},)"), counted(""));
}

TEST_F(Reasoning, ThoughtsMayComeBeforeAnAnswerThatKeepsToASchema) {
  start_thinking();
  const JsonValue json = answer(
      "/v1/chat/completions",
      chat(
          R"(,"max_tokens":60,"max_reasoning_tokens":5,"response_format":{"type":"json_schema","json_schema":{"name":"n",)"
          R"("schema":{"enum":["the cat","the dog"]}}})"));
  EXPECT_EQ(number_at(json, "usage.completion_tokens_details.reasoning_tokens"), "5");
  const std::string words = text_at(json, "choices.0.message.content");
  EXPECT_TRUE(words == "\"the cat\"" || words == "\"the dog\"") << words;
}

}  // namespace
}  // namespace vitrine::serve
