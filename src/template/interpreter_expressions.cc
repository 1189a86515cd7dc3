#include <fmt/format.h>

#include "template/filters/catalog.h"
#include "template/format_value.h"
#include "template/interpreter_guards.h"
#include "template/is_tests/catalog.h"
#include "template/methods/catalog.h"
#include "template/operators.h"

namespace vitrine::templates {

Value Interpreter::evaluate(const Expression& expression) {
  const DepthGuard guard(*this);
  budget_.charge(1);
  line_ = expression.line;
  switch (expression.kind) {
    case ExpressionKind::kLiteral:
      return static_cast<const Literal&>(expression).value;
    case ExpressionKind::kName:
      return look_up(static_cast<const Name&>(expression).id, static_cast<const Name&>(expression).name);
    case ExpressionKind::kAttribute: {
      const auto& node = static_cast<const Attribute&>(expression);
      return attribute(evaluate(*node.object), node.name);
    }
    case ExpressionKind::kItem: {
      const auto& node = static_cast<const Item&>(expression);
      const Value object = evaluate(*node.object);
      return item(object, evaluate(*node.index));
    }
    case ExpressionKind::kSlice:
      return evaluate_slice(static_cast<const Slice&>(expression));
    case ExpressionKind::kDict:
      return evaluate_dict(static_cast<const DictLiteral&>(expression));
    case ExpressionKind::kUnary: {
      const auto& node = static_cast<const Unary&>(expression);
      return with_sign(evaluate(*node.operand), node.negative);
    }
    case ExpressionKind::kBinary: {
      const auto& node = static_cast<const Binary&>(expression);
      const Value left = evaluate(*node.left);
      return arithmetic(node.operation, left, evaluate(*node.right), budget_);
    }
    case ExpressionKind::kCompare:
      return evaluate_compare(static_cast<const Compare&>(expression));
    case ExpressionKind::kConditional:
      return evaluate_conditional(static_cast<const Conditional&>(expression));
    case ExpressionKind::kFilter:
      return evaluate_filter(static_cast<const Filter&>(expression), nullptr);
    case ExpressionKind::kTest:
      return evaluate_test(static_cast<const Test&>(expression));
    case ExpressionKind::kCall:
      return evaluate_call(static_cast<const Call&>(expression));
    default:
      return evaluate_compound(static_cast<const Compound&>(expression));
  }
}

Value Interpreter::look_up(NameId name_id, std::string_view name) {
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->parent) {
    budget_.charge(scope->variables.size() / 16);
    for (const auto& [id, value] : scope->variables) {
      if (id == name_id) return value;
    }
  }
  const auto place = static_cast<size_t>(name_id);
  return is_set_[place] ? root_[place] : Value::undefined(fmt::format("'{}' is undefined", name));
}

void Interpreter::set_variable(NameId name, Value value) {
  if (scope_ == &root_scope_) {
    root_[static_cast<size_t>(name)] = std::move(value);
    is_set_[static_cast<size_t>(name)] = true;
    return;
  }
  budget_.charge(scope_->variables.size() / 16);
  for (auto& [id, old] : scope_->variables) {
    if (id != name) continue;
    old = std::move(value);
    return;
  }
  scope_->variables.emplace_back(name, std::move(value));
}

Value Interpreter::evaluate_compound(const Compound& compound) {
  switch (compound.kind) {
    case ExpressionKind::kNot:
      return Value::boolean(!is_true(evaluate(*compound.parts.front())));
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
      return evaluate_logic(compound);
    case ExpressionKind::kConcat:
      return evaluate_concat(compound);
    default:
      break;
  }
  std::vector<Value> items;
  items.reserve(compound.parts.size());
  for (const ExpressionPtr& part : compound.parts) items.push_back(evaluate(*part));
  return Value::list(std::move(items), compound.kind == ExpressionKind::kTuple ? ListForm::kTuple : ListForm::kList);
}

Value Interpreter::evaluate_logic(const Compound& compound) {
  const bool stops_at = compound.kind == ExpressionKind::kOr;
  Value value;
  for (const ExpressionPtr& part : compound.parts) {
    value = evaluate(*part);
    if (is_true(value) == stops_at) break;
  }
  return value;
}

