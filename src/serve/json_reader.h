// Reading the body of a request: every mistake is an answer that names the parameter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json_value.h"

namespace vitrine::serve {

using schema::JsonKind;
using schema::JsonValue;

inline constexpr int kMaxJsonDepth = 64;

/// Reads a body. Errors: ApiError 400 for what is no JSON object, or is nested deeper than kMaxJsonDepth.
JsonValue parse_body(std::string_view body);

/// "string", "integer", "null", … for messages.
std::string_view kind_name(const JsonValue& value);

/// An object within the body, and the name under which its members are told of. A member that is null counts as one
/// that is not there. Errors of the getters: ApiError 400 with the member as `param`, code invalid_type or
/// invalid_value, or missing_required_parameter.
class Fields {
 public:
  /// Told of every member that is asked for, whether it is there or not: tests hold the document of the API to it.
  using Watch = void (*)(const std::string& path);
  static void watch(Watch watch);

  /// Errors: where `object` is no object.
  Fields(const JsonValue& object, std::string path = "");

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const JsonValue* find(std::string_view name) const;
  const JsonValue& required(std::string_view name, std::string_view kind) const;

  std::optional<double> number(std::string_view name, double min = -1e300, double max = 1e300) const;
  std::optional<int64_t> integer(std::string_view name, int64_t min, int64_t max) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
  std::string required_text(std::string_view name) const;
  /// A text that is one of these.
  std::optional<std::string> choice(std::string_view name, const std::vector<std::string_view>& choices) const;
  const std::vector<JsonValue>* array(std::string_view name, size_t max_items = 100'000) const;
  std::optional<Fields> object(std::string_view name) const;

  /// "messages[0].content": the full name of a member.
  std::string path_of(std::string_view name) const;
  const std::string& path() const { return path_; }
  const JsonValue& value() const { return *object_; }
  [[noreturn]] void fail(std::string_view name, std::string_view what, std::string_view code = "invalid_value") const;

 private:
  const JsonValue* object_;
  std::string path_;
};

}  // namespace vitrine::serve
