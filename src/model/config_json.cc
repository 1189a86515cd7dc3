#include "model/config_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/json_depth.h"

namespace vitrine::model {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLargestInteger = int64_t{1} << 40;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxShownBytes = 40;

/// A value of a type or size that a key cannot have, or (null) none at all.
[[noreturn]] void bad_key(std::string_view key, const Json* value, std::string_view expected) {
  if (value == nullptr)
    throw Error(ErrorCode::kCorruptData, fmt::format("config.json: '{}' is missing (expected {})", key, expected));
  std::string got =
      value->is_structured() ? value->type_name() : value->dump(-1, ' ', true, Json::error_handler_t::replace);
  if (got.size() > kMaxShownBytes) got = got.substr(0, kMaxShownBytes) + "…";
  throw Error(ErrorCode::kCorruptData,
              fmt::format("config.json: '{}' is wrong (got {}, expected {})", key, got, expected));
}

}  // namespace

struct ConfigJson::State {
  Json json;

  const Json* find(std::string_view key) const {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }
};

ConfigJson::ConfigJson(std::string_view json) : state_(std::make_unique<State>()) {
  if (io::json_nesting_depth(json) > kMaxDepth)
    throw Error(ErrorCode::kCorruptData, fmt::format("config.json: nested deeper than {} brackets", kMaxDepth));
  state_->json = Json::parse(json, nullptr, false);
  if (!state_->json.is_object())
    throw Error(ErrorCode::kCorruptData, "config.json: malformed JSON (expected an object)");
}
ConfigJson::ConfigJson() : state_(std::make_unique<State>()) {}
ConfigJson::~ConfigJson() = default;
ConfigJson::ConfigJson(ConfigJson&&) noexcept = default;

bool ConfigJson::has(std::string_view key) const { return state_->find(key) != nullptr; }

bool ConfigJson::is_text(std::string_view key) const {
  const Json* const value = state_->find(key);
  return value && value->is_string();
}

int64_t ConfigJson::integer(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value || !value->is_number_integer()) bad_key(key, value, "a whole number");
  const auto number = value->get<int64_t>();  // of an unsigned one beyond the range, a negative number
  if (number < -kLargestInteger || number > kLargestInteger || (value->is_number_unsigned() && number < 0))
    bad_key(key, value, "a number of a sensible size");
  return number;
}

int64_t ConfigJson::integer_or(std::string_view key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double ConfigJson::real_or(std::string_view key, double fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_number()) bad_key(key, value, "a number");
  return value->get<double>();
}

double ConfigJson::real(std::string_view key) const {
  if (!has(key)) bad_key(key, nullptr, "a number");
  return real_or(key, 0);
}

bool ConfigJson::flag_or(std::string_view key, bool fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) bad_key(key, value, "true or false");
  return value->get<bool>();
}

std::string ConfigJson::text_or(std::string_view key, std::string_view fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return std::string(fallback);
  if (!value->is_string()) bad_key(key, value, "a text");
  return value->get<std::string>();
}

std::optional<ConfigJson> ConfigJson::object(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value) return std::nullopt;
  if (!value->is_object()) bad_key(key, value, "an object");
  ConfigJson inner;
  inner.state_->json = *value;
  return inner;
}

}  // namespace vitrine::model
