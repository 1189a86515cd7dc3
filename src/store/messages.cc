#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "store/store_state.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxTitleBytes = 60;

template <typename Number>
std::string_view bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

template <typename Number>
std::vector<Number> numbers_of(const std::string& bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  return numbers;
}

/// A message with all below it.
constexpr const char* kBelow =
    "id IN (WITH RECURSIVE below(id) AS (VALUES (?) UNION SELECT c.id FROM messages c JOIN below ON c.parent_id = "
    "below.id) SELECT id FROM below)";

Error no_message(const std::string& id) {
  return Error(ErrorCode::kNotFound, fmt::format("there is no message '{}'", excerpt(id)));
}

/// Words as a query that no operator of FTS5 can stand in; the last may go on.
std::string quoted_query(const std::string& query) {
  std::string out, word;
  const auto add = [&] {
    if (!word.empty()) out += fmt::format("{}\"{}\"", out.empty() ? "" : " ", word);
    word.clear();
  };
  for (const char c : query) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte))
      add();
    else
      word += c;
  }
  add();
  return out.empty() ? out : out + "*";
}

}  // namespace

const char* const kMessageColumns =
    "m.id, m.conversation_id, m.parent_id, m.role, (SELECT body FROM texts WHERE texts.id = m.text_id), m.state, "
    "m.stop_reason, m.error, m.model, m.model_hash, m.settings, m.seed, m.dropped_turns, m.prompt_tokens, "
    "m.cached_tokens, "
    "m.completion_tokens, m.reasoning_tokens, m.milliseconds, m.first_token_milliseconds, m.edited_from, m.token_ids, "
    "m.log_probabilities, m.created";

std::string text_of_parts(std::string_view parts_json, bool with_all) {
  const Json parts = Json::parse(parts_json, nullptr, false);
  std::string text;
  if (!parts.is_array()) return text;
  for (const Json& part : parts) {
    const std::string type = part.value("type", "");
    if (type == "text" || (with_all && (type == "attachment" || type == "tool_result")))
      text += (text.empty() ? "" : "\n") + part.value("text", "");
  }
  return text;
}

std::string title_of_parts(std::string_view parts_json) {
  std::string text = text_of_parts(parts_json);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return excerpt(text, kMaxTitleBytes);
}

StoredMessage Store::State::read_message(Statement& row) {
  StoredMessage message{.id = row.text(0),
                        .conversation_id = row.text(1),
                        .parent_id = row.text(2),
                        .role = row.text(3),
                        .parts = row.is_null(4) ? "[]" : row.text(4),
                        .state = row.text(5),
                        .stop_reason = row.text(6),
                        .error = row.text(7),
                        .model = row.text(8),
                        .model_hash = row.text(9),
                        .settings = row.text(10),
                        .seed = row.optional_integer(11),
                        .dropped_turns = row.integer(12),
                        .milliseconds = row.optional_integer(17),
                        .first_token_milliseconds = row.optional_integer(18),
                        .edited_from = row.text(19),
                        .token_ids = numbers_of<int32_t>(row.text(20)),
                        .log_probabilities = numbers_of<float>(row.text(21)),
                        .created = row.integer(22)};
  if (!row.is_null(13))
    message.usage = {.prompt_tokens = row.integer(13),
                     .cached_tokens = row.integer(14),
                     .completion_tokens = row.integer(15),
                     .reasoning_tokens = row.integer(16)};
  if (message.state == "running") message.parts = with_draft(message.id, message.parts);
  return message;
}

void Store::State::add_message(const StoredMessage& m) {
  const int64_t text_id = add_text(m.parts);
  Statement statement(
      database,
      "INSERT INTO messages (id, conversation_id, parent_id, role, text_id, state, stop_reason, error, model, "
      "model_hash, "
      "settings, seed, dropped_turns, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, milliseconds, "
      "first_token_milliseconds, edited_from, token_ids, log_probabilities, created, number) VALUES "
      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,(SELECT COALESCE(MAX(number), 0) + 1 FROM messages))");
  statement.bind(m.id).bind(m.conversation_id).bind_or_null(m.parent_id).bind(m.role).bind(text_id).bind(m.state);
  statement.bind_or_null(m.stop_reason).bind_or_null(m.error).bind_or_null(m.model).bind_or_null(m.model_hash);
  statement.bind(m.settings).bind(m.seed).bind(m.dropped_turns);
  if (m.usage)
    statement.bind(m.usage->prompt_tokens)
        .bind(m.usage->cached_tokens)
        .bind(m.usage->completion_tokens)
        .bind(m.usage->reasoning_tokens);
  else
    statement.bind_null().bind_null().bind_null().bind_null();
  statement.bind(m.milliseconds).bind(m.first_token_milliseconds).bind_or_null(m.edited_from);
  statement.bind_blob(bytes_of(m.token_ids)).bind_blob(bytes_of(m.log_probabilities)).bind(m.created).run();
  add_to_search(text_of_parts(m.parts, true), m.id, m.conversation_id);
}

