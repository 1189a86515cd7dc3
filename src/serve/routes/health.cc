#include "serve/json_writer.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {

std::vector<Route> routes::health() {
  return {{.method = "GET",
           .path = "/health",
           .summary = "Tells that the server is there, and whether it wants a key",
           .handle =
               [](Call& call) {
                 JsonWriter json;
                 json.begin_object().field("status", "ok").field("needs_key", call.services.needs_key);
                 json.field("version", call.services.version).end_object();
                 call.responder->send({.body = json.take()});
               },
           .is_open = true,
           .response_schema = R"({"type": "object", "required": ["status", "needs_key", "version"], "properties": {
            "status": {"const": "ok"}, "needs_key": {"type": "boolean"}, "version": {"type": "string"}}})"}};
}

}  // namespace vitrine::serve
