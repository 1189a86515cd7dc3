#include <fmt/format.h>

#include "template/format_value.h"
#include "template/interpreter_guards.h"
#include "template/operators.h"

namespace vitrine::templates {

Interpreter::Flow Interpreter::execute(const Statements& statements) {
  const DepthGuard guard(*this);
  for (const StatementPtr& statement : statements) {
    const Flow flow = execute(*statement);
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const Statement& statement) {
  budget_.charge(1);
  line_ = statement.line;
  switch (statement.kind) {
    case StatementKind::kData: {
      const std::string& text = static_cast<const DataStatement&>(statement).text;
      budget_.charge_string(text.size());
      budget_.check_length(out_->size() + text.size());
      out_->append(text, Origin::kTemplate);
      return Flow::kNormal;
    }
    case StatementKind::kOutput:
      write(evaluate(*static_cast<const OutputStatement&>(statement).value));
      return Flow::kNormal;
    case StatementKind::kIf:
      return execute_if(static_cast<const IfStatement&>(statement));
    case StatementKind::kFor:
      return execute_for(static_cast<const ForStatement&>(statement));
    case StatementKind::kSet: {
      const auto& node = static_cast<const SetStatement&>(statement);
      assign(node.target, evaluate(*node.value));
      return Flow::kNormal;
    }
    case StatementKind::kSetBlock:
      return execute_set_block(static_cast<const SetBlockStatement&>(statement));
    case StatementKind::kWith:
      return execute_with(static_cast<const WithStatement&>(statement));
    case StatementKind::kMacro:
      execute_macro(static_cast<const MacroStatement&>(statement));
      return Flow::kNormal;
    case StatementKind::kCallBlock:
      execute_call_block(static_cast<const CallBlockStatement&>(statement));
      return Flow::kNormal;
    case StatementKind::kFilterBlock:
      return execute_filter_block(static_cast<const FilterBlockStatement&>(statement));
    case StatementKind::kGeneration:
      return execute_generation(static_cast<const GenerationStatement&>(statement));
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNormal;
}

void Interpreter::write(const Text& text) {
  budget_.charge_string(text.size());
  budget_.check_length(out_->size() + text.size());
  out_->append(text);
}

void Interpreter::write(const Value& value) {
  if (value.is(Kind::kString)) return write(value.text());
  write(to_text(value, budget_));
}

Interpreter::Flow Interpreter::execute_if(const IfStatement& statement) {
  for (const auto& [test, body] : statement.branches) {
    if (is_true(evaluate(*test))) return execute(body);
  }
  return execute(statement.otherwise);
}

std::vector<Value> Interpreter::loop_items(const ForStatement& statement) {
  std::vector<Value> items = items_of(evaluate(*statement.iterable), budget_);
  if (!statement.condition) return items;
  std::vector<Value> chosen;
  for (Value& item : items) {
    ScopeGuard guard(*this, scope_);
    assign(statement.target, item);
    if (is_true(evaluate(*statement.condition))) chosen.push_back(std::move(item));
  }
  return chosen;
}

Interpreter::Flow Interpreter::execute_for(const ForStatement& statement) {
  auto state = std::make_shared<LoopState>();
  state->items = loop_items(statement);
  state->length = state->items.size();
  // Whoever still holds `loop` afterwards must not keep what it pointed to.
  struct Release {
    LoopState& state;
    ~Release() {
      state.items.clear();
      state.last_changed.clear();
    }
  } release{*state};
  if (run_loop(statement, state)) return Flow::kNormal;
  ScopeGuard guard(*this, scope_);
  return execute(statement.otherwise);
}

/// Tells whether any iteration got to the end of the body: as in Jinja, `else` is for when none does.
bool Interpreter::run_loop(const ForStatement& statement, const std::shared_ptr<LoopState>& state) {
  const Value loop = Value::loop(state);
  bool completed = false;
  for (size_t i = 0; i < state->items.size(); ++i) {
    budget_.charge(1);
    state->index = i;
    ScopeGuard guard(*this, scope_);
    if (loop_name_ >= 0) guard.scope().variables.emplace_back(loop_name_, loop);
    assign(statement.target, state->items[i]);
    const Flow flow = execute(statement.body);
    if (flow == Flow::kBreak) break;
    completed = completed || flow == Flow::kNormal;
  }
  return completed;
}

void Interpreter::assign(const Target& target, Value value) {
  if (target.is_tuple) {
    line_ = target.line;
    std::vector<Value> items = items_of(value, budget_);
    if (items.size() != target.unpacked.size())
      fail(fmt::format("cannot unpack into that many names (got {} values, expected {})", items.size(),
                       target.unpacked.size()));
    for (size_t i = 0; i < items.size(); ++i) assign(target.unpacked[i], std::move(items[i]));
    return;
  }
  if (target.attribute.empty()) return set_variable(target.name, std::move(value));
  const std::string& name = parsed_.names[static_cast<size_t>(target.name)];
  const Value object = look_up(target.name, name);
  if (!object.is(Kind::kNamespace))
    fail(fmt::format("only a namespace's attributes can be set ('{}' is of type '{}')", name, type_name(object)));
  budget_.charge(1 + object.name_space().attributes.size() / 4);
  if (target.attribute.starts_with('_')) fail("attributes of a namespace cannot begin with an underscore");
  object.name_space().set(target.attribute, std::move(value));
}

Interpreter::Flow Interpreter::execute_set_block(const SetBlockStatement& statement) {
  Value text;
  {
    ScopeGuard scope(*this, scope_);
    Capture capture(*this);
    const Flow flow = execute(statement.body);
    if (flow != Flow::kNormal) return flow;
    text = capture.take();
    if (statement.filter) text = evaluate_filter(static_cast<const Filter&>(*statement.filter), &text);
  }
  assign(statement.target, std::move(text));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute_with(const WithStatement& statement) {
  std::vector<Value> values;
  for (const auto& [target, expression] : statement.assignments) values.push_back(evaluate(*expression));
  ScopeGuard guard(*this, scope_);
  for (size_t i = 0; i < values.size(); ++i) assign(statement.assignments[i].first, std::move(values[i]));
  return execute(statement.body);
}

Interpreter::Flow Interpreter::execute_filter_block(const FilterBlockStatement& statement) {
  ScopeGuard scope(*this, scope_);
  Value text;
  {
    Capture capture(*this);
    const Flow flow = execute(statement.body);
    if (flow != Flow::kNormal) return flow;
    text = capture.take();
  }
  write(evaluate_filter(static_cast<const Filter&>(*statement.filter), &text));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute_generation(const GenerationStatement& statement) {
  ScopeGuard scope(*this, scope_);
  const size_t begin = out_->size();
  execute(statement.body);
  if (out_ == &result_) generations_.push_back({begin, out_->size(), Origin::kTemplate});
  return Flow::kNormal;
}

void Interpreter::execute_macro(const MacroStatement& statement) {
  set_variable(statement.name, macro_value(statement.definition));
}

void Interpreter::execute_call_block(const CallBlockStatement& statement) {
  const Value caller = macro_value(statement.caller);
  write(evaluate_call(static_cast<const Call&>(*statement.call), &caller));
}

}  // namespace vitrine::templates
