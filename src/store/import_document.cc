#include "store/import_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "store/feedback_reasons.h"
#include "store/transfer_format.h"

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxJsonNesting = 64;
constexpr int64_t kMaxMembers = 1000;  // of an object: to find one is linear
constexpr size_t kMaxIdBytes = 64, kMaxNameBytes = 200, kLongestTitle = 500, kMaxNoteBytes = 20'000;
constexpr size_t kMaxSystemPromptBytes = 200'000, kMaxWordBytes = 1000, kMaxErrorBytes = 10'000;
constexpr size_t kMaxMessages = 100'000;             // of a conversation
constexpr size_t kMaxJudged = 16;                    // messages of one event
constexpr int64_t kLatest_ms = 253'402'300'799'999;  // the end of the year 9999
constexpr int64_t kMaxCount = 1'000'000'000'000;     // of tokens, of milliseconds

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes && std::ranges::all_of(text, [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '_' || c == '-');
  });
}

/// An object of the document, and its place there. What is null is not there.
class Item {
 public:
  Item(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json.is_object()) fail_import(place_, "has to be an object");
  }

  const std::string& place() const { return place_; }
  std::string place_of(std::string_view key) const {
    return fmt::format("{}{}{}", place_, place_.empty() ? "" : ".", key);
  }
  [[noreturn]] void fail(std::string_view key, std::string_view what) const { fail_import(place_of(key), what); }
  bool has(const char* key) const { return find(key) != nullptr; }

  std::optional<std::string> text(const char* key, size_t max_bytes = std::numeric_limits<size_t>::max()) const {
    const Json* const value = find(key);
    if (!value) return std::nullopt;
    if (!value->is_string()) fail(key, "has to be a string");
    std::string text = value->get<std::string>();
    if (text.size() > max_bytes)
      fail(key, fmt::format("is too long (got {} bytes, at most {})", text.size(), max_bytes));
    return text;
  }
  /// One of a list.
  std::string word(const char* key, const std::vector<std::string_view>& known, std::string_view fallback = "") const {
    const std::string given = text(key).value_or(std::string(fallback));
    if (given.empty() && fallback.empty() && !has(key)) fail(key, "is missing");
    if (std::ranges::find(known, given) == known.end())
      fail(key, fmt::format("is unknown (got '{}', expected one of {})", excerpt(given), fmt::join(known, ", ")));
    return given;
  }
  std::string id(const char* key) const {
    if (!has(key)) fail(key, "is missing");
    const std::string id = *text(key);
    require_id(place_of(key), id);
    return id;
  }
  /// An id, or an empty text.
  std::string id_or_none(const char* key) const { return text(key).value_or("").empty() ? "" : id(key); }

  std::optional<int64_t> integer(const char* key, int64_t min, int64_t max) const {
    const Json* const value = find(key);
    if (!value) return std::nullopt;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() ||
                       value->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    if (!fits || value->get<int64_t>() < min || value->get<int64_t>() > max)
      fail(key, fmt::format("has to be a whole number from {} to {}", min, max));
    return value->get<int64_t>();
  }
  bool boolean(const char* key) const {
    const Json* const value = find(key);
    if (value && !value->is_boolean()) fail(key, "has to be true or false");
    return value && value->get<bool>();
  }
  /// An object as text.
  std::string object(const char* key) const {
    const Json* const value = find(key);
    if (value && !value->is_object()) fail(key, "has to be an object");
    return value ? value->dump() : "{}";
  }
  /// Calls `read` with each element and its place. False: there is no such list.
  template <typename Read>
  bool each(const char* key, const Read& read, size_t most = std::numeric_limits<size_t>::max()) const {
    const Json* const list = find(key);
    if (!list) return false;
    if (!list->is_array()) fail(key, "has to be a list");
    if (list->size() > most) fail(key, fmt::format("has {} elements (at most {} are taken)", list->size(), most));
    for (size_t i = 0; i < list->size(); ++i) read((*list)[i], fmt::format("{}[{}]", place_of(key), i));
    return true;
  }
  template <typename Read>
  void each_of_required(const char* key, const Read& read, size_t most = std::numeric_limits<size_t>::max()) const {
    if (!each(key, read, most)) fail(key, "is missing");
  }
  std::vector<std::string> texts(const char* key, size_t most, size_t max_bytes) const {
    std::vector<std::string> texts;
    each(
        key,
        [&](const Json& text, const std::string& place) {
          if (!text.is_string()) fail_import(place, "has to be a string");
          texts.push_back(text.get<std::string>());
          if (texts.back().size() > max_bytes) fail_import(place, fmt::format("has more than {} bytes", max_bytes));
        },
        most);
    return texts;
  }
  std::vector<std::string> ids(const char* key) const {
    std::vector<std::string> ids = texts(key, kMaxJudged, kMaxIdBytes);
    for (size_t i = 0; i < ids.size(); ++i) require_id(fmt::format("{}[{}]", place_of(key), i), ids[i]);
    if (std::set(ids.begin(), ids.end()).size() != ids.size()) fail(key, "has one of them twice");
    return ids;
  }
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

 private:
  static void require_id(const std::string& place, const std::string& id) {
    if (!is_id(id))
      fail_import(place, fmt::format("is no id (got '{}', expected 1 to {} letters, digits, '-' and '_')", excerpt(id),
                                     kMaxIdBytes));
  }

  const Json& json_;
  std::string place_;
};

