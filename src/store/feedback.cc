#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/feedback_reasons.h"
#include "store/store_state.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kExcerptBytes = 200;

std::vector<std::string> strings_of(const std::string& json) {
  const Json list = Json::parse(json, nullptr, false);
  return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>();
}

/// Which of two answers won, by the order shown: 1, 0 for neither, 2 for the second.
void count_choice(FeedbackCounts& counts, std::map<std::string, FeedbackCounts::OfModel>& models,
                  const std::vector<std::string>& names, const std::string& choice) {
  counts.first += choice == "0";
  counts.second += choice == "1";
  counts.tie += choice == "tie";
  counts.both_bad += choice == "both_bad";
  if (names.size() != 2) return;
  const bool is_tie = choice == "tie" || choice == "both_bad";
  for (size_t i = 0; i < 2; ++i) {
    FeedbackCounts::OfModel& model = models[names[i]];
    model.ties += is_tie;
    model.wins += !is_tie && choice == std::to_string(i);
    model.losses += !is_tie && choice != std::to_string(i);
  }
}

}  // namespace

void Store::State::insert_event(const FeedbackEvent& event, std::string_view models_json) {
  std::optional<int64_t> note_id;
  if (!event.note.empty()) note_id = add_text(event.note);
  Statement(database,
            "INSERT INTO events (kind, created, conversation_id, message_ids, models, value, choice, ranking, reasons, "
            "note_id) VALUES (?,?,?,?,?,?,?,?,?,?)")
      .bind(event.kind)
      .bind(event.created)
      .bind(event.conversation_id)
      .bind(Json(event.message_ids).dump())
      .bind(models_json)
      .bind(event.value)
      .bind_or_null(event.choice)
      .bind_or_null(event.ranking.empty() ? "" : Json(event.ranking).dump())
      .bind(event.reasons)
      .bind(note_id)
      .run();
}

int64_t Store::add_event(const FeedbackEvent& event) {
  for (const std::string& reason : strings_of(event.reasons))
    if (!is_feedback_reason(reason))
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("feedback: unknown reason (got '{}', expected some of {})", excerpt(reason),
                              fmt::join(feedback_reasons(), ", ")),
                  "words of your own are a note");
  const std::lock_guard lock(state_->mutex);
  Transaction transaction(state_->database);
  std::vector<std::string> models;
  FeedbackEvent settled = event;
  for (const std::string& id : event.message_ids) {
    Statement row(state_->database, "SELECT conversation_id, COALESCE(model, ''), role FROM messages WHERE id = ?");
    if (!row.bind(id).step()) throw Error(ErrorCode::kNotFound, fmt::format("there is no message '{}'", excerpt(id)));
    if (!settled.conversation_id.empty() && settled.conversation_id != row.text(0))
      throw Error(ErrorCode::kInvalidArgument, "feedback: the messages are of several conversations (expected one)");
    if (row.text(2) != "assistant")
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("feedback: '{}' is a question (expected an answer)", excerpt(id)));
    settled.conversation_id = row.text(0);
    models.push_back(row.text(1));
  }
  state_->insert_event(settled, Json(models).dump());
  const int64_t id = state_->database.last_id();
  transaction.commit();
  return id;
}

std::vector<FeedbackEvent> Store::events(int64_t before, int64_t limit) {
  const std::lock_guard lock(state_->mutex);
  Statement rows(
      state_->database,
      "SELECT e.id, e.kind, e.created, e.conversation_id, e.message_ids, e.value, e.choice, e.ranking, e.reasons, "
      "e.note_id, c.title FROM events e LEFT JOIN conversations c ON c.id = e.conversation_id WHERE e.id < ? ORDER "
      "BY e.id DESC LIMIT ?");
  rows.bind(before).bind(limit);
  std::vector<FeedbackEvent> list;
  while (rows.step()) {
    FeedbackEvent event{.id = rows.integer(0),
                        .kind = rows.text(1),
                        .created = rows.integer(2),
                        .conversation_id = rows.text(3),
                        .message_ids = strings_of(rows.text(4)),
                        .value = rows.optional_integer(5),
                        .choice = rows.text(6),
                        .ranking = strings_of(rows.text(7)),
                        .reasons = rows.text(8),
                        .note = state_->text(rows.optional_integer(9)),
                        .title = rows.text(10)};
    for (const std::string& id : event.message_ids) {
      Statement text(state_->database, "SELECT body FROM texts WHERE id = (SELECT text_id FROM messages WHERE id = ?)");
      event.excerpts.push_back(text.bind(id).step() ? excerpt(text_of_parts(text.text(0)), kExcerptBytes) : "");
    }
    list.push_back(std::move(event));
  }
  return list;
}

FeedbackCounts Store::counts() {
  const std::lock_guard lock(state_->mutex);
  FeedbackCounts counts;
  std::map<std::string, FeedbackCounts::OfModel> models;
  std::map<std::string, int64_t> reasons, days;
  // Of thumbs, choices and rankings only the latest of the same answers counts.
  std::map<std::string, std::tuple<int64_t, std::string, std::string>> thumbs;
  Statement rows(
      state_->database,
      "SELECT kind, message_ids, models, value, choice, reasons, strftime('%Y-%m-%d', created / 1000, 'unixepoch'), "
      "id IN (SELECT MAX(id) FROM events GROUP BY kind, message_ids) FROM judgements ORDER BY id");
  while (rows.step()) {
    const std::string kind = rows.text(0);
    ++counts.events;
    ++days[rows.text(6)];
    if ((kind == "choice" || kind == "ranking") && rows.integer(7) == 0) continue;
    counts.rankings += kind == "ranking";
    counts.edits += kind == "edit";
    counts.regenerates += kind == "regenerate";
    counts.flags += kind == "flag";
    if (kind == "thumb") {
      const std::vector<std::string> names = strings_of(rows.text(2));
      thumbs[rows.text(1)] = {rows.integer(3), names.empty() ? "" : names.front(), rows.text(5)};
      continue;
    }
    for (const std::string& reason : strings_of(rows.text(5))) ++reasons[reason];
    if (kind == "choice") count_choice(counts, models, strings_of(rows.text(2)), rows.text(4));
  }
  for (const auto& [ids, thumb] : thumbs) {
    const auto& [value, model, why] = thumb;
    counts.thumbs_up += value > 0;
    counts.thumbs_down += value < 0;
    models[model].thumbs_up += value > 0;
    models[model].thumbs_down += value < 0;
    if (value != 0)
      for (const std::string& reason : strings_of(why)) ++reasons[reason];
  }
  for (auto& [name, model] : models) {
    model.model = name;
    counts.by_model.push_back(model);
  }
  counts.reasons.assign(reasons.begin(), reasons.end());
  counts.by_day.assign(days.begin(), days.end());
  return counts;
}

}  // namespace vitrine::store
