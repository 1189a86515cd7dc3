#include <fmt/format.h>

#include "base/error.h"
#include "serve/json_writer.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

void write_model(JsonWriter& json, const ModelEntry& entry) {
  json.begin_object().field("id", entry.id).field("object", "model").field("created", entry.created);
  json.field("owned_by", "vitrine").field("loaded", entry.loaded != nullptr);
  if (entry.loaded)
    json.field("context_length", entry.loaded->context_length()).field("parameters", entry.loaded->num_parameters());
  else if (entry.facts)
    json.field("context_length", entry.facts->context_length).field("parameters", entry.facts->num_parameters);
  if (!entry.parent.empty()) json.field("root", entry.parent).field("parent", entry.parent);  // an adapter, as in vLLM
  json.end_object();
}

}  // namespace

std::vector<Route> routes::models() {
  return {{.method = "GET",
           .path = "/v1/models",
           .summary = "Lists the models that can be asked",
           .handle =
               [](Call& call) {
                 JsonWriter json;
                 json.begin_object().field("object", "list").key("data").begin_array();
                 for (const ModelEntry& entry : call.services.hub.list()) write_model(json, entry);
                 json.end_array().end_object();
                 call.responder->send({.body = json.take()});
               },
           .response_schema = "ModelList"},
          {.method = "GET",
           .path = "/v1/models/{model...}",
           .summary = "Tells of one model",
           .handle =
               [](Call& call) {
                 const std::vector<ModelEntry> all = call.services.hub.list();
                 const ModelEntry* const at = ModelHub::find(all, call.value("model"));
                 if (!at)
                   throw ApiError(404, fmt::format("there is no model '{}' here", excerpt(call.value("model"))),
                                  "model", "model_not_found");
                 JsonWriter json;
                 write_model(json, *at);
                 call.responder->send({.body = json.take()});
               },
           .response_schema = "Model"}};
}

}  // namespace vitrine::serve