int64_t read_time(const Item& item, const char* key, int64_t fallback) {
  return item.integer(key, 0, kLatest_ms).value_or(fallback);
}

void check_part(const Item& part, std::string_view role) {
  using Words = std::vector<std::string_view>;
  const std::string type =
      part.word("type", role == "user" ? Words{"text", "attachment"}
                                       : Words{"text", "attachment", "reasoning", "tool_call", "tool_result"});
  for (const char* const key : {"text", "name", "id", "call_id", "arguments"}) part.text(key);
  const bool is_call = type == "tool_call";
  for (const char* const key : {is_call ? "name" : "text", is_call ? "arguments" : "text"})
    if (!part.has(key)) part.fail(key, "is missing");
}

void read_usage(const Item& item, StoredMessage& m) {
  const Json* const json = item.find("usage");
  if (!json) return;
  const Item usage(*json, item.place_of("usage"));
  const auto count = [&](const char* key) { return usage.integer(key, 0, kMaxCount).value_or(0); };
  m.usage = {.prompt_tokens = count("prompt_tokens"),
             .cached_tokens = count("cached_tokens"),
             .completion_tokens = count("completion_tokens"),
             .reasoning_tokens = count("reasoning_tokens")};
}

void read_tokens(const Item& item, StoredMessage& m) {
  item.each("token_ids", [&](const Json& id, const std::string& place) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > std::numeric_limits<int32_t>::max())
      fail_import(place, "is no token id");
    m.token_ids.push_back(id.get<int32_t>());
  });
  item.each("log_probabilities", [&](const Json& value, const std::string& place) {
    if (!value.is_number() && !value.is_null()) fail_import(place, "has to be a number");
    m.log_probabilities.push_back(value.is_null() ? -std::numeric_limits<float>::infinity() : value.get<float>());
  });
  if (!m.log_probabilities.empty() && m.log_probabilities.size() != m.token_ids.size())
    item.fail("log_probabilities", fmt::format("are {}, of {} tokens", m.log_probabilities.size(), m.token_ids.size()));
}

