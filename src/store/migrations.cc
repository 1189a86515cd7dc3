#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/database.h"
#include "store/feedback_reasons.h"
#include "store/store.h"

namespace vitrine::store {
namespace {

/// The n-th brings a database from form n to n + 1. What was released is never changed: a new one is added.
/// Whatever people or models wrote lies in `texts`, so that it can be erased and events stay.
constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE texts (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE folders (id TEXT PRIMARY KEY, name TEXT NOT NULL, position INTEGER NOT NULL);
CREATE TABLE conversations (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, folder_id TEXT REFERENCES folders(id) ON DELETE SET NULL,
  system_prompt TEXT NOT NULL, model TEXT, settings TEXT NOT NULL, active_leaf TEXT, pinned INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE INDEX conversations_updated ON conversations(updated);
CREATE TABLE messages (
  id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE, parent_id TEXT,
  role TEXT NOT NULL, text_id INTEGER, state TEXT NOT NULL, stop_reason TEXT, error TEXT, model TEXT, model_hash TEXT,
  settings TEXT NOT NULL, seed INTEGER, dropped_turns INTEGER NOT NULL, prompt_tokens INTEGER, cached_tokens INTEGER,
  completion_tokens INTEGER, reasoning_tokens INTEGER, milliseconds INTEGER, first_token_milliseconds INTEGER,
  edited_from TEXT, token_ids BLOB, log_probabilities BLOB, created INTEGER NOT NULL, number INTEGER NOT NULL);
CREATE INDEX messages_conversation ON messages(conversation_id);
CREATE INDEX messages_parent ON messages(parent_id);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, created INTEGER NOT NULL, conversation_id TEXT NOT NULL,
  message_ids TEXT NOT NULL, models TEXT NOT NULL, value INTEGER, choice TEXT, ranking TEXT, reasons TEXT NOT NULL,
  note_id INTEGER);
CREATE INDEX events_conversation ON events(conversation_id);
CREATE TRIGGER events_stay_1 BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_stay_2 BEFORE UPDATE ON events
  WHEN NEW.note_id IS NOT NULL OR NEW.kind IS NOT OLD.kind OR NEW.message_ids IS NOT OLD.message_ids
    OR NEW.value IS NOT OLD.value OR NEW.choice IS NOT OLD.choice OR NEW.ranking IS NOT OLD.ranking
  BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE VIRTUAL TABLE search USING fts5(body, message_id UNINDEXED, conversation_id UNINDEXED,
  tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE responses (
  id TEXT PRIMARY KEY, previous_id TEXT, text_id INTEGER NOT NULL, created INTEGER NOT NULL);
)sql",
                                       R"sql(
-- A note that was erased may come back with an import.
DROP TRIGGER events_stay_2;
CREATE TRIGGER events_stay_2 BEFORE UPDATE ON events
  WHEN (NEW.note_id IS NOT NULL AND OLD.note_id IS NOT NULL) OR NEW.kind IS NOT OLD.kind
    OR NEW.message_ids IS NOT OLD.message_ids OR NEW.value IS NOT OLD.value OR NEW.choice IS NOT OLD.choice
    OR NEW.ranking IS NOT OLD.ranking
  BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
-- Words of scripts without spaces, and other spellings of words (search_tokenizer.h).
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5(body, message_id UNINDEXED, conversation_id UNINDEXED, tokenize = 'vitrine');
)sql",
                                       R"sql(
-- What running answers have said since their text was stored.
CREATE TABLE drafts (
  message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE, number INTEGER NOT NULL, type TEXT NOT NULL,
  text_id INTEGER NOT NULL, PRIMARY KEY (message_id, number)) WITHOUT ROWID;
)sql",
                                       R"sql(
-- Reasons that are words of people become notes (move_reasons).
DROP TRIGGER events_stay_2;
)sql",
                                       R"sql(
