// Conversations as trees of messages, and what people think of the answers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::store {

/// Times are milliseconds since 1970. JSON stands here as text; whoever writes it vouches for it.
struct Conversation {
  std::string id, title, folder_id, system_prompt, model;
  std::string settings = "{}";
  std::string active_leaf;
  bool is_pinned = false;
  int64_t created = 0, updated = 0;
};

struct MessageUsage {
  int64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
};

struct StoredMessage {
  std::string id, conversation_id, parent_id;
  std::string role;            ///< "user" or "assistant"
  std::string parts = "[]";    ///< JSON list of parts
  std::string state = "done";  ///< running, done, stopped, failed
  std::string stop_reason, error, model, model_hash;
  std::string settings = "{}";
  std::optional<int64_t> seed;
  int64_t dropped_turns = 0;
  std::optional<MessageUsage> usage;
  std::optional<int64_t> milliseconds, first_token_milliseconds;
  std::string edited_from;
  std::vector<int32_t> token_ids;
  std::vector<float> log_probabilities;
  int64_t created = 0;
  // From the events, latest first:
  int64_t thumb = 0;  ///< 1, -1, or 0 for none
  std::string reasons = "[]", note;
  bool is_flagged = false;
};

/// What a running answer has said since: more of the last part, or another one.
struct DraftPiece {
  std::string type;  ///< "text" or "reasoning"
  std::string text;
};

struct Folder {
  std::string id, name;
  int64_t position = 0, count = 0;
};

/// A judgement. `choice`: "0", "1", "tie", "both_bad".
struct FeedbackEvent {
  int64_t id = 0;
  std::string kind;  ///< thumb, choice, ranking, flag, edit, regenerate
  int64_t created = 0;
  std::string conversation_id;
  std::vector<std::string> message_ids;  ///< in the order in which they were shown
  std::optional<int64_t> value;
  std::string choice;
  std::vector<std::string> ranking;  ///< best first
  std::string reasons = "[]";
  std::string note;
  std::string title;                  ///< when read: of the conversation, where it is still there
  std::vector<std::string> excerpts;  ///< when read: of the messages; empty where they were erased
};

struct SearchHit {
  std::string conversation_id, title, message_id, role;
  int64_t created = 0;
  std::string snippet;  ///< matches between \x01 and \x02
};

struct FeedbackCounts {
  int64_t events = 0, thumbs_up = 0, thumbs_down = 0, first = 0, second = 0, tie = 0, both_bad = 0, rankings = 0,
          edits = 0, regenerates = 0, flags = 0;
  struct OfModel {
    std::string model;
    int64_t thumbs_up = 0, thumbs_down = 0, wins = 0, losses = 0, ties = 0;
  };
  std::vector<OfModel> by_model;
  std::vector<std::pair<std::string, int64_t>> reasons, by_day;
};

struct ImportCounts {
  int64_t conversations = 0, messages = 0, events = 0, skipped = 0;
};

/// What feedback is exported as, a JSON line each: TRL's "preference", "unpaired" and "sft" (with tools); and what our
/// own stages read: "pairs", "rankings", "thumbs", "edits", "conversations".
std::vector<std::string_view> export_formats();

/// One database file. What a function has returned from is on the disk. Errors of all: kIo, kCorruptData; kNotFound for
/// ids that are not there. Threads: safe.
class Store {
 public:
  explicit Store(const std::filesystem::path& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::vector<Conversation> conversations(std::optional<std::string> folder, int64_t before, int64_t limit);
  Conversation conversation(const std::string& id);
  void add_conversation(const Conversation& conversation);
  void update_conversation(const Conversation& conversation);
  /// Deletes the conversation with everything that was written in it; its events stay, without text.
  void delete_conversation(const std::string& id);
  void delete_everything();

  std::vector<StoredMessage> messages(const std::string& conversation_id);
  StoredMessage message(const std::string& id);
  /// From the root to this message. A database that leads around, or elsewhere, is followed no further than that.
  std::vector<StoredMessage> path_to(const std::string& id);
  void add_message(const StoredMessage& message);
  void update_message(const StoredMessage& message);
  /// What a running answer says so far, in the place of all that was stored of it. It outlives the program at once, the
  /// machine only with the next other write; it is searched when the answer is over.
  void save_draft(const std::string& id, std::string_view parts);
  /// The same for what it has said since, behind that: only this is written.
  void append_draft(const std::string& id, std::span<const DraftPiece> pieces);
  /// With everything below it, and the conversation's title where it is made of what is erased (title_of_parts).
  void delete_message(const std::string& id);
  /// Messages that were being written when the program died become failed, and are searched; returns how many.
  int64_t close_running(std::string_view error);

  std::vector<Folder> folders();
  void add_folder(const Folder& folder);
  void update_folder(const Folder& folder);
  void delete_folder(const std::string& id);

  /// Returns the number of the event. Errors: kNotFound; kInvalidArgument for what is no answer, for answers of several
  /// conversations, and for reasons that are not known (feedback_reasons.h).
  int64_t add_event(const FeedbackEvent& event);
  std::vector<FeedbackEvent> events(int64_t before, int64_t limit);
  FeedbackCounts counts();
  std::vector<SearchHit> search(const std::string& query, int64_t limit);

  /// Calls `line` with each line, without its end. `tools_json`: the tools that answers may have called, for "sft";
  /// empty: no word of tools. Errors: kInvalidArgument for an unknown format.
  void export_feedback(std::string_view format, const std::function<void(std::string_view line)>& line,
                       std::string_view tools_json = "");
  /// One JSON document with one conversation, or with everything.
  std::string export_conversation(const std::string& id);
  std::string export_everything();
  /// Takes in such a document; what is there already is left alone, but for events whose note was erased: they get it
  /// back, and count as taken in. Of messages that are gone only the judgement is taken, and none of questions.
  /// Errors: kInvalidArgument with the place of what is wrong; nothing was written then.
  ImportCounts import(std::string_view json);

  /// Answers of /v1/responses, as their own JSON.
  void put_response(const std::string& id, const std::string& previous_id, std::string_view json);
  std::optional<std::string> response(const std::string& id);
  bool delete_response(const std::string& id);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// The words of a message's parts, for searching, excerpts and titles. `with_all`: attachments and calls too.
std::string text_of_parts(std::string_view parts_json, bool with_all = false);

/// What a conversation that begins with these parts is called: the beginning of their words, in one line.
std::string title_of_parts(std::string_view parts_json);

int64_t now_ms();

/// The one path of a store that links and other paths lead to, whether or not it is there yet.
std::filesystem::path real_store_file(std::filesystem::path path);

}  // namespace vitrine::store
