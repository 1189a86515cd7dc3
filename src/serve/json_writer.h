// Writes JSON as it is told, with no tree in between: answers are many and small.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vitrine::serve {

/// Puts commas where they belong; nesting is for the caller to get right. Texts become valid UTF-8.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  JsonWriter& value(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return raw(std::to_string(number));
  }
  /// Null where the number is not finite.
  JsonWriter& value(double number);
  JsonWriter& null() { return raw("null"); }
  JsonWriter& text_or_null(std::string_view text) { return text.empty() ? null() : value(text); }
  /// JSON that is whole already.
  JsonWriter& raw(std::string_view json);
  template <typename Value>
  JsonWriter& field(std::string_view name, const Value& given) {
    return key(name).value(given);
  }
  JsonWriter& null_field(std::string_view name) { return key(name).null(); }
  JsonWriter& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }

  const std::string& text() const { return out_; }
  std::string take() { return std::exchange(out_, {}); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
};

/// A text as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace vitrine::serve
