// What the parts of a Store share. Inside of store only.
#pragma once

#include <mutex>
#include <string>

#include "store/database.h"
#include "store/store.h"

namespace vitrine::store {

struct Store::State {
  explicit State(const std::filesystem::path& path) : database(path) { migrate(database); }

  int64_t add_text(std::string_view body);
  void add_to_search(std::string_view body, std::string_view message_id, std::string_view conversation_id);
  /// Erases what the given messages say, and takes them out of the search; not yet out of the log.
  void erase_messages(const std::string& condition, const std::string& value);
  /// Takes a title away that was made of one of the given messages, before they are erased.
  void erase_title_made_of(const std::string& conversation_id, const std::string& condition, const std::string& value);
  /// The parts of a running answer with what was appended to them.
  std::string with_draft(const std::string& id, const std::string& parts);
  /// Erases what was appended to the given messages.
  void erase_drafts(const std::string& condition, const std::string& value);
  /// Puts parts in the place of all that is stored of a message.
  void set_parts(const std::string& id, std::string_view parts);
  bool is_running(const std::string& id);
  /// Makes sure that what was deleted is in no file any more.
  void forget_deleted();
  Conversation read_conversation(Statement& row);
  StoredMessage read_message(Statement& row);
  void add_message(const StoredMessage& message);
  void add_conversation(const Conversation& conversation);
  void insert_event(const FeedbackEvent& event, std::string_view models_json);
  std::vector<StoredMessage> messages(const std::string& conversation_id);
  std::vector<StoredMessage> path_to(const std::string& id);
  std::string text(std::optional<int64_t> id);

  std::mutex mutex;
  Database database;
};

/// The columns that read_message() takes, in its order.
extern const char* const kMessageColumns;
extern const char* const kConversationColumns;

}  // namespace vitrine::store
