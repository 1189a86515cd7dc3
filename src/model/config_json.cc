#include "model/config_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace vitrine::model {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLargestInteger = int64_t{1} << 40;

[[noreturn]] void bad_key(std::string_view key, std::string_view expected) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("config.json: '{}' is missing or wrong (expected {})", key, expected));
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
  if (!value || !value->is_number_integer()) bad_key(key, "a whole number");
  const auto number = value->get<int64_t>();
  if (number < -kLargestInteger || number > kLargestInteger) bad_key(key, "a number of a sensible size");
  return number;
}

int64_t ConfigJson::integer_or(std::string_view key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double ConfigJson::real_or(std::string_view key, double fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_number()) bad_key(key, "a number");
  return value->get<double>();
}

double ConfigJson::real(std::string_view key) const {
  if (!has(key)) bad_key(key, "a number");
  return real_or(key, 0);
}

bool ConfigJson::flag_or(std::string_view key, bool fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) bad_key(key, "true or false");
  return value->get<bool>();
}

std::string ConfigJson::text_or(std::string_view key, std::string_view fallback) const {
  const Json* const value = state_->find(key);
  if (!value) return std::string(fallback);
  if (!value->is_string()) bad_key(key, "a text");
  return value->get<std::string>();
}

std::optional<ConfigJson> ConfigJson::object(std::string_view key) const {
  const Json* const value = state_->find(key);
  if (!value) return std::nullopt;
  if (!value->is_object()) bad_key(key, "an object");
  ConfigJson inner;
  inner.state_->json = *value;
  return inner;
}

}  // namespace vitrine::model
