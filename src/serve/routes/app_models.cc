// What the page has to know: the server, its models, the settings of answers.
#include <fmt/format.h>

#include "infer/samplers/catalog.h"
#include "serve/json_reader.h"
#include "serve/json_writer.h"
#include "serve/routes/app_support.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"
#include "tools/catalog.h"

namespace vitrine::serve {
namespace {

constexpr int64_t kMaxAttachmentBytes = 1 << 20;

void show_status(Call& call) {
  const auto model = call.services.hub.get("");
  JsonWriter json;
  json.begin_object().field("version", call.services.version).field("model", model->id());
  json.field("context_length", model->context_length())
      .field("needs_key", call.services.needs_key)
      .key("tools")
      .begin_array();
  for (const tools::Tool& tool : tools::tool_catalog())
    json.begin_object().field("name", tool.name).field("description", tool.description).end_object();
  json.end_array().key("limits").begin_object().field("max_body_bytes", call.services.max_body_bytes);
  json.field("max_attachment_bytes", kMaxAttachmentBytes).end_object().end_object();
  call.responder->send({.body = json.take()});
}

std::string entry_json(const ModelEntry& entry) {
  JsonWriter json;
  json.begin_object().field("id", entry.id).field("bytes", entry.num_bytes).field("loaded", entry.loaded != nullptr);
  json.field("default", entry.is_default);
  if (const auto& model = entry.loaded) {
    const bool has_format = model->has_format();
    json.field("context_length", model->context_length()).field("parameters", model->num_parameters());
    json.field("has_reasoning", has_format && !model->format().marks().reasoning_begin.empty());
    json.field("has_tools", has_format && model->format().marks().calls != nullptr).field("has_template", has_format);
  } else if (entry.facts) {
    const data::OutputMarks marks = data::marks_of(entry.facts->chat_template);
    json.field("context_length", entry.facts->context_length).field("parameters", entry.facts->num_parameters);
    json.field("has_reasoning", !marks.reasoning_begin.empty()).field("has_tools", marks.calls != nullptr);
    json.field("has_template", !entry.facts->chat_template.empty());
  } else {
    for (const char* const name : {"context_length", "parameters", "has_reasoning", "has_tools", "has_template"})
      json.null_field(name);
  }
  return json.end_object().take();
}

void list_models(Call& call) {
  JsonWriter json;
  json.begin_object().key("models").begin_array();
  for (const ModelEntry& entry : call.services.hub.list()) json.raw(entry_json(entry));
  call.responder->send({.body = json.end_array().end_object().take()});
}

void load_model(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const auto model = call.services.hub.get(Fields(json).required_text("model"));
  for (const ModelEntry& entry : call.services.hub.list())
    if (entry.id == model->id()) return call.responder->send({.body = entry_json(entry)});
  throw ApiError(404, "the model is gone", "model", "model_not_found");
}

/// Lists stand as one text in the settings; infer::split_texts() reads them.
bool is_list(const ConfigField& field) {
  return field.name == "samplers" || field.name == "dry_sequence_breakers" || field.name == "stop";
}

void write_field(JsonWriter& json, const ConfigField& field) {
  const auto [min, max] = setting_range(field);
  json.begin_object().field("name", field.name);
  const char* const kKinds[] = {"integer", "number", "boolean", "text"};
  json.field("kind", is_list(field) ? "list" : kKinds[field.target.index()]).key("default");
  std::visit([&](auto* target) { json.value(*target); }, field.target);
  const auto bound = [&](const char* name, double value, bool is_given) {
    if (is_given)
      json.field(name, value);
    else
      json.null_field(name);
  };
  bound("min", min, min > -1e300);
  bound("max", max, max < 1e300);
  json.key("choices");
  if (field.choices.empty()) {
    json.null();
  } else {
    json.begin_array();
    for (const std::string& choice : field.choices) json.value(choice);
    json.end_array();
  }
  json.field("help", field.help).end_object();
}

void write_group(JsonWriter& json, std::string_view name, std::string_view help, const ConfigFields& fields) {
  json.begin_object().field("name", name).field("help", help).key("fields").begin_array();
  for (const ConfigField& field : fields) write_field(json, field);
  json.end_array().end_object();
}

std::vector<std::string> step_names() {
  std::vector<std::string> names;
  for (const infer::SamplerDescription& step : infer::sampler_catalog()) names.emplace_back(step.name);
  return names;
}

/// What holds for the model that is named, or for the default one. Nothing is loaded for it.
infer::SamplingSettings settings_of_named(Call& call) {
  const std::string name(call.request.parameter("model"));
  if (name.empty()) return call.services.sampling_of(*call.services.hub.get(""));
  const std::vector<ModelEntry> all = call.services.hub.list();
  const ModelEntry* const entry = ModelHub::find(all, name);
  if (!entry) throw ApiError(404, fmt::format("there is no model '{}'", excerpt(name)), "model", "model_not_found");
  if (entry->loaded) return call.services.sampling_of(*entry->loaded);
  return call.services.sampling_of(model::load_sampling_defaults(entry->path));
}

void show_settings(Call& call) {
  infer::SamplingSettings sampling = settings_of_named(call);
  JsonWriter json;
  json.begin_object().key("groups").begin_array();
  for (const infer::SamplerDescription& step : infer::sampler_catalog())
    if (step.name != "logit_bias") write_group(json, step.name, step.help, step.fields(sampling));
  if (sampling.samplers.empty()) sampling.samplers = infer::default_sampler_order();
  write_group(json, "general", "the order of the steps, and what is drawn",
              {{.name = "samplers",
                .target = &sampling.samplers,
                .help = "the steps of drawing, in the order they are applied; others are left out",
                .choices = step_names()},
               {"seed", &sampling.seed, "same seed, same text; left out: drawn anew for each answer", 0, 9e15}});
  AnswerSettings answer;
  std::string thinking = "auto", runs_tools = "auto", stop;
  write_group(json, "answer", "how long an answer may be, and what it may do",
              {{"max_tokens", &answer.max_tokens, "tokens of one answer at most", 1, 1e6},
               {"max_reasoning_tokens", &answer.max_reasoning_tokens,
                "thoughts are ended behind so many tokens; 0: no bound of their own", 0, 1e6},
               {.name = "reasoning",
                .target = &thinking,
                .help = "for models that think first: auto leaves it to the model",
                .choices = {"auto", "on", "off"}},
               {"stop", &stop, "texts that end the answer; they are not shown"},
               {.name = "tools",
                .target = &runs_tools,
                .help = "the model may call the tools of this server; auto: where it has learned to",
                .choices = {"auto", "on", "off"}}});
  call.responder->send({.body = json.end_array().end_object().take()});
}

}  // namespace

std::vector<Route> routes::app_models() {
  return {{.method = "GET",
           .path = "/api/status",
           .summary = "What the page has to know of the server",
           .handle = show_status,
           .response_schema = "Status"},
          {.method = "GET",
           .path = "/api/models",
           .summary = "Lists models, loaded or not",
           .handle = list_models,
           .response_schema = "AppModelList"},
          {.method = "POST",
           .path = "/api/models/load",
           .summary = "Loads a model",
           .handle = load_model,
           .request_schema = "LoadRequest",
           .response_schema = "AppModel"},
          {.method = "GET",
           .path = "/api/settings",
           .summary = "Describes the settings of answers",
           .handle = show_settings,
           .response_schema = "SettingGroups"}};
}

}  // namespace vitrine::serve
