#include "base/config_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"

namespace vitrine {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void bad_value(const ConfigField& field, std::string_view value, std::string_view where,
                            const std::string& expected) {
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: bad value for '{}' (got '{}', expected {})", where, field.name, excerpt(value), expected),
      field.help);
}

std::string range_text(const ConfigField& field, const char* kind) {
  std::string text = kind;
  if (field.min > -1e300) text += " of at least " + bound_text(field.min);
  if (field.max < 1e300) text += (field.min > -1e300 ? " and at most " : " of at most ") + bound_text(field.max);
  return text;
}

std::optional<double> parse_real_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

template <typename Number>
void set_number(const ConfigField& field, Number* target, std::optional<Number> parsed, std::string_view value,
                std::string_view where, const char* kind) {
  const double number = parsed ? static_cast<double>(*parsed) : 0;
  if (!parsed || number < field.min || number > field.max) bad_value(field, value, where, range_text(field, kind));
  *target = *parsed;
}

std::string json_value_text(std::string_view key, const Json& value, std::string_view where) {
  if (value.is_string()) return value.get<std::string>();
  // Refused before anything walks it: hostile nesting would exhaust the stack.
  if (value.is_structured() || value.is_null())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: '{}' must be a text, a number, true or false (got {})",
                                                         where, excerpt(key), value.type_name()));
  return value.dump();
}

}  // namespace

std::optional<int64_t> parse_whole_number(std::string_view text) {
  int64_t whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc() && stop == end)
    return whole;
  constexpr double kLargestExact = 9007199254740992.0;  // 2^53
  const auto real = parse_real_number(text);
  if (!real || *real != std::floor(*real) || std::abs(*real) > kLargestExact ||
      text.find_first_of("eE") == std::string_view::npos)
    return std::nullopt;
  return static_cast<int64_t>(*real);
}

std::string bound_text(double bound) {
  const bool is_whole = bound == std::floor(bound) && std::abs(bound) < 1e15;
  std::string text = is_whole ? fmt::format("{:.0f}", bound) : fmt::format("{:g}", bound);
  if (const size_t plus = text.find("e+"); plus != std::string::npos) text.erase(plus + 1, 1);
  return text;
}

namespace {

/// Whether a name without its leading dashes is one of the words of a candidate: tokens of --max-tokens.
bool is_word_of(std::string_view name, std::string_view candidate) {
  constexpr size_t kShortestWord = 3;
  constexpr std::string_view kBetween = "-_ .";
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  if (name.size() < kShortestWord) return false;
  for (size_t at = candidate.find(name); at != candidate.npos; at = candidate.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool begins = at == 0 || kBetween.find(candidate[at - 1]) != kBetween.npos;
    const bool ends = end == candidate.size() || kBetween.find(candidate[end]) != kBetween.npos;
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  constexpr size_t kLongestName = 64;  // the time grows with the length, and nothing is near a longer one
  std::string best;
  if (name.size() > kLongestName) return best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= name.size(); ++i) {
      size_t diagonal = std::exchange(row[0], i);
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (name[i - 1] != candidate[j - 1])});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  constexpr size_t kSlip = 2;  // so many letters are mistyped; more of them tell less than a whole word that fits
  if (best_distance <= kSlip) return best;
  for (const std::string& candidate : candidates)
    if (is_word_of(name, candidate)) return candidate;
  return best;
}

ConfigField& find_field(ConfigFields& fields, std::string_view name, std::string_view where) {
  for (ConfigField& field : fields)
    if (field.name == name) return field;
  std::vector<std::string> names;
  for (const ConfigField& field : fields) names.push_back(field.name);
  const std::string near = nearest_name(name, names);
  std::string hint = near.empty() ? "known keys:" : fmt::format("did you mean '{}'?", near);
  if (near.empty())
    for (const std::string& known : names) hint += " " + known;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: unknown key (got '{}')", where, excerpt(name)), hint);
}

void set_field(ConfigFields& fields, std::string_view name, std::string_view value, std::string_view where) {
  ConfigField& field = find_field(fields, name, where);
  if (auto* integer = std::get_if<int64_t*>(&field.target))
    return set_number(field, *integer, parse_whole_number(value), value, where, "a whole number");
  if (auto* real = std::get_if<double*>(&field.target))
    return set_number(field, *real, parse_real_number(value), value, where, "a number");
  if (auto* flag = std::get_if<bool*>(&field.target)) {
    if (value != "true" && value != "false") bad_value(field, value, where, "true or false");
    **flag = value == "true";
    return;
  }
  if (!field.choices.empty() && std::find(field.choices.begin(), field.choices.end(), value) == field.choices.end()) {
    std::string expected;
    for (const std::string& choice : field.choices) expected += (expected.empty() ? "" : ", ") + choice;
    bad_value(field, value, where, "one of " + expected);
  }
  *std::get<std::string*>(field.target) = value;
}

void set_field_from_assignment(ConfigFields& fields, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("--set: expected key=value (got '{}')", excerpt(assignment)),
                "for example: --set max_steps=1000");
  set_field(fields, assignment.substr(0, equals), assignment.substr(equals + 1), "--set");
}

std::string field_text(const ConfigField& field) {
  if (const auto* integer = std::get_if<int64_t*>(&field.target)) return std::to_string(**integer);
  if (const auto* real = std::get_if<double*>(&field.target)) return fmt::format("{}", **real);
  if (const auto* flag = std::get_if<bool*>(&field.target)) return **flag ? "true" : "false";
  return *std::get<std::string*>(field.target);
}

std::string fields_to_json(const ConfigFields& fields, int indent) {
  Json object = Json::object();
  for (const ConfigField& field : fields) std::visit([&](auto* target) { object[field.name] = *target; }, field.target);
  return object.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void fields_from_json(ConfigFields& fields, std::string_view json, std::string_view where) {
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object())
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: malformed JSON (expected an object)", where));
  for (const auto& [key, value] : object.items()) set_field(fields, key, json_value_text(key, value, where), where);
}

}  // namespace vitrine