StoredMessage read_message(const Item& item, const std::string& conversation_id) {
  StoredMessage m{.id = item.id("id"), .conversation_id = conversation_id, .parent_id = item.id_or_none("parent_id")};
  m.role = item.word("role", {"user", "assistant"});
  item.each_of_required("parts",
                        [&](const Json& part, const std::string& place) { check_part({part, place}, m.role); });
  m.parts = item.find("parts")->dump(-1, ' ', false, Json::error_handler_t::replace);
  m.state = item.word("state", {"done", "running", "stopped", "failed"}, "done");
  if (m.state == "running") m.state = "failed";  // nobody writes it here
  m.stop_reason = item.text("stop_reason", kMaxWordBytes).value_or("");
  m.error = item.text("error", kMaxErrorBytes).value_or("");
  m.model = item.text("model", kMaxWordBytes).value_or("");
  m.model_hash = item.text("model_hash", kMaxWordBytes).value_or("");
  m.settings = item.object("settings");
  m.seed = item.integer("seed", std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
  m.dropped_turns = item.integer("dropped_turns", 0, kMaxCount).value_or(0);
  read_usage(item, m);
  m.milliseconds = item.integer("milliseconds", 0, kMaxCount);
  m.first_token_milliseconds = item.integer("first_token_milliseconds", 0, kMaxCount);
  m.edited_from = item.id_or_none("edited_from");
  read_tokens(item, m);
  m.created = read_time(item, "created", now_ms());
  return m;
}

/// Every message is below a question without a parent, and questions and answers take turns.
void check_tree(const std::vector<StoredMessage>& messages, const std::string& place) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < messages.size(); ++i) places.emplace(messages[i].id, i);
  const auto place_of = [&](size_t i) { return fmt::format("{}.messages[{}].parent_id", place, i); };
  std::vector<size_t> parents(messages.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    const StoredMessage& m = messages[i];
    parents[i] = i;
    if (m.parent_id.empty()) {
      if (m.role == "assistant") fail_import(place_of(i), "is missing: an answer has a question");
      continue;
    }
    if (m.parent_id == m.id) fail_import(place_of(i), "is the message itself");
    const auto found = places.find(m.parent_id);
    if (found == places.end())
      fail_import(place_of(i), fmt::format("is no message of this conversation (got '{}')", excerpt(m.parent_id)));
    parents[i] = found->second;
    if (messages[parents[i]].role == m.role)
      fail_import(place_of(i), fmt::format("is a message of the same role ({})", m.role));
  }
  std::vector<size_t> walks(messages.size(), 0);  // the walk upwards that came by, from 1
  for (size_t i = 0; i < messages.size(); ++i) {
    size_t at = i;
    for (; walks[at] == 0; at = parents[at]) {
      walks[at] = i + 1;
      if (parents[at] == at) break;
    }
    if (walks[at] == i + 1 && parents[at] != at) fail_import(place_of(at), "leads back to the message itself");
  }
}

ImportDocument::Tree read_conversation(const Item& item, std::unordered_set<std::string>& message_ids) {
  ImportDocument::Tree tree;
  Conversation& c = tree.conversation;
  c.id = item.id("id");
  c.title = item.text("title", kLongestTitle).value_or("");
  c.folder_id = item.id_or_none("folder_id");
  c.system_prompt = item.text("system_prompt", kMaxSystemPromptBytes).value_or("");
  c.model = item.text("model", kMaxWordBytes).value_or("");
  c.settings = item.object("settings");
  c.is_pinned = item.boolean("pinned");
  c.created = read_time(item, "created", now_ms());
  c.updated = read_time(item, "updated", c.created);
  c.active_leaf = item.id_or_none("active_leaf");
  item.each_of_required(
      "messages",
      [&](const Json& json, const std::string& place) {
        tree.messages.push_back(read_message({json, place}, c.id));
        if (!message_ids.insert(tree.messages.back().id).second)
          fail_import(place + ".id", fmt::format("stands twice (got '{}')", tree.messages.back().id));
      },
      kMaxMessages);
  check_tree(tree.messages, item.place());
  if (!c.active_leaf.empty() &&
      std::ranges::none_of(tree.messages, [&](const StoredMessage& m) { return m.id == c.active_leaf; }))
    item.fail("active_leaf", "is no message of this conversation");
  return tree;
}

void require_count(const Item& item, size_t count, size_t least, size_t most) {
  if (count < least || count > most)
    item.fail("message_ids", least == most ? fmt::format("are {} (expected {})", count, least)
                                           : fmt::format("are {} (expected {} to {})", count, least, most));
}

