// <|tool_call>call:NAME{KEY:VALUE,…}<tool_call|>, once for each call: Gemma 4. Keys are bare, strings stand between
// marks of their own, so that nothing in them is escaped.
#include "data/tool_calls/catalog.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kGemmaCall = "call:";
constexpr std::string_view kGemmaQuote = "<|\"|>";
constexpr int kMaxGemmaDepth = 64;

/// Turns such values into JSON. Every function returns false where the text is none.
class GemmaValueReader {
 public:
  explicit GemmaValueReader(std::string_view text) : text_(text) {}

  bool read_object(int depth = 0) {
    if (depth > kMaxGemmaDepth || !take("{")) return false;
    json += '{';
    for (bool is_first = true; !take("}"); is_first = false) {
      if (!is_first && !take(",")) return false;
      if (!is_first) json += ", ";
      if (!read_key() || !take(":")) return false;
      json += ": ";
      if (!read_value(depth)) return false;
    }
    json += '}';
    return true;
  }
  bool is_at_end() const { return trimmed(text_).empty(); }

  std::string json;

 private:
  bool take(std::string_view mark) {
    const std::string_view text = trimmed(text_);
    if (!text.starts_with(mark)) return false;
    text_ = text.substr(mark.size());
    return true;
  }

  bool read_string() {
    const auto string = take_until(text_, kGemmaQuote);
    if (string) append_json_string(json, *string);
    return string.has_value();
  }

  bool read_key() {
    if (take(kGemmaQuote)) return read_string();
    const std::string_view key = trimmed(text_.substr(0, text_.find(':')));
    if (key.empty() || key.find_first_of("{}[],\"\n") != key.npos) return false;
    text_.remove_prefix(std::min(text_.find(':'), text_.size()));
    append_json_string(json, key);
    return true;
  }

  bool read_list(int depth) {
    json += '[';
    for (bool is_first = true; !take("]"); is_first = false) {
      if (!is_first && !take(",")) return false;
      if (!is_first) json += ", ";
      if (!read_value(depth)) return false;
    }
    json += ']';
    return true;
  }

  bool read_value(int depth) {
    if (take(kGemmaQuote)) return read_string();
    if (trimmed(text_).starts_with('{')) return read_object(depth + 1);
    if (depth < kMaxGemmaDepth && take("[")) return read_list(depth + 1);
    const size_t end = text_.find_first_of(",}]");
    const std::string_view word = trimmed(text_.substr(0, end));
    if (word.empty()) return false;
    text_.remove_prefix(std::min(end, text_.size()));
    json += word == "None" ? "null" : word;  // whether it is a number or a word of JSON is checked with the whole
    return true;
  }

  std::string_view text_;
};

std::vector<ToolCallPart> parse_gemma_calls(std::string_view text, std::string_view) {
  text = trimmed(text);
  const size_t begin = text.find('{');
  if (!text.starts_with(kGemmaCall) || begin == text.npos) return {};
  GemmaValueReader reader(text.substr(begin));
  if (!reader.read_object() || !reader.is_at_end()) return {};
  auto call = named_call(trimmed(text.substr(kGemmaCall.size(), begin - kGemmaCall.size())), reader.json);
  return call ? std::vector{std::move(*call)} : std::vector<ToolCallPart>();
}

/// A string has begun and not ended.
bool is_open_gemma_call(std::string_view text) {
  bool is_in_string = false;
  while (take_until(text, kGemmaQuote)) is_in_string = !is_in_string;
  return is_in_string;
}

}  // namespace

const ToolCallForm kGemmaForm = {
    .name = "gemma",
    .help = "<|tool_call>call:…{key:value,…}<tool_call|> for each call (Gemma 4)",
    .begin = "<|tool_call>",
    .end = "<tool_call|>",
    .is_shown_in =
        [](std::string_view chat_template) { return chat_template.find("<|tool_call>") != chat_template.npos; },
    .parse = parse_gemma_calls,
    .is_open = is_open_gemma_call};

}  // namespace vitrine::data
