// What was said of answers, as data to learn from.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/chat_json.h"
#include "store/store_state.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;
using Line = std::function<void(std::string_view)>;

/// An answer with what led to it; nothing where its text was erased.
struct Answer {
  Json prompt, completion;
  std::string model, parent_id;
};

class Exporter {
 public:
  Exporter(Store::State& state, const Line& line) : state_(state), line_(line) {}

  /// Every judgement of two answers, in the order in which they were shown where they were shown side by side.
  void pairs() {
    each_pair([&](const std::string& first_id, const std::string& second_id, const std::string& judgement,
                  const std::string& origin) {
      const auto first = find(first_id), second = find(second_id);
      if (!first || !second) return;
      write({{"prompt", first->prompt},
             {"first", first->completion},
             {"second", second->completion},
             {"judgement", judgement},
             {"origin", origin},
             {"first_model", first->model},
             {"second_model", second->model}});
    });
  }

  /// Those of them where one is better: the better one first.
  void preferences() {
    each_pair([&](const std::string& first_id, const std::string& second_id, const std::string& judgement,
                  const std::string&) {
      if (judgement != "first" && judgement != "second") return;
      const auto chosen = find(judgement == "first" ? first_id : second_id),
                 rejected = find(judgement == "first" ? second_id : first_id);
      if (chosen && rejected)
        write({{"prompt", chosen->prompt}, {"chosen", chosen->completion}, {"rejected", rejected->completion}});
    });
  }

  void thumbs(bool with_origin) {
    for (const auto& [id, thumb] : latest_thumbs()) {
      const auto answer = find(id);
      if (!answer) continue;
      Json json{{"prompt", answer->prompt}, {"completion", answer->completion}, {"label", thumb.first > 0}};
      if (with_origin) {
        json["reasons"] = Json::parse(thumb.second, nullptr, false);
        json["model"] = answer->model;
      }
      write(json);
    }
  }

  /// Answers that people liked or wrote themselves, whole conversations. The tools of those that call some are a text,
  /// since tables of examples have one type a column and schemas differ.
  /// Not what was cut off in its arguments.
  void demonstrations(std::string_view tools_json) {
    std::vector<std::string> ids;
    for (const auto& [id, thumb] : latest_thumbs())
      if (thumb.first > 0) ids.push_back(id);
    each_event([&](const std::string& kind, const std::vector<std::string>& of, Statement&) {
      if (kind == "edit" && of.size() == 2) ids.push_back(of[1]);
    });
    for (const std::string& id : ids) {
      const auto answer = find(id);
      if (!answer) continue;
      Json messages = answer->prompt;
      messages.insert(messages.end(), answer->completion.begin(), answer->completion.end());
      if (has_broken_call(messages)) continue;
      Json json{{"messages", messages}};
      const bool has_calls =
          std::any_of(messages.begin(), messages.end(), [](const Json& each) { return each.contains("tool_calls"); });
      if (!tools_json.empty()) json["tools"] = has_calls ? tools_json : "[]";
      write(json);
    }
  }

  void rankings() {
    each_event([&](const std::string& kind, const std::vector<std::string>&, Statement& row) {
      if (kind != "ranking") return;
      Json completions = Json::array(), prompt;
      for (const std::string& id : strings_of(row.text(4))) {
        const auto answer = find(id);
        if (!answer) return;
        prompt = answer->prompt;
        completions.push_back(answer->completion);
      }
      write({{"prompt", prompt}, {"completions", completions}});
    });
  }

  void edits() {
    each_event([&](const std::string& kind, const std::vector<std::string>& ids, Statement&) {
      if (kind != "edit" || ids.size() != 2) return;
      const auto before = find(ids[0]), after = find(ids[1]);
      if (before && after)
        write({{"prompt", after->prompt}, {"before", before->completion}, {"after", after->completion}});
    });
  }

  void conversations() {
    std::vector<std::pair<std::string, std::string>> leaves;
    {
      Statement rows(
          state_.database,
          "SELECT m.id, c.system_prompt FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id "
          "NOT IN (SELECT parent_id FROM messages WHERE parent_id IS NOT NULL) AND m.role = 'assistant' ORDER BY "
          "m.number");
      while (rows.step()) leaves.emplace_back(rows.text(0), rows.text(1));
    }
    for (const auto& [id, system_prompt] : leaves)
      write({{"messages", Json::parse(chat_messages_json(system_prompt, state_.path_to(id)))}});
  }

 private:
  static bool has_broken_call(const Json& messages) {
    for (const Json& message : messages)
      for (const Json& call : message.value("tool_calls", Json::array()))
        if (!call["function"]["arguments"].is_object()) return true;
    return false;
  }

