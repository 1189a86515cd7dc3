#include <fmt/format.h>

#include <algorithm>

#include "template/interpreter_guards.h"

namespace vitrine::templates {

/// A macro sees the variables around its definition, as they are when it is called. That scope has to be open still:
/// one that a namespace carried out of its loop can no longer be called.
Value Interpreter::macro_value(const MacroDefinition& definition) {
  const size_t place = live_scopes_.size() - 1;
  const uint64_t id = scope_->id;
  return Value::callable(
      {.name = definition.name, .call = [&definition, place, id](Interpreter& interpreter, const Arguments& arguments) {
         const auto& scopes = interpreter.live_scopes_;
         if (place >= scopes.size() || scopes[place]->id != id)
           fail(fmt::format("macro '{}' is called after the block that defines it has ended", definition.name));
         return interpreter.call_macro(definition, *scopes[place], arguments);
       }});
}

Value Interpreter::call_macro(const MacroDefinition& definition, Scope& defined_in, const Arguments& arguments) {
  const DepthGuard guard(*this);
  budget_.charge(4);
  ScopeGuard scope(*this, &defined_in);
  bind_macro(definition, arguments);
  Capture capture(*this);
  execute(definition.body);
  return capture.take();
}

void Interpreter::bind_macro(const MacroDefinition& definition, const Arguments& arguments) {
  const auto& parameters = definition.parameters;
  std::vector<std::pair<std::string, Value>> unused = arguments.keyword;
  std::vector<size_t> missing;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& [id, name] = parameters[i];
    const auto named = std::ranges::find_if(unused, [&](const auto& argument) { return argument.first == name; });
    if (i < arguments.positional.size()) {
      set_variable(id, arguments.positional[i]);
    } else if (named != unused.end()) {
      set_variable(id, named->second);
      unused.erase(named);
    } else {
      set_variable(id, Value::undefined(fmt::format("parameter '{}' was not provided", name)));
      missing.push_back(i);
    }
  }
  // A default sees the other parameters, and its own as undefined.
  const size_t first_default = parameters.size() - definition.defaults.size();
  for (const size_t i : missing) {
    if (i >= first_default) set_variable(parameters[i].first, evaluate(*definition.defaults[i - first_default]));
  }
  bind_special(definition, arguments, std::move(unused));
}

void Interpreter::bind_special(const MacroDefinition& definition, const Arguments& arguments,
                               std::vector<std::pair<std::string, Value>> unused) {
  const size_t count = definition.parameters.size();
  const bool is_parameter =
      std::ranges::any_of(definition.parameters, [](const auto& parameter) { return parameter.second == "caller"; });
  if (definition.takes_caller && !is_parameter) {
    const auto caller = std::ranges::find_if(unused, [](const auto& argument) { return argument.first == "caller"; });
    set_variable(caller_name_, caller == unused.end() ? Value::undefined("there is no caller") : caller->second);
    if (caller != unused.end()) unused.erase(caller);
  }
  if (definition.takes_kwargs) {
    std::vector<std::pair<Value, Value>> entries;
    budget_.charge_items(unused.size());
    for (auto& [name, value] : unused) entries.emplace_back(Value::string(name, Origin::kTemplate), std::move(value));
    set_variable(kwargs_name_, Value::dict(std::move(entries)));
  } else if (!unused.empty()) {
    fail(fmt::format("macro '{}' takes no argument '{}'", definition.name, unused.front().first));
  }
  if (definition.takes_varargs) {
    std::vector<Value> rest;
    for (size_t i = count; i < arguments.positional.size(); ++i) rest.push_back(arguments.positional[i]);
    set_variable(varargs_name_, Value::list(std::move(rest), ListForm::kTuple));
  } else if (arguments.positional.size() > count) {
    fail(fmt::format("macro '{}' takes no more than {} arguments (got {})", definition.name, count,
                     arguments.positional.size()));
  }
}

}  // namespace vitrine::templates
