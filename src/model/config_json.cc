#include "model/config_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/json_depth.h"

namespace vitrine::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kLargestInteger = int64_t{1} << 40;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxShownBytes = 40;

std::string shown(const Json& value) {
  std::string text =
      value.is_structured() ? value.type_name() : value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > kMaxShownBytes ? text.substr(0, kMaxShownBytes) + "…" : text;
}

}  // namespace

constexpr const char* kCorrectIt = "correct the file, or get it again";

struct ConfigJson::State {
  Json json;
  std::string file;

  const Json* find(std::string_view key) const {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }

  /// A value of a type or size that a key cannot have, or none at all.
  [[noreturn]] void bad_key(std::string_view key, std::string_view expected) const {
    const Json* const value = find(key);
    if (value == nullptr)
      throw Error(ErrorCode::kCorruptData, fmt::format("{}: '{}' is missing (expected {})", file, key, expected),
                  kCorrectIt);
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: '{}' is wrong (got {}, expected {})", file, key, shown(*value), expected), kCorrectIt);
  }

  [[noreturn]] void unsupported(std::string_view key, const std::string& expected) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: '{}' is {} (expected {})", file, key, shown(*find(key)), expected),
                "this model computes something that this build does not");
  }
};

ConfigJson::ConfigJson(std::string_view json, std::string file)
    : state_(std::make_unique<State>(State{.json = {}, .file = std::move(file)})) {
  if (io::json_nesting_depth(json) > kMaxDepth)
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: nested deeper than {} brackets", state_->file, kMaxDepth),
                kCorrectIt);
  try {
    state_->json = Json::parse(json);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: malformed JSON at byte {}", state_->file, error.byte),
                kCorrectIt);
  } catch (const Json::out_of_range&) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: malformed JSON: a number that f64 cannot hold", state_->file),
                kCorrectIt);
  }
  if (!state_->json.is_object())
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: malformed JSON (expected an object)", state_->file),
                kCorrectIt);
}
ConfigJson::ConfigJson(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigJson::~ConfigJson() = default;
ConfigJson::ConfigJson(ConfigJson&&) noexcept = default;

bool ConfigJson::is_empty() const { return state_->json.empty(); }

bool ConfigJson::has(std::string_view key) const { return state_->find(key) != nullptr; }

bool ConfigJson::is_null(std::string_view key) const {
  const auto found = state_->json.find(key);
  return found != state_->json.end() && found->is_null();
}

bool ConfigJson::is_text(std::string_view key) const {
  const Json* const value = state_->find(key);
  return value && value->is_string();
}

int64_t ConfigJson::integer(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value || !value->is_number_integer()) state_->bad_key(key, "a whole number");
  const auto number = value->get<int64_t>();  // of an unsigned one beyond the range, a negative number
  if (number < -kLargestInteger || number > kLargestInteger || (value->is_number_unsigned() && number < 0))
    state_->bad_key(key, "a number of a sensible size");
  return number;
}

int64_t ConfigJson::integer_or(std::string_view key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

std::vector<int64_t> ConfigJson::integers(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value) return {};
  if (!value->is_array()) return {integer(key)};
  std::vector<int64_t> numbers;
  for (const Json& entry : *value) {
    if (!entry.is_number_integer() || (entry.is_number_unsigned() && entry.get<int64_t>() < 0))
      state_->bad_key(key, "whole numbers of a sensible size");
    numbers.push_back(entry.get<int64_t>());
  }
  return numbers;
}

std::vector<std::string> ConfigJson::texts(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value) return {};
  if (!value->is_array()) state_->bad_key(key, "a list of texts");
  std::vector<std::string> texts;
  for (const Json& entry : *value) {
    if (!entry.is_string()) state_->bad_key(key, "a list of texts");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

double ConfigJson::real_or(std::string_view key, double fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_number()) state_->bad_key(key, "a number");
  return value->get<double>();
}

double ConfigJson::real(std::string_view key) const {
  if (!has(key)) state_->bad_key(key, "a number");
  return real_or(key, 0);
}

double ConfigJson::number_within(std::string_view key, double min, double max, bool is_whole) const {
  const Json* const value = state_->find(key);
  const bool fits = value && (is_whole ? value->is_number_integer() : value->is_number());
  if (!fits || !(value->get<double>() >= min && value->get<double>() <= max))
    state_->bad_key(key, fmt::format("{} from {} to {}", is_whole ? "a whole number" : "a number", min, max));
  return value->get<double>();
}

bool ConfigJson::departs_from(std::string_view key, double usual) const {
  const Json* const value = state_->find(key);
  if (!value || *value == false || *value == "") return false;
  return value->is_number() ? value->get<double>() != usual : !value->is_structured() || !value->empty();
}

bool ConfigJson::flag_or(std::string_view key, bool fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) state_->bad_key(key, "true or false");
  return value->get<bool>();
}

std::string ConfigJson::text_or(std::string_view key, std::string_view fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return std::string(fallback);
  if (!value->is_string()) state_->bad_key(key, "a text");
  return value->get<std::string>();
}

std::vector<std::string> ConfigJson::keys() const {
  std::vector<std::string> keys;
  for (const auto& member : state_->json.items()) keys.push_back(member.key());
  return keys;
}

std::optional<ConfigJson> ConfigJson::object(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value) return std::nullopt;
  if (!value->is_object()) state_->bad_key(key, "an object");
  return ConfigJson(std::make_unique<State>(State{.json = *value, .file = state_->file}));
}

void ConfigJson::require_flag(std::string_view key, bool usual) const {
  if (flag_or(key, usual) != usual) state_->unsupported(key, usual ? "true" : "false");
}

void ConfigJson::require_text(std::string_view key, std::initializer_list<std::string_view> usual) const {
  const std::string text = text_or(key, *usual.begin());
  if (std::ranges::find(usual, text) == usual.end())
    state_->unsupported(key, fmt::format("\"{}\"", fmt::join(usual, "\" or \"")));
}

}  // namespace vitrine::model
