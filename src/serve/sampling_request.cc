#include "serve/sampling_request.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "infer/sampler.h"
#include "serve/api_error.h"

namespace vitrine::serve {
namespace {

uint64_t random_bits() {
  uint64_t bits = 0;
  VITRINE_CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits, "no random numbers of the system");
  return bits;
}

void read_field(const Fields& body, const ConfigField& field) {
  const auto [min, max] = setting_range(field);
  if (auto* const real = std::get_if<double*>(&field.target)) {
    if (const auto value = body.number(field.name, min, max)) **real = *value;
  } else if (auto* const integer = std::get_if<int64_t*>(&field.target)) {
    const auto bound = [](double limit) { return static_cast<int64_t>(std::clamp(limit, -9e15, 9e15)); };
    if (const auto value = body.integer(field.name, bound(min), bound(max))) **integer = *value;
  } else if (auto* const flag = std::get_if<bool*>(&field.target)) {
    if (const auto value = body.boolean(field.name)) **flag = *value;
  } else if (const auto value = body.text(field.name)) {
    *std::get<std::string*>(field.target) = *value;
  }
}

/// Names with commas between, or a list of them, as llama-server has it.
std::optional<std::string> read_samplers(const Fields& body) {
  const JsonValue* const value = body.find("samplers");
  if (!value || !value->is(JsonKind::kArray)) return body.text("samplers");
  std::string names;
  for (const JsonValue& item : *body.array("samplers", 64)) {
    if (!item.is(JsonKind::kString))
      body.fail("samplers", fmt::format("has to be a string, or an array of strings (got {})", kind_name(item)),
                "invalid_type");
    names += (names.empty() ? "" : ",") + item.string;
  }
  if (names.empty()) body.fail("samplers", "names no step (expected one at least)");
  return names;
}

/// The switch that llama-server's clients send beside tau, also where they want none: 0, or 2 for the algorithm here.
void read_mirostat(const Fields& body, infer::SamplingSettings& settings) {
  constexpr double kUsualTau = 5;
  const auto version = body.integer("mirostat", 0, 2);
  if (!version) return;
  if (*version == 1) body.fail("mirostat", "is the first algorithm, which is not there (expected 0 or 2)");
  if (*version == 0) settings.mirostat_tau = 0;
  if (*version == 2 && settings.mirostat_tau == 0) settings.mirostat_tau = kUsualTau;
}

/// {"15": 2.5} as the samplers write it: "15:2.5".
std::string read_logit_bias(const Fields& body, int64_t vocab_size) {
  const auto biases = body.object("logit_bias");
  if (!biases) return "";
  std::string text;
  if (biases->value().members.size() > 1024) body.fail("logit_bias", "has too many tokens (at most 1024)");
  for (const schema::JsonMember& member : biases->value().members) {
    int32_t id = -1;
    const char* const end = member.first.data() + member.first.size();
    const auto [stop, error] = std::from_chars(member.first.data(), end, id);
    if (error != std::errc() || stop != end || id < 0 || id >= vocab_size)
      body.fail("logit_bias", fmt::format("names a token that is not there (got '{}', expected ids from 0 to {})",
                                          excerpt(member.first, 40), vocab_size - 1));
    const std::optional<double> bias = biases->number(member.first, -100, 100);
    if (!bias) body.fail("logit_bias", "has a null in it (expected numbers)", "invalid_type");
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", id, *bias);
  }
  return text;
}

}  // namespace

std::pair<double, double> setting_range(const ConfigField& field) {
  if (field.name == "temperature") return {0, 2};
  if (field.name == "top_p") return {0, 1};  // 0: the most probable token alone
  if (field.name == "presence_penalty" || field.name == "frequency_penalty") return {-2, 2};
  return {field.min, field.max};
}

infer::SamplingSettings read_sampling(const Fields& body, const infer::SamplingSettings& defaults, int64_t vocab_size) {
  infer::SamplingSettings settings = defaults;
  for (const ConfigField& field : settings.fields())
    if (field.name != "logit_bias" && field.name != "seed" && field.name != "samplers") read_field(body, field);
  if (const auto samplers = read_samplers(body)) settings.samplers = *samplers;
  read_mirostat(body, settings);
  for (const ConfigField& field : settings.fields())
    if (field.name == "top_p") settings.top_p = std::max(settings.top_p, field.min);
  settings.logit_bias = read_logit_bias(body, vocab_size);
  // Any 64-bit number is a seed to OpenAI's clients.
  const auto seed = body.integer("seed", INT64_MIN, INT64_MAX);
  settings.seed = seed ? static_cast<int64_t>(static_cast<uint64_t>(*seed) % 9'000'000'000'000'000ULL) : random_seed();
  try {
    infer::Sampler{settings};  // refuses what the ranges of single settings do not
  } catch (const Error& error) {
    throw bad_request(error.message(), "");
  }
  return settings;
}

std::vector<std::string> read_stop(const Fields& body, std::string_view name, size_t most) {
  const JsonValue* const value = body.find(name);
  if (!value) return {};
  std::vector<std::string> stops;
  if (value->is(JsonKind::kString)) {
    stops.push_back(value->string);
  } else {
    for (const JsonValue& item : *body.array(name, most)) {
      if (!item.is(JsonKind::kString))
        body.fail(name, fmt::format("has to be a string, or an array of strings (got {})", kind_name(item)),
                  "invalid_type");
      stops.push_back(item.string);
    }
  }
  for (const std::string& stop : stops)
    if (stop.empty() || stop.size() > 1024) body.fail(name, "has an empty text, or one of more than 1024 bytes");
  return stops;
}

int64_t read_priority(const Fields& body) { return -body.integer("priority", INT32_MIN, INT32_MAX).value_or(0); }

int64_t random_seed() { return static_cast<int64_t>(random_bits() >> 12); }

std::string random_id(std::string_view prefix) {
  return fmt::format("{}{:016x}{:08x}", prefix, random_bits(), random_bits() >> 32);
}

}  // namespace vitrine::serve
