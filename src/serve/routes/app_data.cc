// Search, folders, and all data as a file.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "serve/json_reader.h"
#include "serve/json_writer.h"
#include "serve/routes/app_support.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

/// The text between the marks of the store, cut where they stand.
void write_snippet(JsonWriter& json, std::string_view marked) {
  json.begin_array();
  while (!marked.empty()) {
    const bool is_match = marked.front() == '\x01';
    if (is_match || marked.front() == '\x02') marked.remove_prefix(1);
    const size_t end = std::min(marked.find_first_of("\x01\x02"), marked.size());
    if (end > 0) json.begin_object().field("text", marked.substr(0, end)).field("match", is_match).end_object();
    marked.remove_prefix(end);
  }
  json.end_array();
}

void search_words(Call& call) {
  const std::string query(call.request.parameter("q"));
  if (query.empty())
    throw bad_request("'q' is missing (expected words to look for)", "q", "missing_required_parameter");
  if (query.size() > 1000) throw bad_request("'q' is too long (at most 1000 bytes)", "q");
  JsonWriter json;
  json.begin_object().key("hits").begin_array();
  for (const store::SearchHit& hit : call.services.store.search(query, query_integer(call, "limit", 30, 1, 200))) {
    json.begin_object().field("conversation_id", hit.conversation_id).field("title", hit.title);
    json.key("message_id")
        .text_or_null(hit.message_id)
        .key("role")
        .text_or_null(hit.role)
        .field("created", hit.created);
    write_snippet(json.key("snippet"), hit.snippet);
    json.end_object();
  }
  call.responder->send({.body = json.end_array().end_object().take()});
}

std::string folder_json(const store::Folder& folder) {
  JsonWriter json;
  json.begin_object().field("id", folder.id).field("name", folder.name).field("position", folder.position);
  return json.field("count", folder.count).end_object().take();
}

void list_folders(Call& call) {
  JsonWriter json;
  json.begin_object().key("folders").begin_array();
  for (const store::Folder& folder : call.services.store.folders()) json.raw(folder_json(folder));
  call.responder->send({.body = json.end_array().end_object().take()});
}

std::string read_name(const Fields& body) {
  const std::string name = limited(body, "name", body.required_text("name"), 200);
  if (name.empty()) body.fail("name", "is empty");
  return name;
}

void add_folder(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  int64_t last = 0;
  for (const store::Folder& each : call.services.store.folders()) last = std::max(last, each.position);
  const store::Folder folder{.id = random_id("f_"), .name = read_name(Fields(json)), .position = last + 1};
  call.services.store.add_folder(folder);
  call.responder->send({.status = 201, .body = folder_json(folder)});
}

void change_folder(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  for (store::Folder& folder : call.services.store.folders()) {
    if (folder.id != call.value("id")) continue;
    if (body.has("name")) folder.name = read_name(body);
    folder.position = body.integer("position", 0, 1'000'000).value_or(folder.position);
    call.services.store.update_folder(folder);
    return call.responder->send({.body = folder_json(folder)});
  }
  throw ApiError(404, "there is no such folder", "", "not_found");
}

void delete_folder(Call& call) {
  call.services.store.delete_folder(call.value("id"));
  call.responder->send({.status = 204});
}

void export_all(Call& call) {
  call.responder->send(
      attachment(call.services.store.export_everything(), "application/json", "vitrine-conversations.json"));
}

void import_all(Call& call) {
  const store::ImportCounts counts = call.services.store.import(call.request.body);
  JsonWriter json;
  json.begin_object().field("conversations", counts.conversations).field("messages", counts.messages);
  call.responder->send(
      {.body = json.field("events", counts.events).field("skipped", counts.skipped).end_object().take()});
}

}  // namespace

std::vector<Route> routes::app_data() {
  return {{.method = "GET",
           .path = "/api/search",
           .summary = "Finds words in conversations",
           .handle = search_words,
           .response_schema = "SearchHits"},
          {.method = "GET",
           .path = "/api/folders",
           .summary = "Lists folders",
           .handle = list_folders,
           .response_schema = "FolderList"},
          {.method = "POST",
           .path = "/api/folders",
           .summary = "Makes a folder",
           .handle = add_folder,
           .request_schema = "FolderRequest",
           .response_schema = "Folder",
           .success_status = 201},
          {.method = "PATCH",
           .path = "/api/folders/{id}",
           .summary = "Changes a folder",
           .handle = change_folder,
           .request_schema = "FolderRequest",
           .response_schema = "Folder"},
          {.method = "DELETE",
           .path = "/api/folders/{id}",
           .summary = "Deletes a folder; what is in it stays",
           .handle = delete_folder,
           .success_status = 204},
          {.method = "GET",
           .path = "/api/export",
           .summary = "Everything as one file",
           .handle = export_all,
           .response_schema = "Export"},
          {.method = "POST",
           .path = "/api/import",
           .summary = "Takes such a file in",
           .handle = import_all,
           .request_schema = "ImportRequest",
           .response_schema = "ImportCounts"}};
}

}  // namespace vitrine::serve
