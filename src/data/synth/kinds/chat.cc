#include "data/synth/kinds/chat.h"

#include "data/synth/calculator.h"

namespace vitrine::data {

ChatWriter& ChatWriter::user(std::string_view rule, std::initializer_list<const Entity*> args) {
  composer_.say(rule, args);
  return end_turn(Role::kUser);
}

ChatWriter& ChatWriter::assistant(std::string_view rule, std::initializer_list<const Entity*> args) {
  composer_.say(rule, args);
  return end_turn(Role::kAssistant);
}

ChatWriter& ChatWriter::end_turn(Role role) {
  document_.messages.push_back(text_message(role, composer_.take()));
  return *this;
}

ChatWriter& ChatWriter::calculate(std::string_view expression) {
  std::string arguments = "{\"expression\": ";
  append_json_string(arguments, expression);
  arguments += '}';
  document_.messages.push_back(tool_call_message("calculator", std::move(arguments)));
  document_.messages.push_back(text_message(Role::kTool, calculator_result(expression)));
  return *this;
}

}  // namespace vitrine::data
