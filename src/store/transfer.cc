// Everything as one JSON document, and back.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/import_document.h"
#include "store/store_state.h"
#include "store/transfer_format.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

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

Json conversation_json(Store::State& state, const Conversation& c) {
  Json json{{"id", c.id}, {"title", c.title}, {"folder_id", c.folder_id}, {"system_prompt", c.system_prompt}};
  json.update({{"model", c.model}, {"settings", parsed(c.settings)}, {"active_leaf", c.active_leaf}});
  json.update({{"pinned", c.is_pinned}, {"created", c.created}, {"updated", c.updated}});
  json["messages"] = Json::array();
  for (const StoredMessage& message : state.messages(c.id)) json["messages"].push_back(message_json(message));
  return json;
}

bool has_row(Database& database, const char* sql, const std::string& id) {
  Statement row(database, sql);
  return row.bind(id).step();
}

Json document() {
  return {{"format", kTransferFormat},
          {"version", kTransferVersion},
          {"folders", Json::array()},
          {"conversations", Json::array()}};
}

void import_folder(Store::State& state, const Folder& folder) {
  if (has_row(state.database, "SELECT 1 FROM folders WHERE id = ?", folder.id)) return;
  Statement(state.database, "INSERT INTO folders (id, name, position) VALUES (?, ?, ?)")
      .bind(folder.id)
      .bind(folder.name)
      .bind(folder.position)
      .run();
}

void import_tree(Store::State& state, const ImportDocument::Tree& tree, const std::string& place,
                 ImportCounts& counts) {
  Conversation conversation = tree.conversation;
  if (has_row(state.database, "SELECT 1 FROM conversations WHERE id = ?", conversation.id)) {
    ++counts.skipped;
    return;
  }
  if (!has_row(state.database, "SELECT 1 FROM folders WHERE id = ?", conversation.folder_id))
    conversation.folder_id.clear();
  state.add_conversation(conversation);
  ++counts.conversations;
  for (size_t i = 0; i < tree.messages.size(); ++i) {
    const StoredMessage& message = tree.messages[i];
    if (has_row(state.database, "SELECT 1 FROM messages WHERE id = ?", message.id))
      fail_import(fmt::format("{}.messages[{}].id", place, i),
                  fmt::format("is that of a message of another conversation (got '{}')", message.id));
    state.add_message(message);
    ++counts.messages;
  }
}

struct KnownEvent {
  int64_t id = 0;
  bool has_note = false;
};

std::string json_of(const std::vector<std::string>& texts) { return Json(texts).dump(); }

std::string ranking_of(const FeedbackEvent& event) { return event.ranking.empty() ? "" : json_of(event.ranking); }

std::optional<KnownEvent> find_event(Store::State& state, const FeedbackEvent& event) {
  Statement row(
      state.database,
      "SELECT id, note_id IS NOT NULL FROM events WHERE kind = ? AND created = ? AND message_ids = ? AND value "
      "IS ? AND choice IS ? AND ranking IS ? ORDER BY note_id IS NOT NULL");
  row.bind(event.kind).bind(event.created).bind(json_of(event.message_ids)).bind(event.value);
  row.bind_or_null(event.choice).bind_or_null(ranking_of(event));
  return row.step() ? std::optional(KnownEvent{row.integer(0), row.integer(1) != 0}) : std::nullopt;
}

/// Of messages that are gone only the judgement is left. False: it is of a question, as earlier versions took.
bool settle_event(Store::State& state, FeedbackEvent& event, const std::string& place) {
  bool is_any_there = false;
  for (const std::string& id : event.message_ids) {
    Statement row(state.database, "SELECT conversation_id, role FROM messages WHERE id = ?");
    if (!row.bind(id).step()) continue;
    if (!event.conversation_id.empty() && event.conversation_id != row.text(0))
      fail_import(place + ".message_ids", fmt::format("has a message of another conversation (got '{}')", id));
    if (row.text(1) != "assistant") return false;
    event.conversation_id = row.text(0);
    is_any_there = true;
  }
  if (!is_any_there) event.note.clear();
  return true;
}

void import_event(Store::State& state, ImportDocument::Judgement judgement, const std::string& place,
                  ImportCounts& counts) {
  FeedbackEvent& event = judgement.event;
  if (!settle_event(state, event, place)) {
    ++counts.skipped;
    return;
  }
  if (const auto known = find_event(state, event)) {
    const bool lacks_note = !event.note.empty() && !known->has_note;
    if (lacks_note)
      Statement(state.database, "UPDATE events SET note_id = ? WHERE id = ?")
          .bind(state.add_text(event.note))
          .bind(known->id)
          .run();
    ++(lacks_note ? counts.events : counts.skipped);
    return;
  }
  state.insert_event(event, json_of(judgement.models));
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
  const ImportDocument document = read_import(text);
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  ImportCounts counts;
  for (const Folder& folder : document.folders) import_folder(*state_, folder);
  for (size_t i = 0; i < document.conversations.size(); ++i)
    import_tree(*state_, document.conversations[i], fmt::format("conversations[{}]", i), counts);
  for (size_t i = 0; i < document.events.size(); ++i)
    import_event(*state_, document.events[i], fmt::format("events[{}]", i), counts);
  transaction.commit();
  return counts;
}

}  // namespace vitrine::store
