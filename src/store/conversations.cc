#include <fmt/format.h>

#include <chrono>

#include "base/error.h"
#include "store/store_state.h"

namespace vitrine::store {

const char* const kConversationColumns =
    "id, title, folder_id, system_prompt, model, settings, active_leaf, pinned, created, updated";

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Store::Store(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
Store::~Store() = default;

int64_t Store::State::add_text(std::string_view body) {
  Statement(database, "INSERT INTO texts (body) VALUES (?)").bind(body).run();
  return database.last_id();
}

std::string Store::State::text(std::optional<int64_t> id) {
  if (!id) return "";
  Statement row(database, "SELECT body FROM texts WHERE id = ?");
  return row.bind(*id).step() ? row.text(0) : "";
}

void Store::State::add_to_search(std::string_view body, std::string_view message_id, std::string_view conversation_id) {
  if (body.empty()) return;
  Statement(database, "INSERT INTO search (body, message_id, conversation_id) VALUES (?, ?, ?)")
      .bind(body)
      .bind(message_id)
      .bind(conversation_id)
      .run();
}

void Store::State::forget_deleted() {
  database.execute("INSERT INTO search (search) VALUES ('optimize')");  // deleted words stay in the index until then
  database.checkpoint();
}

Conversation Store::State::read_conversation(Statement& row) {
  return {.id = row.text(0),
          .title = row.text(1),
          .folder_id = row.text(2),
          .system_prompt = row.text(3),
          .model = row.text(4),
          .settings = row.text(5),
          .active_leaf = row.text(6),
          .is_pinned = row.integer(7) != 0,
          .created = row.integer(8),
          .updated = row.integer(9)};
}

void Store::State::add_conversation(const Conversation& c) {
  Statement(database, fmt::format("INSERT INTO conversations ({}) VALUES (?,?,?,?,?,?,?,?,?,?)", kConversationColumns))
      .bind(c.id)
      .bind(c.title)
      .bind_or_null(c.folder_id)
      .bind(c.system_prompt)
      .bind_or_null(c.model)
      .bind(c.settings)
      .bind_or_null(c.active_leaf)
      .bind(c.is_pinned)
      .bind(c.created)
      .bind(c.updated)
      .run();
  add_to_search(c.title, "", c.id);
}

std::vector<Conversation> Store::conversations(std::optional<std::string> folder, int64_t before, int64_t limit) {
  const std::lock_guard lock(state_->mutex);
  std::string condition = "updated < ?";
  if (folder) condition += folder->empty() ? " AND folder_id IS NULL" : " AND folder_id = ?";
  Statement rows(state_->database,
                 fmt::format("SELECT {} FROM conversations WHERE {} ORDER BY updated DESC, id LIMIT ?",
                             kConversationColumns, condition));
  rows.bind(before);
  if (folder && !folder->empty()) rows.bind(*folder);
  rows.bind(limit);
  std::vector<Conversation> list;
  while (rows.step()) list.push_back(state_->read_conversation(rows));
  return list;
}

Conversation Store::conversation(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Statement row(state_->database, fmt::format("SELECT {} FROM conversations WHERE id = ?", kConversationColumns));
  if (!row.bind(id).step())
    throw Error(ErrorCode::kNotFound, fmt::format("there is no conversation '{}'", excerpt(id)));
  return state_->read_conversation(row);
}

void Store::add_conversation(const Conversation& conversation) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->add_conversation(conversation);
  transaction.commit();
}

void Store::update_conversation(const Conversation& c) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  Statement(
      state_->database,
      "UPDATE conversations SET title = ?, folder_id = ?, system_prompt = ?, model = ?, settings = ?, active_leaf = ?, "
      "pinned = ?, updated = ? WHERE id = ?")
      .bind(c.title)
      .bind_or_null(c.folder_id)
      .bind(c.system_prompt)
      .bind_or_null(c.model)
      .bind(c.settings)
      .bind_or_null(c.active_leaf)
      .bind(c.is_pinned)
      .bind(c.updated)
      .bind(c.id)
      .run();
  if (state_->database.num_changes() == 0)
    throw Error(ErrorCode::kNotFound, fmt::format("there is no conversation '{}'", excerpt(c.id)));
  Statement(state_->database, "DELETE FROM search WHERE conversation_id = ? AND message_id = ''").bind(c.id).run();
  state_->add_to_search(c.title, "", c.id);
  transaction.commit();
}