ImportDocument::Judgement read_event(const Item& item) {
  ImportDocument::Judgement judgement;
  FeedbackEvent& event = judgement.event;
  event.kind = item.word("kind", {"thumb", "choice", "ranking", "flag", "edit", "regenerate"});
  if (!item.has("created")) item.fail("created", "is missing");
  event.created = read_time(item, "created", 0);
  event.conversation_id = item.id_or_none("conversation_id");
  if (!item.has("message_ids")) item.fail("message_ids", "is missing");
  event.message_ids = item.ids("message_ids");
  const bool is_of_two = event.kind == "choice" || event.kind == "edit";
  if (event.kind == "ranking")
    require_count(item, event.message_ids.size(), 2, kMaxJudged);
  else
    require_count(item, event.message_ids.size(), is_of_two ? 2 : 1, is_of_two ? 2 : 1);
  event.value = item.integer("value", -1, 1);
  if (event.kind == "thumb" && !event.value) item.fail("value", "is missing");
  if (event.kind == "choice") event.choice = item.word("choice", {"0", "1", "tie", "both_bad"});
  if (event.kind == "ranking") {
    event.ranking = item.ids("ranking");
    if (!std::ranges::is_permutation(event.ranking, event.message_ids))
      item.fail("ranking", "has to name each of 'message_ids' once");
  }
  std::vector<std::string> reasons = item.texts("reasons", 20, kMaxWordBytes);
  event.note = item.text("note", kMaxNoteBytes).value_or("");
  move_words_to_note(reasons, event.note);  // earlier versions took any
  event.reasons = Json(reasons).dump();
  judgement.models = item.texts("models", kMaxJudged, kMaxWordBytes);
  return judgement;
}

/// Refuses what is too deep, and objects of more members than can be looked through.
Json parse(std::string_view text) {
  std::vector<int64_t> members(kMaxJsonNesting + 2);
  const auto within = [&](int depth, Json::parse_event_t event, Json&) {
    if (depth > kMaxJsonNesting) throw Error(ErrorCode::kInvalidArgument, "import: the document is nested too deeply");
    if (event == Json::parse_event_t::object_start) members[static_cast<size_t>(depth) + 1] = 0;
    if (event == Json::parse_event_t::key && ++members[static_cast<size_t>(depth)] > kMaxMembers)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("import: an object has more than {} members", kMaxMembers));
    return true;
  };
  return Json::parse(text, within, false);
}

}  // namespace

void fail_import(std::string_view place, std::string_view what) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("import: {} {}", place, what),
              "give a file that 'export' wrote");
}

ImportDocument read_import(std::string_view text) {
  const Json json = parse(text);
  if (!json.is_object() || json.value("format", Json()) != kTransferFormat)
    throw Error(ErrorCode::kInvalidArgument, "import: this is no export of conversations",
                "give a file that 'export' wrote");
  if (json.value("version", Json()) != kTransferVersion)
    throw Error(ErrorCode::kInvalidArgument, "import: the file was written by another version");
  ImportDocument document;
  const Item all(json, "");
  std::unordered_set<std::string> folder_ids, conversation_ids, message_ids;
  const auto once = [](std::unordered_set<std::string>& seen, const std::string& id, const std::string& place) {
    if (!seen.insert(id).second) fail_import(place + ".id", fmt::format("stands twice (got '{}')", id));
  };
  all.each("folders", [&](const Json& folder, const std::string& place) {
    const Item item(folder, place);
    document.folders.push_back({.id = item.id("id"), .name = item.text("name", kMaxNameBytes).value_or("")});
    if (document.folders.back().name.empty()) item.fail("name", "is missing or empty");
    document.folders.back().position = item.integer("position", 0, kMaxCount).value_or(0);
    once(folder_ids, document.folders.back().id, place);
  });
  all.each_of_required("conversations", [&](const Json& conversation, const std::string& place) {
    document.conversations.push_back(read_conversation({conversation, place}, message_ids));
    once(conversation_ids, document.conversations.back().conversation.id, place);
  });
  all.each("events",
           [&](const Json& event, const std::string& place) { document.events.push_back(read_event({event, place})); });
  return document;
}

}  // namespace vitrine::store
