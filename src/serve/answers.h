// Answers of the page's conversations: written into the store, followed by any number of streams, resumed at will.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "serve/chat_spec.h"
#include "serve/http/responder.h"
#include "serve/metrics.h"
#include "serve/model_hub.h"
#include "serve/task_thread.h"
#include "store/store.h"

namespace vitrine::serve {

/// Answers of which one is written at a time.
struct AnswerLine;
/// `key_slot`: held as long as the line has answers; may be null.
std::shared_ptr<AnswerLine> make_answer_line(std::shared_ptr<void> key_slot);

/// An answer that is asked for.
struct AnswerRequest {
  store::StoredMessage message;  ///< as it is to be stored: id, conversation, parent, model, settings, seed
  ChatSpec spec;                 ///< with the conversation's messages
  std::shared_ptr<ServedModel> model;
  std::shared_ptr<Place> place;
  std::shared_ptr<AnswerLine> line;  ///< null: of its own
  bool runs_tools = false;
};

/// Threads: safe.
class Answers {
 public:
  Answers(ModelHub& hub, store::Store& store, Metrics& metrics);
  ~Answers();

  /// Cuts the conversation to what fits, stores the message and begins to write. Returns the message.
  /// Errors: ApiError 400 where the last turn alone does not fit.
  store::StoredMessage begin(AnswerRequest request);
  /// Streams the events behind number `after`, to the end. An answer of another run of the program gives one event.
  /// Errors: kNotFound of the store.
  void follow(const std::string& message_id, int64_t after, const std::shared_ptr<Responder>& responder);
  /// Ends an answer; it keeps what was written.
  void stop(const std::string& message_id);
  /// The same for all of a conversation.
  void stop_conversation(const std::string& conversation_id);
  /// Ends all of them, and waits until they are stored.
  void stop_all();

  class Run;

 private:
  std::shared_ptr<Run> find(const std::string& message_id);

  ModelHub& hub_;
  store::Store& store_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<Run>>> runs_;  // the newest last
  TaskThread tasks_;
};

/// The page's form of a message.
std::string message_json(const store::StoredMessage& message);

/// A stored path as messages for a model. Parts that cannot be read are left out.
std::vector<data::Message> chat_messages(const std::string& system_prompt,
                                         const std::vector<store::StoredMessage>& path);

}  // namespace vitrine::serve
