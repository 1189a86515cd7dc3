#include "serve/call_fragments.h"

#include <algorithm>
#include <utility>

#include "data/tool_calls/json_calls.h"

namespace vitrine::serve {

void CallFragments::push(std::string_view text) {
  if (is_done_) return;
  if (is_in_arguments_) return read_arguments(text);
  head_ += text;
  if (read_head()) read_arguments(std::exchange(head_, {}));
}

/// Reads the name, and what is before the arguments. True: these begin what is left of the head.
bool CallFragments::read_head() {
  std::string_view rest = head_;
  const auto skip_space = [&] {
    rest.remove_prefix(std::min(rest.find_first_not_of(data::kJsonWhiteSpace), rest.size()));
  };
  const auto take = [&](std::string_view text) {
    skip_space();
    if (rest.starts_with(text)) return rest.remove_prefix(text.size()), true;
    is_done_ = !text.starts_with(rest);  // another form
    return false;
  };
  skip_space();
  if (rest.starts_with('[')) rest.remove_prefix(1);
  if (!take("{") || !take("\"name\"") || !take(":") || !take("\"")) return false;
  const size_t end = rest.find_first_of("\"\\");
  if (end == std::string_view::npos) return false;
  if (rest[end] == '\\') return is_done_ = true, false;  // names of tools need no escapes
  name_ = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!take(",")) return false;
  skip_space();
  if (!take(rest.starts_with("\"p") ? "\"parameters\"" : "\"arguments\"") || !take(":") || !take("{")) return false;
  is_in_arguments_ = true;
  head_ = "{" + std::string(rest);
  return true;
}

void CallFragments::read_arguments(std::string_view text) {
  for (const char c : text) {
    if (is_done_) return;
    arguments_ += c;
    if (is_in_string_) {
      is_in_string_ = c != '"' || is_escaped_;
      is_escaped_ = c == '\\' && !is_escaped_;
    } else if (c == '"') {
      is_in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      is_done_ = --depth_ == 0;
    }
  }
}

std::string CallFragments::take_arguments() {
  const size_t begin = std::exchange(num_taken_, arguments_.size());
  return arguments_.substr(begin);
}

}  // namespace vitrine::serve
