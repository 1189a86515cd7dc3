#include <fmt/format.h>

#include <iterator>

#include "base/error.h"
#include "store/database.h"
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
)sql"};

constexpr int64_t kSearchForm = 2;  // the last form that made the index anew

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
  for (; version < newest; ++version) {
    Transaction transaction(database);
    database.execute(kMigrations[version]);
    if (version + 1 == kSearchForm) fill_search(database);
    database.execute(fmt::format("PRAGMA user_version = {}", version + 1));
    transaction.commit();
  }
}

}  // namespace vitrine::store
