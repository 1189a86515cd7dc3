#include "serve/partial_json.h"

#include <algorithm>

namespace vitrine::serve {
namespace {

/// Where the string that begins at `at` ends, behind its quote; npos where it does not.
size_t end_of_string(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return std::string_view::npos;
}

/// Whether a word of JSON that may have been cut off is a whole one.
bool is_whole_word(std::string_view word) {
  return word == "true" || word == "false" || word == "null" || (word.back() >= '0' && word.back() <= '9');
}

}  // namespace

std::string closed_object(std::string_view text) {
  std::string closers;       // of what is open, the innermost first
  size_t num_whole = 0;      // bytes up to the end of the last value that is whole, or begins a list of them
  bool is_at_value = false;  // in an object: behind the colon
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool is_value = is_at_value || (!closers.empty() && closers.front() == ']');
    size_t end = at + 1;
    if (c == '{' || c == '[') {
      closers.insert(closers.begin(), c == '{' ? '}' : ']');
      num_whole = end;
      is_at_value = false;
    } else if (c == '}' || c == ']') {
      closers.erase(0, 1);
      num_whole = end;
    } else if (c == ':') {
      is_at_value = true;
    } else if (c == '"' || std::string_view(" \t\r\n,").find(c) == std::string_view::npos) {
      end = c == '"' ? end_of_string(text, at) : std::min(text.find_first_of(",]} \t\r\n", at), text.size());
      if (end == std::string_view::npos) break;
      if (c != '"' && !is_whole_word(text.substr(at, end - at))) break;
      if (is_value) num_whole = end;
      is_at_value = false;
    }
    at = end;
  }
  return num_whole == 0 ? "{}" : std::string(text.substr(0, num_whole)) + closers;
}

}  // namespace vitrine::serve