Value Interpreter::evaluate_concat(const Compound& compound) {
  Text text;
  for (const ExpressionPtr& part : compound.parts) {
    text.append(to_text(evaluate(*part), budget_));
    budget_.charge_string(text.size());
  }
  return Value::string(std::move(text));
}

Value Interpreter::evaluate_dict(const DictLiteral& literal) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [key, value] : literal.entries) {
    Value name = evaluate(*key);
    budget_.charge(4 + 2 * name.weight());
    entries.emplace_back(std::move(name), evaluate(*value));
  }
  return Value::dict(std::move(entries));
}

Value Interpreter::evaluate_compare(const Compare& compare) {
  Value left = evaluate(*compare.first);
  for (const auto& [operation, expression] : compare.rest) {
    Value right = evaluate(*expression);
    if (!compares(operation, left, right, budget_)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Interpreter::evaluate_conditional(const Conditional& conditional) {
  if (is_true(evaluate(*conditional.test))) return evaluate(*conditional.yes);
  if (conditional.no) return evaluate(*conditional.no);
  return Value::undefined("the condition of an 'if' without 'else' is false");
}

Value Interpreter::evaluate_slice(const Slice& slice) {
  const Value object = evaluate(*slice.object);
  const auto part = [&](const ExpressionPtr& expression) { return expression ? evaluate(*expression) : Value::none(); };
  const Value start = part(slice.start), stop = part(slice.stop), step = part(slice.step);
  line_ = slice.line;
  return slice_of(object, &start, &stop, &step, budget_);
}

Value Interpreter::evaluate_filter(const Filter& filter, const Value* block_text) {
  const DepthGuard guard(*this);
  Value input;
  if (!filter.input) {
    input = *block_text;
  } else if (block_text != nullptr && filter.input->kind == ExpressionKind::kFilter) {
    input = evaluate_filter(static_cast<const Filter&>(*filter.input), block_text);
  } else {
    input = evaluate(*filter.input);
  }
  const Arguments arguments = evaluate_arguments(filter.arguments);
  line_ = filter.line;
  if (filter.native == nullptr) fail(fmt::format("there is no filter '{}'", filter.name));
  return call_native(*this, *filter.native, input, arguments);
}

Value Interpreter::evaluate_test(const Test& test) {
  const Value input = evaluate(*test.input);
  const Arguments arguments = evaluate_arguments(test.arguments);
  line_ = test.line;
  if (test.native == nullptr) fail(fmt::format("there is no test '{}'", test.name));
  return Value::boolean(call_native_test(*this, *test.native, input, arguments));
}

Arguments Interpreter::evaluate_arguments(const CallArguments& written) {
  Arguments arguments;
  for (const ExpressionPtr& expression : written.positional) arguments.positional.push_back(evaluate(*expression));
  if (written.spread_list) {
    for (Value& value : items_of(evaluate(*written.spread_list), budget_))
      arguments.positional.push_back(std::move(value));
  }
  for (const auto& [name, expression] : written.keyword) arguments.keyword.emplace_back(name, evaluate(*expression));
  if (written.spread_dict) {
    const Value dict = evaluate(*written.spread_dict);
    if (!dict.is(Kind::kDict)) fail(fmt::format("after '**' stands a dict (got '{}')", type_name(dict)));
    budget_.charge_items(dict.dict().entries.size());
    for (const auto& [key, value] : dict.dict().entries)
      arguments.keyword.emplace_back(require_text(key, "a name of an argument").bytes(), value);
  }
  return arguments;
}

Value Interpreter::evaluate_call(const Call& call, const Value* caller) {
  const auto arguments_of_call = [&] {
    Arguments arguments = evaluate_arguments(call.arguments);
    if (caller != nullptr) arguments.keyword.emplace_back("caller", *caller);
    line_ = call.line;
    return arguments;
  };
  if (call.callee->kind == ExpressionKind::kAttribute) {
    // A method is called without being made into a value first.
    const auto& node = static_cast<const Attribute&>(*call.callee);
    const Value object = evaluate(*node.object);
    if (const NativeFunction* method = find_method(object, node.name))
      return call_native(*this, *method, object, arguments_of_call());
    const Value callee = attribute(object, node.name);
    return this->call(callee, arguments_of_call());
  }
  const Value callee = evaluate(*call.callee);
  return this->call(callee, arguments_of_call());
}

}  // namespace vitrine::templates