  static std::vector<std::string> strings_of(const std::string& json) {
    const Json list = Json::parse(json, nullptr, false);
    return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>();
  }

  /// Of choices and of rankings of the same answers only the latest: people change them, and add reasons.
  template <typename Take>
  void each_event(const Take& take) {
    Statement rows(
        state_.database,
        "SELECT kind, message_ids, value, choice, ranking, reasons FROM judgements WHERE kind NOT IN "
        "('choice', 'ranking') OR id IN (SELECT MAX(id) FROM events GROUP BY kind, message_ids) ORDER BY id");
    while (rows.step()) take(rows.text(0), strings_of(rows.text(1)), rows);
  }

  /// Calls `take` with two answers, "first", "second", "tie" or "both_bad", and the kind of judgement.
  template <typename Take>
  void each_pair(const Take& take) {
    each_event([&](const std::string& kind, const std::vector<std::string>& ids, Statement& row) {
      if (kind == "choice" && ids.size() == 2) {
        const std::string choice = row.text(3);
        take(ids[0], ids[1], choice == "0" ? "first" : choice == "1" ? "second" : choice, kind);
      } else if (kind == "ranking") {
        const std::vector<std::string> order = strings_of(row.text(4));
        for (size_t i = 0; i < order.size(); ++i)
          for (size_t j = i + 1; j < order.size(); ++j) take(order[i], order[j], "first", kind);
      } else if (kind == "edit" && ids.size() == 2) {
        take(ids[1], ids[0], "first", kind);
      }
    });
    std::map<std::string, std::pair<std::vector<std::string>, std::vector<std::string>>> siblings;
    for (const auto& [id, thumb] : latest_thumbs())
      if (const auto answer = find(id))
        (thumb.first > 0 ? siblings[answer->parent_id].first : siblings[answer->parent_id].second).push_back(id);
    for (const auto& [parent, answers] : siblings)
      for (const std::string& good : answers.first)
        for (const std::string& bad : answers.second) take(good, bad, "first", "thumb");
  }

  /// Of each message the last thumb, where it was not taken back, with its reasons.
  std::map<std::string, std::pair<int64_t, std::string>> latest_thumbs() {
    std::map<std::string, std::pair<int64_t, std::string>> thumbs;
    each_event([&](const std::string& kind, const std::vector<std::string>& ids, Statement& row) {
      if (kind == "thumb" && ids.size() == 1) thumbs[ids[0]] = {row.integer(2), row.text(5)};
    });
    std::erase_if(thumbs, [](const auto& entry) { return entry.second.first == 0; });
    return thumbs;
  }

  std::optional<Answer> find(const std::string& id) {
    try {
      std::vector<StoredMessage> path = state_.path_to(id);
      const StoredMessage answer = path.back();
      path.pop_back();
      std::string system_prompt;
      {
        Statement row(state_.database, "SELECT system_prompt FROM conversations WHERE id = ?");
        if (row.bind(answer.conversation_id).step()) system_prompt = row.text(0);
      }
      Answer out{Json::parse(chat_messages_json(system_prompt, path)), Json::array(), answer.model, answer.parent_id};
      path.push_back(answer);  // ids of calls are told apart over all of it
      const Json all = Json::parse(chat_messages_json(system_prompt, path));
      out.completion.insert(out.completion.end(), all.begin() + static_cast<int64_t>(out.prompt.size()), all.end());
      return out.completion.empty() ? std::nullopt : std::optional(std::move(out));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      return std::nullopt;
    }
  }

  void write(const Json& json) { line_(json.dump(-1, ' ', false, Json::error_handler_t::replace)); }

  Store::State& state_;
  const Line& line_;
};

}  // namespace

std::vector<std::string_view> export_formats() {
  return {"preference", "unpaired", "sft", "pairs", "rankings", "thumbs", "edits", "conversations"};
}

void Store::export_feedback(std::string_view format, const std::function<void(std::string_view line)>& line,
                            std::string_view tools_json) {
  const std::vector<std::string_view> formats = export_formats();
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("export: unknown format (got '{}', expected one of {})",
                                                         excerpt(format), fmt::join(formats, ", ")));
  const std::lock_guard lock(state_->mutex);
  Exporter exporter(*state_, line);
  if (format == "preference") return exporter.preferences();
  if (format == "pairs") return exporter.pairs();
  if (format == "unpaired" || format == "thumbs") return exporter.thumbs(format == "thumbs");
  if (format == "sft") return exporter.demonstrations(tools_json);
  if (format == "rankings") return exporter.rankings();
  if (format == "edits") return exporter.edits();
  exporter.conversations();
}

}  // namespace vitrine::store
