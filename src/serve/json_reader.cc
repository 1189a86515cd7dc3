#include "serve/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/config_field.h"
#include "base/error.h"
#include "serve/api_error.h"
#include "tokenizer/utf8.h"

namespace vitrine::serve {

JsonValue parse_body(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw ApiError(400, "the body is empty (expected a JSON object)", "", "invalid_json");
  if (!tokenizer::is_valid_utf8(body)) throw ApiError(400, "the body is not UTF-8", "", "invalid_json");
  try {
    JsonValue value = schema::parse_json(body, "body", kMaxJsonDepth, schema::RepeatedKeys::kLastWins);
    if (!value.is(JsonKind::kObject))
      throw ApiError(400, fmt::format("the body is no JSON object (got {})", kind_name(value)), "", "invalid_json");
    return value;
  } catch (const Error& error) {
    throw ApiError(400, error.message(), "", "invalid_json");
  }
}

std::string_view kind_name(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return "a boolean";
    case JsonKind::kNumber:
      return value.number.is_integer() ? "an integer" : "a number";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kArray:
      return "an array";
    default:
      return "an object";
  }
}

namespace {
std::atomic<Fields::Watch> watch_of_fields{nullptr};
}  // namespace

void Fields::watch(Watch watch) { watch_of_fields = watch; }

Fields::Fields(const JsonValue& object, std::string path) : object_(&object), path_(std::move(path)) {
  if (!object.is(JsonKind::kObject))
    throw bad_request(fmt::format("'{}' has to be an object (got {})", path_, kind_name(object)), path_,
                      "invalid_type");
}

const JsonValue* Fields::find(std::string_view name) const {
  if (const Watch watch = watch_of_fields) watch(path_of(name));
  const JsonValue* const value = object_->find(name);
  return value && !value->is(JsonKind::kNull) ? value : nullptr;
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Fields::fail(std::string_view name, std::string_view what, std::string_view code) const {
  const std::string path = path_of(name);
  throw bad_request(fmt::format("'{}' {}", path, what), path, code);
}

const JsonValue& Fields::required(std::string_view name, std::string_view kind) const {
  if (const JsonValue* const value = find(name)) return *value;
  fail(name, fmt::format("is missing (expected {})", kind), "missing_required_parameter");
}

std::optional<double> Fields::number(std::string_view name, double min, double max) const {
  const JsonValue* const value = find(name);
  if (!value) return std::nullopt;
  if (!value->is(JsonKind::kNumber))
    fail(name, fmt::format("has to be a number (got {})", kind_name(*value)), "invalid_type");
  const double number = value->number.to_double();
  if (!std::isfinite(number) || number < min || number > max)
    fail(name, fmt::format("is out of range (got {}, expected {} to {})", excerpt(value->number.to_text(), 40),
                           bound_text(min), bound_text(max)));
  return number;
}

std::optional<int64_t> Fields::integer(std::string_view name, int64_t min, int64_t max) const {
  const JsonValue* const value = find(name);
  if (!value) return std::nullopt;
  if (!value->is(JsonKind::kNumber) || !value->number.is_integer())
    fail(name, fmt::format("has to be an integer (got {})", kind_name(*value)), "invalid_type");
  const std::optional<int64_t> number = value->number.to_int64();
  if (!number || *number < min || *number > max)
    fail(name,
         fmt::format("is out of range (got {}, expected {} to {})", excerpt(value->number.to_text(), 40), min, max));
  return number;
}

std::optional<bool> Fields::boolean(std::string_view name) const {
  const JsonValue* const value = find(name);
  if (!value) return std::nullopt;
  if (!value->is(JsonKind::kTrue) && !value->is(JsonKind::kFalse))
    fail(name, fmt::format("has to be true or false (got {})", kind_name(*value)), "invalid_type");
  return value->is(JsonKind::kTrue);
}

std::optional<std::string> Fields::text(std::string_view name) const {
  const JsonValue* const value = find(name);
  if (!value) return std::nullopt;
  if (!value->is(JsonKind::kString))
    fail(name, fmt::format("has to be a string (got {})", kind_name(*value)), "invalid_type");
  return value->string;
}

std::string Fields::required_text(std::string_view name) const {
  required(name, "a string");
  return *text(name);
}

std::optional<std::string> Fields::choice(std::string_view name, const std::vector<std::string_view>& choices) const {
  std::optional<std::string> value = text(name);
  if (value && std::find(choices.begin(), choices.end(), *value) == choices.end())
    fail(name, fmt::format("is unknown (got '{}', expected one of {})", excerpt(*value), fmt::join(choices, ", ")));
  return value;
}

const std::vector<JsonValue>* Fields::array(std::string_view name, size_t max_items) const {
  const JsonValue* const value = find(name);
  if (!value) return nullptr;
  if (!value->is(JsonKind::kArray))
    fail(name, fmt::format("has to be an array (got {})", kind_name(*value)), "invalid_type");
  if (value->items.size() > max_items)
    fail(name, fmt::format("has too many items (got {}, at most {})", value->items.size(), max_items));
  return &value->items;
}

std::optional<Fields> Fields::object(std::string_view name) const {
  const JsonValue* const value = find(name);
  if (!value) return std::nullopt;
  return Fields(*value, path_of(name));
}

}  // namespace vitrine::serve
