#include "data/tool_calls/json_calls.h"

#include <simdjson.h>

#include <algorithm>

namespace vitrine::data {
namespace {

constexpr size_t kMaxBegin = 256;  // bytes in which a call has to be told from other objects

/// Returns the key of the arguments of a call; empty where the object is none.
std::string_view arguments_key(const simdjson::dom::object& call, const JsonCallExtras& extras) {
  std::string_view key;
  int names = 0, ids = 0, types = 0;
  for (const auto field : call) {
    std::string_view text;
    simdjson::dom::object object;
    if (field.key == "name" && field.value.get(text) == simdjson::SUCCESS && !text.empty()) {
      ++names;
    } else if ((field.key == "arguments" || field.key == "parameters") && key.empty() &&
               field.value.get(object) == simdjson::SUCCESS) {
      key = field.key == "arguments" ? "arguments" : "parameters";
    } else if (extras.id && field.key == "id" && field.value.get(text) == simdjson::SUCCESS) {
      ++ids;
    } else if (extras.type && field.key == "type" && field.value.get(text) == simdjson::SUCCESS && text == "function") {
      ++types;
    } else {
      return {};
    }
  }
  return names == 1 && ids <= 1 && types <= 1 ? key : std::string_view();
}

}  // namespace

std::optional<ToolCallPart> parse_tool_call(std::string_view text, const JsonCallExtras& extras) {
  // The DOM parser checks the whole text, which the lazy one does not; only the latter gives the bytes of a value.
  simdjson::dom::parser checker;
  simdjson::dom::object checked;
  if (checker.parse(text.data(), text.size()).get(checked) != simdjson::SUCCESS) return std::nullopt;
  const std::string_view key = arguments_key(checked, extras);
  if (key.empty()) return std::nullopt;
  ToolCallPart call;
  std::string_view name, id;
  if (checked["name"].get(name) == simdjson::SUCCESS) call.name = name;
  if (checked["id"].get(id) == simdjson::SUCCESS) call.id = id;
  const simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object arguments;
  std::string_view bytes;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document[key].get_object().get(arguments) != simdjson::SUCCESS ||
      arguments.raw_json().get(bytes) != simdjson::SUCCESS)
    return std::nullopt;
  call.arguments = bytes.substr(0, bytes.find_last_not_of(kJsonWhiteSpace) + 1);
  return call;
}

std::optional<ToolCallPart> named_call(std::string_view name, std::string_view arguments) {
  // A name that is plain needs no escapes: the call is put together as JSON, so that one reader checks it.
  if (name.empty() || name.find_first_of("\"\\[]{}<>\n") != std::string_view::npos) return std::nullopt;
  return parse_tool_call("{\"name\":\"" + std::string(name) + "\",\"arguments\":" + std::string(arguments) + "}");
}

size_t json_value_bytes(std::string_view text) {
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return 0;
  size_t depth = 0;
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

std::vector<ToolCallPart> parse_tool_calls(std::string_view text, const JsonCallExtras& extras) {
  std::vector<ToolCallPart> calls;
  for (;;) {
    const size_t begin = text.find_first_not_of(calls.empty() ? kJsonWhiteSpace : std::string_view(" \t\r\n,;"));
    if (begin == std::string_view::npos) return calls;
    text.remove_prefix(begin);
    const size_t bytes = json_value_bytes(text);
    auto call = bytes == 0 ? std::nullopt : parse_tool_call(text.substr(0, bytes), extras);
    if (!call) return {};
    calls.push_back(std::move(*call));
    text.remove_prefix(bytes);
  }
}

std::vector<ToolCallPart> parse_tool_call_list(std::string_view text, const JsonCallExtras& extras) {
  // That it is one list is checked as a whole; then what is between its brackets is read call by call.
  simdjson::dom::parser checker;
  simdjson::dom::array list;
  if (checker.parse(text.data(), text.size()).get(list) != simdjson::SUCCESS) return {};
  const size_t begin = text.find('['), end = text.rfind(']');
  return parse_tool_calls(text.substr(begin + 1, end - begin - 1), extras);
}

bool is_open_json_call(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kJsonWhiteSpace), text.size()));
  return text.starts_with('{') && json_value_bytes(text) == 0;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kJsonWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kJsonWhiteSpace) + 1 - begin);
}

std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

bool may_begin_json_call(std::string_view text) {
  const auto may_begin = [&](std::string_view pattern) {
    size_t matched = 0;
    for (size_t i = 0; i < text.size() && matched < pattern.size(); ++i) {
      if (kJsonWhiteSpace.find(text[i]) != std::string_view::npos) continue;
      if (text[i] != pattern[matched]) return false;
      ++matched;
    }
    return matched == pattern.size() || text.size() < kMaxBegin;
  };
  text = text.substr(0, kMaxBegin);
  return may_begin(R"({"name":")") || may_begin(R"({"type":"function","name":")");
}

}  // namespace vitrine::data
