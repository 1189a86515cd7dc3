// What comes in with an import, read and checked as a whole before any of it is written. Inside of store only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace vitrine::store {

struct ImportDocument {
  struct Tree {
    Conversation conversation;
    std::vector<StoredMessage> messages;
  };
  struct Judgement {
    FeedbackEvent event;
    std::vector<std::string> models;
  };
  std::vector<Folder> folders;
  std::vector<Tree> conversations;
  std::vector<Judgement> events;
};

/// Messages of a conversation are one or more whole trees of questions and answers in turn; ids are such as routes can
/// address, and each stands once. Errors: kInvalidArgument with the place of the fault.
ImportDocument read_import(std::string_view json);

/// Errors: kInvalidArgument "import: PLACE WHAT".
[[noreturn]] void fail_import(std::string_view place, std::string_view what);

}  // namespace vitrine::store
