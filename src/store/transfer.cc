// Everything as one JSON document, and back.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/store_state.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "vitrine-conversations";
constexpr int kVersion = 1;
constexpr int kMaxJsonNesting = 64;

Json parsed(const std::string& json) { return Json::parse(json, nullptr, false); }

Json message_json(const StoredMessage& m) {
  Json json{{"id", m.id}, {"parent_id", m.parent_id}, {"role", m.role}, {"parts", parsed(m.parts)}, {"state", m.state}};
  json.update({{"stop_reason", m.stop_reason}, {"error", m.error}, {"model", m.model}, {"model_hash", m.model_hash}});
  json.update({{"settings", parsed(m.settings)}, {"dropped_turns", m.dropped_turns}, {"created", m.created}});
  json["edited_from"] = m.edited_from;
  if (m.seed) json["seed"] = *m.seed;
  if (m.usage)
    json["usage"] = {{"prompt_tokens", m.usage->prompt_tokens},
                     {"cached_tokens", m.usage->cached_tokens},
                     {"completion_tokens", m.usage->completion_tokens},
                     {"reasoning_tokens", m.usage->reasoning_tokens}};
  if (m.milliseconds) json["milliseconds"] = *m.milliseconds;
  if (m.first_token_milliseconds) json["first_token_milliseconds"] = *m.first_token_milliseconds;
  json["token_ids"] = m.token_ids;
  json["log_probabilities"] = m.log_probabilities;
  return json;
}

StoredMessage message_of(const Json& json, const std::string& conversation_id) {
  StoredMessage m;
  m.id = json.at("id").get<std::string>();
  m.conversation_id = conversation_id;
  m.parent_id = json.value("parent_id", "");
  m.role = json.at("role").get<std::string>();
  if (m.role != "user" && m.role != "assistant")
    throw Error(ErrorCode::kInvalidArgument, "import: a message has an unknown role");
  if (!json.at("parts").is_array()) throw Error(ErrorCode::kInvalidArgument, "import: a message has no list of parts");
  m.parts = json.at("parts").dump(-1, ' ', false, Json::error_handler_t::replace);
  m.state = json.value("state", "done") == "running" ? "failed" : json.value("state", "done");
  m.stop_reason = json.value("stop_reason", "");
  m.error = json.value("error", "");
  m.model = json.value("model", "");
  m.model_hash = json.value("model_hash", "");
  m.settings = json.value("settings", Json::object()).dump();
  if (json.contains("seed")) m.seed = json.at("seed").get<int64_t>();
  m.dropped_turns = json.value("dropped_turns", int64_t{0});
  if (json.contains("usage")) {
    const Json& usage = json.at("usage");
    m.usage = {.prompt_tokens = usage.value("prompt_tokens", int64_t{0}),
               .cached_tokens = usage.value("cached_tokens", int64_t{0}),
               .completion_tokens = usage.value("completion_tokens", int64_t{0}),
               .reasoning_tokens = usage.value("reasoning_tokens", int64_t{0})};
  }
  if (json.contains("milliseconds")) m.milliseconds = json.at("milliseconds").get<int64_t>();
  if (json.contains("first_token_milliseconds"))
    m.first_token_milliseconds = json.at("first_token_milliseconds").get<int64_t>();
  m.edited_from = json.value("edited_from", "");
  m.token_ids = json.value("token_ids", std::vector<int32_t>());
  m.log_probabilities = json.value("log_probabilities", std::vector<float>());
  m.created = json.value("created", now_ms());
  return m;
}

Json conversation_json(Store::State& state, const Conversation& c) {
  Json json{{"id", c.id}, {"title", c.title}, {"folder_id", c.folder_id}, {"system_prompt", c.system_prompt}};
  json.update({{"model", c.model}, {"settings", parsed(c.settings)}, {"active_leaf", c.active_leaf}});
  json.update({{"pinned", c.is_pinned}, {"created", c.created}, {"updated", c.updated}});
  json["messages"] = Json::array();
  for (const StoredMessage& message : state.messages(c.id)) json["messages"].push_back(message_json(message));
  return json;
}

