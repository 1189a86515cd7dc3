// What people think of answers.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "serve/json_reader.h"
#include "serve/json_writer.h"
#include "serve/routes/app_support.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"
#include "store/feedback_reasons.h"

namespace vitrine::serve {
namespace {

std::vector<std::string> read_texts(const Fields& body, std::string_view name, size_t most, size_t max_bytes) {
  std::vector<std::string> texts;
  if (const auto* const items = body.array(name, most))
    for (const JsonValue& item : *items) {
      if (!item.is(JsonKind::kString)) body.fail(name, "has to be an array of strings", "invalid_type");
      texts.push_back(limited(body, name, item.string, max_bytes));
    }
  return texts;
}

std::string texts_json(const std::vector<std::string>& texts) {
  JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  return json.end_array().take();
}

std::string read_choice(const Fields& body) {
  const JsonValue& choice = body.required("choice", "0, 1, 'tie' or 'both_bad'");
  if (choice.is(JsonKind::kString)) return *body.choice("choice", {"tie", "both_bad"});
  return std::to_string(*body.integer("choice", 0, 1));
}

store::FeedbackEvent read_event(const Fields& body) {
  body.required_text("kind");
  store::FeedbackEvent event{.kind = *body.choice("kind", {"thumb", "choice", "ranking", "flag"}),
                             .created = store::now_ms()};
  const std::vector<std::string> reasons = read_texts(body, "reasons", 20, 100);
  for (const std::string& reason : reasons)
    if (!store::is_feedback_reason(reason))
      body.fail("reasons",
                fmt::format("has an unknown one (got '{}', expected some of {}; words of your own are a 'note')",
                            excerpt(reason), fmt::join(store::feedback_reasons(), ", ")));
  event.reasons = texts_json(reasons);
  event.note = limited(body, "note", body.text("note").value_or(""), 10'000);
  if (event.kind == "thumb" || event.kind == "flag") {
    event.message_ids = {body.required_text("message_id")};
    if (event.kind == "thumb") {
      body.required("value", "1, -1 or 0");
      event.value = body.integer("value", -1, 1);
    }
    return event;
  }
  event.message_ids = read_texts(body, "message_ids", 16, 64);
  if (event.kind == "choice") {
    if (event.message_ids.size() != 2 || event.message_ids[0] == event.message_ids[1])
      body.fail("message_ids", "has to name two answers");
    event.choice = read_choice(body);
    return event;
  }
  event.ranking = read_texts(body, "ranking", 16, 64);
  std::vector<std::string> shown = event.message_ids, ranked = event.ranking;
  std::sort(shown.begin(), shown.end());
  std::sort(ranked.begin(), ranked.end());
  if (shown.size() < 2 || shown != ranked || std::adjacent_find(shown.begin(), shown.end()) != shown.end())
    body.fail("ranking", "has to name each of 'message_ids' once");
  return event;
}

void add_feedback(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const int64_t id = call.services.store.add_event(read_event(Fields(json)));
  JsonWriter out;
  call.responder->send({.status = 201, .body = out.begin_object().field("event_id", id).end_object().take()});
}

void write_event_json(JsonWriter& json, const store::FeedbackEvent& event) {
  json.begin_object().field("id", event.id).field("kind", event.kind).field("created", event.created);
  json.field("conversation_id", event.conversation_id).field("title", event.title);
  json.raw_field("message_ids", texts_json(event.message_ids)).key("value");
  if (event.value)
    json.value(*event.value);
  else
    json.null();
  json.key("choice");
  if (event.choice == "0" || event.choice == "1")
    json.raw(event.choice);
  else
    json.text_or_null(event.choice);
  json.raw_field("ranking", texts_json(event.ranking)).raw_field("reasons", event.reasons).field("note", event.note);
  json.raw_field("excerpts", texts_json(event.excerpts)).end_object();
}

void list_feedback(Call& call) {
  const int64_t limit = query_integer(call, "limit", 50, 1, 1000);
  std::vector<store::FeedbackEvent> events =
      call.services.store.events(query_integer(call, "before", INT64_MAX, 0, INT64_MAX), limit + 1);
  const bool has_more = static_cast<int64_t>(events.size()) > limit;
  if (has_more) events.pop_back();
  JsonWriter json;
  json.begin_object().key("events").begin_array();
  for (const store::FeedbackEvent& event : events) write_event_json(json, event);
  call.responder->send({.body = json.end_array().field("has_more", has_more).end_object().take()});
}

void count_feedback(Call& call) {
  const store::FeedbackCounts counts = call.services.store.counts();
  JsonWriter json;
  json.begin_object().field("events", counts.events).field("thumbs_up", counts.thumbs_up);
  json.field("thumbs_down", counts.thumbs_down).key("choices").begin_object().field("first", counts.first);
  json.field("second", counts.second).field("tie", counts.tie).field("both_bad", counts.both_bad).end_object();
  json.field("rankings", counts.rankings).field("edits", counts.edits).field("regenerates", counts.regenerates);
  json.field("flags", counts.flags).key("reasons").begin_array();
  for (const auto& [reason, count] : counts.reasons)
    json.begin_object().field("reason", reason).field("count", count).end_object();
  json.end_array().key("by_model").begin_array();
  for (const auto& model : counts.by_model) {
    json.begin_object()
        .field("model", model.model)
        .field("thumbs_up", model.thumbs_up)
        .field("thumbs_down", model.thumbs_down);
    json.field("wins", model.wins).field("losses", model.losses).field("ties", model.ties).end_object();
  }
  json.end_array().key("by_day").begin_array();
  for (const auto& [day, count] : counts.by_day)
    json.begin_object().field("day", day).field("count", count).end_object();
  call.responder->send({.body = json.end_array().end_object().take()});
}

void export_events(Call& call) {
  const std::string format(call.request.parameter("format"));
  const std::vector<std::string_view> known = store::export_formats();
  if (!format.empty() && std::find(known.begin(), known.end(), format) == known.end())
    throw bad_request(
        fmt::format("'format' is unknown (got '{}', expected one of {})", excerpt(format, 40), fmt::join(known, ", ")),
        "format");
  std::string lines;
  call.services.store.export_feedback(
      format.empty() ? "preference" : format,
      [&](std::string_view line) {
        lines += line;
        lines += '\n';
      },
      tools_json(own_tools()));
  call.responder->send(
      attachment(std::move(lines), "application/jsonl", (format.empty() ? "preference" : format) + ".jsonl"));
}

}  // namespace

std::vector<Route> routes::app_feedback() {
  return {{.method = "POST",
           .path = "/api/feedback",
           .summary = "Records a judgement",
           .handle = add_feedback,
           .request_schema = "FeedbackRequest",
           .response_schema = "FeedbackAdded",
           .success_status = 201},
          {.method = "GET",
           .path = "/api/feedback",
           .summary = "Lists judgements",
           .handle = list_feedback,
           .response_schema = "FeedbackList"},
          {.method = "GET",
           .path = "/api/feedback/stats",
           .summary = "Counts judgements",
           .handle = count_feedback,
           .response_schema = "FeedbackCounts"},
          {.method = "GET",
           .path = "/api/feedback/export",
           .summary = "Judgements as data to learn from",
           .handle = export_events,
           .content_type = "application/jsonl"}};
}

}  // namespace vitrine::serve
