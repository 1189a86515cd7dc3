// The document of the API, put together from what the routes say of themselves.
#include <fmt/format.h>

#include "serve/json_writer.h"
#include "serve/openapi_schemas.h"
#include "serve/request_schemas.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

void write_schema(JsonWriter& json, std::string_view schema) {
  if (schema.starts_with('{'))
    json.raw(schema);
  else
    json.begin_object().field("$ref", fmt::format("#/components/schemas/{}", schema)).end_object();
}

void write_content(JsonWriter& json, std::string_view type, std::string_view schema, std::string_view other_type = {}) {
  json.key("content").begin_object().key(type).begin_object();
  if (!schema.empty()) write_schema(json.key("schema"), schema);
  json.end_object();
  if (!other_type.empty())
    json.key(other_type).begin_object().key("schema").begin_object().field("type", "string").end_object().end_object();
  json.end_object();
}

void write_parameters(JsonWriter& json, std::string_view path) {
  json.key("parameters").begin_array();
  for (size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
    std::string_view name = path.substr(at + 1, path.find('}', at) - at - 1);
    if (name.ends_with("...")) name.remove_suffix(3);
    json.begin_object().field("name", name).field("in", "path").field("required", true).key("schema").begin_object();
    json.field("type", "string").end_object().end_object();
  }
  json.end_array();
}

std::string plain_path(std::string_view path) {
  std::string out(path);
  if (const size_t dots = out.find("...}"); dots != std::string::npos) out.erase(dots, 3);
  return out;
}

void write_operation(JsonWriter& json, const Route& route) {
  std::string method(route.method);
  for (char& c : method) c = static_cast<char>(c + 32);
  json.key(method).begin_object().field("summary", route.summary);
  write_parameters(json, route.path);
  if (!route.request_schema.empty()) {
    json.key("requestBody").begin_object().field("required", true);
    write_content(json, "application/json", route.request_schema);
    json.end_object();
  }
  json.key("responses").begin_object().key(std::to_string(route.success_status)).begin_object();
  json.field("description", route.summary);
  if (route.success_status != 204)
    write_content(json, route.content_type, route.response_schema, route.other_content_type);
  json.end_object().key("default").begin_object().field("description", "What is wrong");
  write_content(json, "application/json", route.errors == ErrorStyle::kAnthropic ? "AnthropicError" : "Error");
  json.end_object().end_object().key("security").begin_array();
  if (!route.is_open) json.begin_object().key("key").begin_array().end_array().end_object();
  json.end_array().end_object();
}

/// Of requests and of answers.
std::string all_schemas() {
  const std::string_view answers = openapi_schemas();
  return fmt::format("{{{}, {}", request_schemas(), answers.substr(answers.find('{') + 1));
}

void show_document(Call& call) {
  JsonWriter json;
  json.begin_object().field("openapi", "3.1.0").key("info").begin_object().field("title", "vitrine");
  json.field("version", call.services.version).end_object().key("paths").begin_object();
  std::string open;
  for (const Route& route : route_catalog()) {
    const std::string path = plain_path(route.path);
    if (path != open) {
      if (!open.empty()) json.end_object();
      json.key(path).begin_object();
      open = path;
    }
    write_operation(json, route);
  }
  json.end_object().end_object().key("components").begin_object().raw_field("schemas", all_schemas());
  json.key("securitySchemes").begin_object().key("key").begin_object().field("type", "http").field("scheme", "bearer");
  call.responder->send({.body = json.end_object().end_object().end_object().end_object().take()});
}

}  // namespace

std::vector<Route> routes::openapi() {
  return {{.method = "GET",
           .path = "/openapi.json",
           .summary = "This document",
           .handle = show_document,
           .response_schema = R"({"type": "object", "required": ["openapi", "paths"]})"}};
}

}  // namespace vitrine::serve