void Store::delete_conversation(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->erase_messages("conversation_id = ?", id);
  Statement(state_->database, "DELETE FROM texts WHERE id IN (SELECT note_id FROM events WHERE conversation_id = ?)")
      .bind(id)
      .run();
  Statement(state_->database, "UPDATE events SET note_id = NULL WHERE conversation_id = ? AND note_id IS NOT NULL")
      .bind(id)
      .run();
  Statement(state_->database, "DELETE FROM search WHERE conversation_id = ?").bind(id).run();
  Statement(state_->database, "DELETE FROM conversations WHERE id = ?").bind(id).run();
  if (state_->database.num_changes() == 0)
    throw Error(ErrorCode::kNotFound, fmt::format("there is no conversation '{}'", excerpt(id)));
  transaction.commit();
  state_->forget_deleted();
}

void Store::delete_everything() {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->database.execute(
      "DELETE FROM drafts; DELETE FROM messages; DELETE FROM conversations; DELETE FROM search; DELETE FROM responses; "
      "UPDATE events SET note_id = NULL WHERE note_id IS NOT NULL; DELETE FROM texts; DELETE FROM folders;");
  transaction.commit();
  state_->forget_deleted();
  state_->database.execute("VACUUM");
  state_->database.checkpoint();
}

std::vector<Folder> Store::folders() {
  const std::lock_guard lock(state_->mutex);
  Statement rows(
      state_->database,
      "SELECT id, name, position, (SELECT COUNT(*) FROM conversations WHERE folder_id = folders.id) FROM folders "
      "ORDER BY position, name");
  std::vector<Folder> list;
  while (rows.step()) list.push_back({rows.text(0), rows.text(1), rows.integer(2), rows.integer(3)});
  return list;
}

void Store::add_folder(const Folder& folder) {
  const std::lock_guard lock(state_->mutex);
  Statement(state_->database, "INSERT INTO folders (id, name, position) VALUES (?, ?, ?)")
      .bind(folder.id)
      .bind(folder.name)
      .bind(folder.position)
      .run();
}

void Store::update_folder(const Folder& folder) {
  const std::lock_guard lock(state_->mutex);
  Statement(state_->database, "UPDATE folders SET name = ?, position = ? WHERE id = ?")
      .bind(folder.name)
      .bind(folder.position)
      .bind(folder.id)
      .run();
}

void Store::delete_folder(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Statement(state_->database, "DELETE FROM folders WHERE id = ?").bind(id).run();
  if (state_->database.num_changes() == 0)
    throw Error(ErrorCode::kNotFound, fmt::format("there is no folder '{}'", excerpt(id)));
  state_->database.checkpoint();
}

void Store::put_response(const std::string& id, const std::string& previous_id, std::string_view json) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  const int64_t text = state_->add_text(json);
  Statement(state_->database, "INSERT INTO responses (id, previous_id, text_id, created) VALUES (?, ?, ?, ?)")
      .bind(id)
      .bind_or_null(previous_id)
      .bind(text)
      .bind(now_ms())
      .run();
  transaction.commit();
}

std::optional<std::string> Store::response(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Statement row(state_->database, "SELECT body FROM texts JOIN responses ON text_id = texts.id WHERE responses.id = ?");
  return row.bind(id).step() ? std::optional(row.text(0)) : std::nullopt;
}

bool Store::delete_response(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  Statement(state_->database, "DELETE FROM texts WHERE id = (SELECT text_id FROM responses WHERE id = ?)")
      .bind(id)
      .run();
  Statement(state_->database, "DELETE FROM responses WHERE id = ?").bind(id).run();
  const bool was_there = state_->database.num_changes() > 0;
  transaction.commit();
  state_->database.checkpoint();
  return was_there;
}

}  // namespace vitrine::store
