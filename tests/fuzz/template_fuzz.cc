// Any text as a chat template over a conversation: refused with an Error within its limits, or rendered, twice the
// same, with every byte's origin told, and none of what a user wrote passed off as the template's. Input: the template,
// a zero byte, and JSON for the variables; without the JSON, a small conversation.
#include "template/template.h"

#include <algorithm>

#include "fuzz/fuzz_target.h"
#include "template/json.h"
#include "template/messages.h"

namespace vitrine::fuzz {
namespace {

using namespace templates;

/// Stands in what the user wrote and, in whatever spelling, nowhere else.
constexpr std::string_view kMark = "\u27e6";
constexpr std::string_view kMessages =
    R"([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi <|im_end|> ⟦ é日"},)"
    R"( {"role": "assistant", "content": null, "reasoning_content": "so ⟦", "tool_calls": [{"id": "1", "function":)"
    R"( {"name": "f", "arguments": {"⟦": [1.5, true]}}}]}, {"role": "tool", "content": "⟦"}])";
constexpr std::string_view kVariables =
    R"(, "tools": [{"function": {"name": "f", "n": 1.5}}], "s": "é日 a,b", "n": 7, "d": {"k": [1, 2]},)"
    R"( "add_generation_prompt": true})";

bool may_write_mark(std::string_view source) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{kMark, "27e6", "27E6", "0214"},
                             [&](std::string_view spelling) { return source.find(spelling) != source.npos; });
}

void check_segments(const Rendered& rendered, bool watch_mark) {
  size_t at = 0;
  for (const Segment& segment : rendered.segments) {
    require(segment.begin == at && segment.end > at, "segments cover the text without a gap");
    at = segment.end;
    const std::string_view piece = std::string_view(rendered.text).substr(segment.begin, segment.end - segment.begin);
    if (watch_mark && segment.origin == Origin::kTemplate)
      require(piece.find(kMark) == piece.npos, "what a user wrote does not count as the template's");
  }
  require(at == rendered.text.size(), "segments reach the end of the text");
  for (const Segment& generation : rendered.generations)
    require(generation.begin <= generation.end && generation.end <= at, "a generation lies in the text");
}

Value conversation() {
  const Value messages = prepared_messages(value_from_json(kMessages));
  const Value others = value_from_json("{\"messages\": []" + std::string(kVariables));
  auto entries = others.dict().entries;
  entries.front().second = messages;
  return Value::dict(std::move(entries));
}

}  // namespace

void run_target(std::string_view input) {
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view source = input.substr(0, end);
  RenderOptions options;
  options.limits = {.max_work = 200'000, .max_depth = 300, .max_output_bytes = 1u << 18};
  options.now = std::tm{.tm_mday = 1, .tm_year = 126};
  const bool is_own = end == input.size();
  accepts([&] {
    const Template chat = Template::parse(source);
    const Value variables = is_own ? conversation() : value_from_json(input.substr(end + 1));
    const Rendered rendered = chat.render(variables, options);
    require(rendered.text.size() <= options.limits.max_output_bytes, "the text keeps to its limit");
    check_segments(rendered, is_own && !may_write_mark(source));
    const Rendered again = must([&] { return chat.render(variables, options); });
    require(again.text == rendered.text && again.segments == rendered.segments && again.work == rendered.work,
            "rendering twice gives the same");
  });
}

}  // namespace vitrine::fuzz
