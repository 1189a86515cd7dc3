#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/config_field.h"

namespace vitrine::cli {
namespace {

bool parse_number(const std::string& text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_path(const OptionSpec& spec) {
  return spec.value_name == "PATH" || spec.value_name == "FILE" || spec.value_name == "FOLDER";
}

std::string expected_text(const OptionSpec& spec) {
  if (spec.kind == OptionKind::kFlag) return "no value";
  if (!spec.choices.empty()) return fmt::format("one of {}", fmt::join(spec.choices, ", "));
  std::string text = spec.kind == OptionKind::kInteger ? "a whole number" : "a number";
  if (spec.min > -1e300) text += " of at least " + bound_text(spec.min);
  if (spec.max < 1e300) text += (spec.min > -1e300 ? " and at most " : " of at most ") + bound_text(spec.max);
  return text;
}

bool is_legal(const OptionSpec& spec, const std::string& value) {
  if (spec.kind == OptionKind::kFlag) return value == "true" || value == "1";
  if (spec.kind == OptionKind::kText)
    return spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end();
  double number = 0;
  if (spec.kind == OptionKind::kInteger) {
    const auto integer = parse_whole_number(value);
    if (!integer) return false;
    number = static_cast<double>(*integer);
  } else if (!parse_number(value, number) || !std::isfinite(number)) {
    return false;
  }
  return number >= spec.min && number <= spec.max;
}

}  // namespace

std::string flag_text(const OptionSpec& spec) {
  std::string text = spec.name;
  std::replace(text.begin(), text.end(), '_', '-');
  if (!spec.positional) return "--" + text;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

ParsedOptions::ParsedOptions(std::string command, const std::vector<OptionSpec>& specs) : command_(std::move(command)) {
  for (const OptionSpec& spec : specs) {
    Value value;
    if (!spec.fallback.empty()) value.values.push_back(spec.fallback);
    values_.emplace(spec.name, std::move(value));
  }
}

void ParsedOptions::set(const OptionSpec& spec, std::vector<std::string> values) {
  for (const std::string& value : values) {
    if (value.empty() && is_path(spec) && !spec.optional_value)
      throw UsageError(fmt::format("{}: it is empty (expected the name of a file or folder)", flag_text(spec)),
                       "leave it out for the default, or give a name");
    if (is_legal(spec, value) || (spec.optional_value && value.empty())) continue;
    const std::string near = nearest_name(value, spec.choices);
    throw UsageError(
        fmt::format("{}: bad value (got '{}', expected {})", flag_text(spec), value, expected_text(spec)),
        near.empty() ? fmt::format("{} is: {}; `vitrine {} --help` tells more", flag_text(spec), spec.help, command_)
                     : fmt::format("did you mean '{}'?", near));
  }
  values_[spec.name] = {std::move(values), true};
}

const ParsedOptions::Value& ParsedOptions::find(std::string_view name) const {
  const auto found = values_.find(name);
  VITRINE_CHECK(found != values_.end(), fmt::format("command '{}' has no option '{}'", command_, name));
  return found->second;
}

bool ParsedOptions::given(std::string_view name) const { return find(name).given; }

std::string ParsedOptions::text(std::string_view name) const {
  const Value& value = find(name);
  return value.values.empty() ? "" : value.values.back();
}

const std::vector<std::string>& ParsedOptions::texts(std::string_view name) const { return find(name).values; }

int64_t ParsedOptions::integer(std::string_view name) const {
  const auto number = parse_whole_number(text(name));
  VITRINE_CHECK(number.has_value(), fmt::format("option '{}' has no whole number", name));
  return *number;
}

double ParsedOptions::real(std::string_view name) const {
  double number = 0;
  VITRINE_CHECK(parse_number(text(name), number), fmt::format("option '{}' has no number", name));
  return number;
}

int64_t ParsedOptions::bytes(std::string_view name) const {
  const std::string given_text = text(name);
  double number = 0;
  const auto [end, error] = std::from_chars(given_text.data(), given_text.data() + given_text.size(), number);
  std::string unit(end, given_text.data() + given_text.size());
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::map<std::string, double> factors{{"", 1},    {"b", 1},    {"k", 1e3}, {"kb", 1e3},
                                              {"m", 1e6}, {"mb", 1e6}, {"g", 1e9}, {"gb", 1e9}};
  const auto factor = factors.find(unit);
  if (error != std::errc() || factor == factors.end() || !(number * factor->second >= 1) || number > 1e12)
    throw UsageError(
        fmt::format("--{}: bad size (got '{}', expected a number of bytes such as 20MB)", name, given_text),
        "units are KB, MB and GB");
  return static_cast<int64_t>(number * factor->second);
}

}  // namespace vitrine::cli