/// Calls `read` with each element of a list of the document; what is wrong in one is said with its place.
template <typename Read>
void for_each_of(const Json& json, const char* key, const std::string& where, const Read& read) {
  const Json list = json.value(key, Json());
  if (!list.is_array())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("import: {}{} is missing or no list", where, key));
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("{}{}[{}]", where, key, i);
    try {
      read(list[i], place);
    } catch (const nlohmann::json::out_of_range&) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("import: {} lacks a field", place),
                  "give a file that 'export' wrote");
    } catch (const nlohmann::json::exception&) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("import: {} has a field of another type", place),
                  "give a file that 'export' wrote");
    }
  }
}

bool has_row(Database& database, const char* sql, const std::string& id) {
  Statement row(database, sql);
  return row.bind(id).step();
}

Json document() {
  return {{"format", kFormat}, {"version", kVersion}, {"folders", Json::array()}, {"conversations", Json::array()}};
}

void import_folder(Store::State& state, const Json& json) {
  const auto id = json.at("id").get<std::string>();
  if (has_row(state.database, "SELECT 1 FROM folders WHERE id = ?", id)) return;
  Statement(state.database, "INSERT INTO folders (id, name, position) VALUES (?, ?, ?)")
      .bind(id)
      .bind(json.at("name").get<std::string>())
      .bind(json.value("position", int64_t{0}))
      .run();
}

void import_conversation(Store::State& state, const Json& json, const std::string& place, ImportCounts& counts) {
  Conversation c;
  c.id = json.at("id").get<std::string>();
  if (has_row(state.database, "SELECT 1 FROM conversations WHERE id = ?", c.id)) {
    ++counts.skipped;
    return;
  }
  c.title = json.value("title", "");
  c.folder_id = json.value("folder_id", "");
  if (!has_row(state.database, "SELECT 1 FROM folders WHERE id = ?", c.folder_id)) c.folder_id.clear();
  c.system_prompt = json.value("system_prompt", "");
  c.model = json.value("model", "");
  c.settings = json.value("settings", Json::object()).dump();
  c.active_leaf = json.value("active_leaf", "");
  c.is_pinned = json.value("pinned", false);
  c.created = json.value("created", now_ms());
  c.updated = json.value("updated", c.created);
  state.add_conversation(c);
  ++counts.conversations;
  for_each_of(json, "messages", place + ".", [&](const Json& message, const std::string&) {
    state.add_message(message_of(message, c.id));
    ++counts.messages;
  });
}

struct KnownEvent {
  int64_t id = 0;
  bool has_note = false;
};

std::optional<KnownEvent> find_event(Store::State& state, const Json& json, const std::string& ranking) {
  Statement row(
      state.database,
      "SELECT id, note_id IS NOT NULL FROM events WHERE kind = ? AND created = ? AND message_ids = ? AND value "
      "IS ? AND choice IS ? AND ranking IS ? ORDER BY note_id IS NOT NULL");
  row.bind(json.at("kind").get<std::string>()).bind(json.at("created").get<int64_t>());
  row.bind(json.at("message_ids").dump());
  row.bind(json.contains("value") ? std::optional(json.at("value").get<int64_t>()) : std::nullopt);
  row.bind_or_null(json.value("choice", "")).bind_or_null(ranking);
  return row.step() ? std::optional(KnownEvent{row.integer(0), row.integer(1) != 0}) : std::nullopt;
}