void Store::State::erase_messages(const std::string& condition, const std::string& value) {
  erase_drafts(condition, value);
  Statement(database, fmt::format("DELETE FROM texts WHERE id IN (SELECT text_id FROM messages WHERE {})", condition))
      .bind(value)
      .run();
  Statement(database,
            fmt::format("DELETE FROM search WHERE message_id IN (SELECT id FROM messages WHERE {})", condition))
      .bind(value)
      .run();
  Statement(database, fmt::format("DELETE FROM messages WHERE {}", condition)).bind(value).run();
}

void Store::State::erase_title_made_of(const std::string& conversation_id, const std::string& condition,
                                       const std::string& value) {
  std::string title;
  {
    Statement row(database, "SELECT title FROM conversations WHERE id = ?");
    if (row.bind(conversation_id).step()) title = row.text(0);
  }
  if (title.empty()) return;
  bool is_made_of_them = false;
  {
    Statement rows(
        database, fmt::format("SELECT body FROM texts WHERE id IN (SELECT text_id FROM messages WHERE {})", condition));
    rows.bind(value);
    while (rows.step()) is_made_of_them = is_made_of_them || title_of_parts(rows.text(0)) == title;
  }
  if (!is_made_of_them) return;
  Statement(database, "UPDATE conversations SET title = '' WHERE id = ?").bind(conversation_id).run();
  Statement(database, "DELETE FROM search WHERE conversation_id = ? AND message_id = ''").bind(conversation_id).run();
}

std::vector<StoredMessage> Store::State::messages(const std::string& conversation_id) {
  std::vector<StoredMessage> list;
  {
    Statement rows(database,
                   fmt::format("SELECT {} FROM messages m WHERE m.conversation_id = ? ORDER BY m.created, m.number",
                               kMessageColumns));
    rows.bind(conversation_id);
    while (rows.step()) list.push_back(read_message(rows));
  }
  std::unordered_map<std::string, StoredMessage*> answers;  // as events name them
  for (StoredMessage& message : list)
    if (message.role == "assistant") answers.emplace(Json(std::vector<std::string>{message.id}).dump(), &message);
  Statement events(
      database,
      "SELECT kind, message_ids, value, reasons, note_id FROM events WHERE conversation_id = ? AND kind IN "
      "('thumb', 'flag') ORDER BY id");
  events.bind(conversation_id);
  while (events.step()) {
    const auto found = answers.find(events.text(1));
    if (found == answers.end()) continue;
    StoredMessage& message = *found->second;
    if (events.text(0) == "flag") {
      message.is_flagged = true;
      continue;
    }
    message.thumb = events.integer(2);
    message.reasons = message.thumb == 0 ? "[]" : events.text(3);
    message.note = message.thumb == 0 ? "" : text(events.optional_integer(4));
  }
  return list;
}

std::vector<StoredMessage> Store::messages(const std::string& conversation_id) {
  const std::lock_guard lock(state_->mutex);
  return state_->messages(conversation_id);
}

StoredMessage Store::message(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  std::string conversation_id;
  {
    Statement row(state_->database, "SELECT conversation_id FROM messages WHERE id = ?");
    if (!row.bind(id).step()) throw no_message(id);
    conversation_id = row.text(0);
  }
  for (StoredMessage& message : state_->messages(conversation_id))
    if (message.id == id) return std::move(message);
  throw no_message(id);
}

