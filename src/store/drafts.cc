// What running answers say so far: piece by piece, so that a long answer costs no more to keep than a short one.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/store_state.h"

namespace vitrine::store {
namespace {

using DraftJson = nlohmann::ordered_json;

Error no_running_answer(const std::string& id) {
  return Error(ErrorCode::kNotFound, fmt::format("there is no running answer '{}'", excerpt(id)));
}

}  // namespace

std::string Store::State::with_draft(const std::string& id, const std::string& parts) {
  Statement rows(database,
                 "SELECT d.type, texts.body FROM drafts d JOIN texts ON texts.id = d.text_id WHERE d.message_id = ? "
                 "ORDER BY d.number");
  rows.bind(id);
  DraftJson pieces = DraftJson::array();
  while (rows.step()) {
    const std::string type = rows.text(0);
    if (pieces.empty() || pieces.back()["type"] != type) pieces.push_back({{"type", type}, {"text", ""}});
    pieces.back()["text"].get_ref<std::string&>() += rows.text(1);
  }
  if (pieces.empty()) return parts;
  DraftJson all = DraftJson::parse(parts, nullptr, false);
  if (!all.is_array()) all = DraftJson::array();
  for (DraftJson& piece : pieces) all.push_back(std::move(piece));
  return all.dump(-1, ' ', false, DraftJson::error_handler_t::replace);
}

void Store::State::erase_drafts(const std::string& condition, const std::string& value) {
  const std::string which = fmt::format("message_id IN (SELECT id FROM messages WHERE {})", condition);
  Statement(database, fmt::format("DELETE FROM texts WHERE id IN (SELECT text_id FROM drafts WHERE {})", which))
      .bind(value)
      .run();
  Statement(database, fmt::format("DELETE FROM drafts WHERE {}", which)).bind(value).run();
}

void Store::State::set_parts(const std::string& id, std::string_view parts) {
  Statement(database, "UPDATE texts SET body = ? WHERE id = (SELECT text_id FROM messages WHERE id = ?)")
      .bind(parts)
      .bind(id)
      .run();
  erase_drafts("id = ?", id);
}

bool Store::State::is_running(const std::string& id) {
  Statement row(database, "SELECT 1 FROM messages WHERE id = ? AND state = 'running'");
  return row.bind(id).step();
}

// What was handed to the system is there when the process is killed: to wait for the disk several times a second would
// hold up the store for a text that is not whole yet.

void Store::save_draft(const std::string& id, std::string_view parts) {
  const std::lock_guard lock(state_->mutex);
  const UnsyncedWrites unsynced(state_->database);
  Transaction transaction(state_->database);
  if (!state_->is_running(id)) throw no_running_answer(id);
  state_->set_parts(id, parts);
  transaction.commit();
}

void Store::append_draft(const std::string& id, std::span<const DraftPiece> pieces) {
  const std::lock_guard lock(state_->mutex);
  const UnsyncedWrites unsynced(state_->database);
  Transaction transaction(state_->database);
  if (!state_->is_running(id)) throw no_running_answer(id);
  for (const DraftPiece& piece : pieces) {
    const int64_t text = state_->add_text(piece.text);
    Statement(state_->database,
              "INSERT INTO drafts (message_id, number, type, text_id) VALUES (?, (SELECT COALESCE(MAX(number), 0) + 1 "
              "FROM drafts WHERE message_id = ?), ?, ?)")
        .bind(id)
        .bind(id)
        .bind(piece.type)
        .bind(text)
        .run();
  }
  transaction.commit();
}

}  // namespace vitrine::store
