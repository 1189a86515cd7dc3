#include "serve/routes/app_support.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "infer/sequence_breakers.h"
#include "serve/json_writer.h"
#include "serve/sampling_request.h"
#include "tools/catalog.h"

namespace vitrine::serve {
namespace {

constexpr size_t kMaxStopTexts = 16, kMaxStopBytes = 1024;

std::vector<std::string> read_stop_list(const Fields& settings) {
  std::vector<std::string> stop;
  try {
    stop = infer::split_texts(settings.text("stop").value_or(""), "stop");
  } catch (const Error& error) {
    settings.fail("stop", error.message());
  }
  if (stop.size() > kMaxStopTexts)
    settings.fail("stop", fmt::format("has too many texts (got {}, at most {})", stop.size(), kMaxStopTexts));
  for (const std::string& text : stop)
    if (text.size() > kMaxStopBytes)
      settings.fail("stop", fmt::format("has a text of more than {} bytes", kMaxStopBytes));
  return stop;
}

/// A boolean, or what the page's control says.
std::optional<bool> read_tools_setting(const Fields& settings) {
  const JsonValue* const value = settings.find("tools");
  if (!value || !value->is(JsonKind::kString)) return settings.boolean("tools");
  const std::string choice = *settings.choice("tools", {"auto", "on", "off"});
  return choice == "auto" ? std::nullopt : std::optional(choice == "on");
}

}  // namespace

AnswerSettings read_answer_settings(const Fields& settings, const infer::SamplingSettings& defaults,
                                    int64_t vocab_size) {
  AnswerSettings out;
  out.sampling = read_sampling(settings, defaults, vocab_size);
  out.max_tokens = settings.integer("max_tokens", 1, 1'000'000).value_or(out.max_tokens);
  out.max_reasoning_tokens = settings.integer("max_reasoning_tokens", 0, 1'000'000).value_or(0);
  const std::string thinking = settings.choice("reasoning", {"auto", "on", "off"}).value_or("auto");
  if (thinking != "auto") out.enable_thinking = thinking == "on";
  out.runs_tools = read_tools_setting(settings);
  out.stop = read_stop_list(settings);
  return out;
}

std::string answer_settings_json(const Fields& given, AnswerSettings settings) {
  JsonWriter json;
  json.begin_object();
  for (const ConfigField& field : settings.sampling.fields())
    std::visit([&](const auto* value) { json.field(field.name, *value); }, field.target);
  json.field("max_tokens", settings.max_tokens).field("max_reasoning_tokens", settings.max_reasoning_tokens);
  const bool is_set = settings.enable_thinking.has_value();
  json.field("reasoning", !is_set ? "auto" : *settings.enable_thinking ? "on" : "off");
  json.field("tools", settings.runs_tools.value_or(false) ? "on" : "off");
  return json.field("stop", given.text("stop").value_or("")).end_object().take();
}

int64_t query_integer(const Call& call, std::string_view name, int64_t fallback, int64_t min, int64_t max) {
  const std::string_view text = call.request.parameter(name);
  if (text.empty()) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max)
    throw bad_request(
        fmt::format("'{}' has to be a whole number from {} to {} (got '{}')", name, min, max, excerpt(text, 40)), name);
  return value;
}

std::string limited(const Fields& fields, std::string_view name, std::string text, size_t max_bytes) {
  if (text.size() > max_bytes)
    fields.fail(name, fmt::format("is too long (got {} bytes, at most {})", text.size(), max_bytes));
  return text;
}

HttpResponse attachment(std::string body, std::string_view content_type, const std::string& file_name) {
  return {.content_type = std::string(content_type),
          .headers = {{"Content-Disposition", fmt::format("attachment; filename=\"{}\"", file_name)}},
          .body = std::move(body)};
}

std::string conversation_json(const store::Conversation& c) {
  JsonWriter json;
  json.begin_object().field("id", c.id).field("title", c.title).key("folder_id").text_or_null(c.folder_id);
  json.field("system_prompt", c.system_prompt).key("model").text_or_null(c.model).raw_field("settings", c.settings);
  json.key("active_leaf").text_or_null(c.active_leaf).field("pinned", c.is_pinned);
  return json.field("created", c.created).field("updated", c.updated).end_object().take();
}

std::vector<ToolSpec> own_tools() {
  std::vector<ToolSpec> specs;
  for (const tools::Tool& tool : tools::tool_catalog())
    specs.push_back({std::string(tool.name), std::string(tool.description), std::string(tool.parameters)});
  return specs;
}

}  // namespace vitrine::serve