CREATE TRIGGER events_stay_2 BEFORE UPDATE ON events
  WHEN (NEW.note_id IS NOT NULL AND OLD.note_id IS NOT NULL) OR NEW.kind IS NOT OLD.kind
    OR NEW.message_ids IS NOT OLD.message_ids OR NEW.value IS NOT OLD.value OR NEW.choice IS NOT OLD.choice
    OR NEW.ranking IS NOT OLD.ranking OR NEW.reasons IS NOT OLD.reasons
  BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
-- Earlier versions took judgements of questions: they stay, and count for nothing.
CREATE VIEW judgements AS SELECT * FROM events WHERE CASE WHEN json_valid(message_ids) THEN NOT EXISTS (
  SELECT 1 FROM json_each(events.message_ids) AS judged JOIN messages ON messages.id = judged.value
  WHERE messages.role <> 'assistant') ELSE 0 END;
CREATE INDEX messages_number ON messages(number);
)sql"};

constexpr int64_t kSearchForm = 2;   // the last form that made the index anew
constexpr int64_t kReasonsForm = 4;  // where reasons became names

/// Puts everything into an index that was made anew.
void fill_search(Database& database) {
  database.execute(
      "INSERT INTO search (body, message_id, conversation_id) SELECT title, '', id FROM conversations WHERE title <> "
      "''");
  Statement rows(
      database,
      "SELECT texts.body, m.id, m.conversation_id FROM messages m JOIN texts ON texts.id = m.text_id ORDER BY "
      "m.number");
  while (rows.step()) {
    const std::string words = text_of_parts(rows.text(0), /*with_all=*/true);
    if (words.empty()) continue;
    Statement(database, "INSERT INTO search (body, message_id, conversation_id) VALUES (?, ?, ?)")
        .bind(words)
        .bind(rows.text(1))
        .bind(rows.text(2))
        .run();
  }
}

/// Words go with the note of their event; where the conversation is gone, they go as its note did.
void move_reasons(Database& database) {
  using Json = nlohmann::ordered_json;
  Statement rows(database,
                 "SELECT id, reasons, note_id, conversation_id IN (SELECT id FROM conversations) FROM events WHERE "
                 "reasons <> '[]'");
  while (rows.step()) {
    std::vector<std::string> reasons;
    const Json list = Json::parse(rows.text(1), nullptr, false);
    for (const Json& reason : list.is_array() ? list : Json::array())
      if (reason.is_string()) reasons.push_back(reason);
    std::string words;
    move_words_to_note(reasons, words);
    const std::string left = Json(reasons).dump();
    if (left == rows.text(1)) continue;
    std::optional<int64_t> note_id = rows.optional_integer(2);
    if (!words.empty() && rows.integer(3) != 0) {
      Statement(database, note_id ? "UPDATE texts SET body = body || char(10) || ?1 WHERE id = ?2"
                                  : "INSERT INTO texts (body, id) VALUES (?1, ?2)")
          .bind(words)
          .bind(note_id)
          .run();
      if (!note_id) note_id = database.last_id();
    }
    Statement(database, "UPDATE events SET reasons = ?, note_id = ? WHERE id = ?")
        .bind(left)
        .bind(note_id)
        .bind(rows.integer(0))
        .run();
  }
}

}  // namespace

void migrate(Database& database) {
  int64_t version = 0;
  {
    Statement statement(database, "PRAGMA user_version");
    if (statement.step()) version = statement.integer(0);
  }
  const auto newest = static_cast<int64_t>(std::size(kMigrations));
  if (version > newest)
    throw Error(ErrorCode::kMismatch,
                fmt::format("store: the database has form {}, and this program knows {} of them", version, newest),
                "it was written by a later version: take that");
  const bool is_old = version > 0 && version < newest;
  for (; version < newest; ++version) {
    Transaction transaction(database);
    database.execute(kMigrations[version]);
    if (version + 1 == kSearchForm) fill_search(database);
    if (version + 1 == kReasonsForm) move_reasons(database);
    database.execute(fmt::format("PRAGMA user_version = {}", version + 1));
    transaction.commit();
  }
  if (is_old) database.checkpoint();  // what it took away is in the log until then
}

}  // namespace vitrine::store