void import_event(Store::State& state, const Json& json, ImportCounts& counts) {
  const auto optional_text = [&](const char* key) {
    return json.contains(key) && !json.at(key).is_null() ? json.at(key).dump() : "";
  };
  const std::string note = json.value("note", "");
  if (const auto known = find_event(state, json, optional_text("ranking"))) {
    const bool lacks_note = !note.empty() && !known->has_note;
    if (lacks_note)
      Statement(state.database, "UPDATE events SET note_id = ? WHERE id = ?")
          .bind(state.add_text(note))
          .bind(known->id)
          .run();
    ++(lacks_note ? counts.events : counts.skipped);
    return;
  }
  std::optional<int64_t> note_id;
  if (!note.empty()) note_id = state.add_text(note);
  Statement(state.database,
            "INSERT INTO events (kind, created, conversation_id, message_ids, models, value, choice, ranking, reasons, "
            "note_id) "
            "VALUES (?,?,?,?,?,?,?,?,?,?)")
      .bind(json.at("kind").get<std::string>())
      .bind(json.at("created").get<int64_t>())
      .bind(json.value("conversation_id", ""))
      .bind(json.at("message_ids").dump())
      .bind(json.value("models", Json::array()).dump())
      .bind(json.contains("value") ? std::optional(json.at("value").get<int64_t>()) : std::nullopt)
      .bind_or_null(json.value("choice", ""))
      .bind_or_null(optional_text("ranking"))
      .bind(json.value("reasons", Json::array()).dump())
      .bind(note_id)
      .run();
  ++counts.events;
}

}  // namespace

std::string Store::export_conversation(const std::string& id) {
  const Conversation found = conversation(id);
  const std::lock_guard lock(state_->mutex);
  Json json = document();
  json["conversations"].push_back(conversation_json(*state_, found));
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string Store::export_everything() {
  const std::vector<Conversation> all = conversations(std::nullopt, INT64_MAX, -1);
  const std::vector<Folder> folders = this->folders();
  const std::lock_guard lock(state_->mutex);
  Json json = document();
  for (const Folder& folder : folders)
    json["folders"].push_back({{"id", folder.id}, {"name", folder.name}, {"position", folder.position}});
  for (const Conversation& each : all) json["conversations"].push_back(conversation_json(*state_, each));
  json["events"] = Json::array();
  Statement rows(
      state_->database,
      "SELECT kind, created, conversation_id, message_ids, models, value, choice, ranking, reasons, note_id FROM "
      "events ORDER BY id");
  while (rows.step()) {
    Json event{{"kind", rows.text(0)}, {"created", rows.integer(1)}, {"conversation_id", rows.text(2)}};
    event.update(
        {{"message_ids", parsed(rows.text(3))}, {"models", parsed(rows.text(4))}, {"reasons", parsed(rows.text(8))}});
    if (!rows.is_null(5)) event["value"] = rows.integer(5);
    if (!rows.is_null(6)) event["choice"] = rows.text(6);
    if (!rows.is_null(7)) event["ranking"] = parsed(rows.text(7));
    if (!rows.is_null(9)) event["note"] = state_->text(rows.optional_integer(9));
    json["events"].push_back(std::move(event));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

ImportCounts Store::import(std::string_view text) {
  const auto within = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxJsonNesting) throw Error(ErrorCode::kInvalidArgument, "import: the document is nested too deeply");
    return true;
  };
  const Json json = Json::parse(text, within, false);
  if (!json.is_object() || json.value("format", Json()) != kFormat)
    throw Error(ErrorCode::kInvalidArgument, "import: this is no export of conversations",
                "give a file that 'export' wrote");
  if (json.value("version", Json()) != kVersion)
    throw Error(ErrorCode::kInvalidArgument, "import: the file was written by another version");
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  ImportCounts counts;
  if (json.contains("folders"))
    for_each_of(json, "folders", "", [&](const Json& folder, const std::string&) { import_folder(*state_, folder); });
  for_each_of(json, "conversations", "", [&](const Json& conversation, const std::string& place) {
    import_conversation(*state_, conversation, place, counts);
  });
  if (json.contains("events"))
    for_each_of(json, "events", "",
                [&](const Json& event, const std::string&) { import_event(*state_, event, counts); });
  transaction.commit();
  return counts;
}

}  // namespace vitrine::store
