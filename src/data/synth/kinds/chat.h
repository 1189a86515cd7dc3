// Writes the turns of a chat out of rules.
#pragma once

#include <initializer_list>
#include <string_view>

#include "data/conversation.h"
#include "data/synth/composer.h"

namespace vitrine::data {

class ChatWriter {
 public:
  explicit ChatWriter(Composer& composer) : composer_(composer) {}

  ChatWriter& user(std::string_view rule, std::initializer_list<const Entity*> args = {});
  ChatWriter& assistant(std::string_view rule, std::initializer_list<const Entity*> args = {});
  /// Ends a turn with what the composer holds.
  ChatWriter& end_turn(Role role);
  /// Adds a call of the calculator and its result.
  ChatWriter& calculate(std::string_view expression);
  Document finish() { return std::move(document_); }

 private:
  Composer& composer_;
  Document document_;
};

}  // namespace vitrine::data