std::vector<StoredMessage> Store::State::path_to(const std::string& id) {
  std::vector<StoredMessage> path;
  std::unordered_set<std::string> seen;  // a damaged database may lead around
  for (std::string at = id; !at.empty() && seen.insert(at).second; at = path.back().parent_id) {
    Statement row(database, fmt::format("SELECT {} FROM messages m WHERE m.id = ?", kMessageColumns));
    if (!row.bind(at).step()) break;
    StoredMessage message = read_message(row);
    if (!path.empty() && message.conversation_id != path.back().conversation_id) break;
    path.push_back(std::move(message));
  }
  if (path.empty()) throw no_message(id);
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<StoredMessage> Store::path_to(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  return state_->path_to(id);
}

void Store::add_message(const StoredMessage& message) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->add_message(message);
  Statement(state_->database, "UPDATE conversations SET updated = ?, active_leaf = ? WHERE id = ?")
      .bind(message.created)
      .bind(message.id)
      .bind(message.conversation_id)
      .run();
  transaction.commit();
}

void Store::update_message(const StoredMessage& m) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  Statement statement(
      state_->database,
      "UPDATE messages SET state = ?, stop_reason = ?, error = ?, dropped_turns = ?, prompt_tokens = ?, cached_tokens "
      "= ?, "
      "completion_tokens = ?, reasoning_tokens = ?, milliseconds = ?, first_token_milliseconds = ?, token_ids = ?, "
      "log_probabilities = ? WHERE id = ?");
  statement.bind(m.state).bind_or_null(m.stop_reason).bind_or_null(m.error).bind(m.dropped_turns);
  const MessageUsage usage = m.usage.value_or(MessageUsage());
  if (m.usage)
    statement.bind(usage.prompt_tokens)
        .bind(usage.cached_tokens)
        .bind(usage.completion_tokens)
        .bind(usage.reasoning_tokens);
  else
    statement.bind_null().bind_null().bind_null().bind_null();
  statement.bind(m.milliseconds).bind(m.first_token_milliseconds);
  statement.bind_blob(bytes_of(m.token_ids)).bind_blob(bytes_of(m.log_probabilities)).bind(m.id).run();
  if (state_->database.num_changes() == 0) throw no_message(m.id);
  state_->set_parts(m.id, m.parts);
  Statement(state_->database, "DELETE FROM search WHERE message_id = ?").bind(m.id).run();
  state_->add_to_search(text_of_parts(m.parts, true), m.id, m.conversation_id);
  transaction.commit();
}

void Store::delete_message(const std::string& id) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  std::string parent, conversation;
  {
    Statement row(state_->database, "SELECT parent_id, conversation_id FROM messages WHERE id = ?");
    if (!row.bind(id).step()) throw no_message(id);
    parent = row.text(0);
    conversation = row.text(1);
  }
  state_->erase_title_made_of(conversation, kBelow, id);
  state_->erase_messages(kBelow, id);
  Statement(state_->database,
            "UPDATE conversations SET active_leaf = ? WHERE id = ? AND active_leaf NOT IN (SELECT id FROM messages)")
      .bind_or_null(parent)
      .bind(conversation)
      .run();
  transaction.commit();
  state_->forget_deleted();
}

int64_t Store::close_running(std::string_view error) {
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  std::vector<StoredMessage> running;
  {
    Statement rows(state_->database,
                   fmt::format("SELECT {} FROM messages m WHERE m.state = 'running'", kMessageColumns));
    while (rows.step()) running.push_back(state_->read_message(rows));
  }
  for (const StoredMessage& m : running) {
    state_->set_parts(m.id, m.parts);
    Statement(state_->database, "DELETE FROM search WHERE message_id = ?").bind(m.id).run();
    state_->add_to_search(text_of_parts(m.parts, true), m.id, m.conversation_id);
  }
  Statement(state_->database, "UPDATE messages SET state = 'failed', error = ? WHERE state = 'running'")
      .bind(error)
      .run();
  transaction.commit();
  return static_cast<int64_t>(running.size());
}

std::vector<SearchHit> Store::search(const std::string& query, int64_t limit) {
  const std::lock_guard lock(state_->mutex);
  std::vector<SearchHit> hits;
  const std::string words = quoted_query(query);
  if (words.empty()) return hits;
  Statement rows(
      state_->database,
      "SELECT s.conversation_id, c.title, s.message_id, m.role, COALESCE(m.created, c.created), "
      "snippet(search, 0, char(1), char(2), '…', 16) FROM search s JOIN conversations c ON c.id = "
      "s.conversation_id LEFT JOIN messages m ON m.id = s.message_id WHERE search MATCH ? ORDER BY rank LIMIT ?");
  rows.bind(words).bind(limit);
  while (rows.step())
    hits.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.integer(4), rows.text(5)});
  return hits;
}

}  // namespace vitrine::store
