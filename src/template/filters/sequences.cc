// Filters that take sequences apart and put them together.
#include <fmt/format.h>

#include <algorithm>

#include "template/filters/catalog.h"
#include "template/format_value.h"
#include "template/interpreter.h"
#include "template/operators.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

Value length(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  const std::optional<int64_t> count = length_of(input, interpreter.budget());
  if (!count) fail(fmt::format("a value of type '{}' has no length", type_name(input)));
  return Value::integer(*count);
}

Value first(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  if (input.is(Kind::kList)) {
    const List& list = input.list();
    if (list.taken < list.items.size()) {
      const Value item = list.items[list.taken];
      list.taken += list.form == ListForm::kGenerator;
      return item;
    }
  } else if (input.is(Kind::kString)) {
    if (!input.text().empty()) return Value::string(sliced(input.text(), 0, 1, 1, interpreter.budget()));
  } else {
    const std::vector<Value> items = items_of(input, interpreter.budget());
    if (!items.empty()) return items.front();
  }
  return Value::undefined("there is no first item, the sequence is empty");
}

Value last(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  if (input.is_generator()) fail("last: a generator has no last item; make it a list first");
  if (input.is(Kind::kString)) {
    if (!input.text().empty()) return Value::string(sliced(input.text(), -1, std::nullopt, 1, interpreter.budget()));
  } else if (input.is(Kind::kList)) {
    if (!input.list().items.empty()) return input.list().items.back();
  } else {
    if (input.is(Kind::kUndefined)) fail(input.undefined_name());
    const std::vector<Value> items = items_of(input, interpreter.budget());
    if (!items.empty()) return items.back();
  }
  return Value::undefined("there is no last item, the sequence is empty");
}

Value to_list(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  return Value::list(items_of(input, interpreter.budget()));
}

Value reverse(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  if (input.is(Kind::kString))
    return Value::string(sliced(input.text(), std::nullopt, std::nullopt, -1, interpreter.budget()));
  std::vector<Value> items = items_of(input, interpreter.budget());
  std::ranges::reverse(items);
  const bool was_iterator = input.is_generator() || input.is(Kind::kUndefined);
  return Value::list(std::move(items), was_iterator ? ListForm::kList : ListForm::kGenerator);
}

Value join(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  Budget& budget = interpreter.budget();
  const Text separator = arguments.get(0) != nullptr ? to_text(arguments.at(0), budget) : Text();
  const Value* attribute = arguments.get_unless_none(1);
  Text result;
  bool is_first = true;
  for (const Value& item : items_of(input, budget)) {
    if (!is_first) result.append(separator);
    is_first = false;
    result.append(to_text(attribute != nullptr ? interpreter.path(item, *attribute) : item, budget));
    budget.charge_bytes(separator.size());
    budget.check_length(result.size());
  }
  budget.charge_string(result.size());
  return Value::string(std::move(result));
}

Value batch(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const int64_t count = require_integer(arguments.at(0), "the size of a batch");
  const Value* filler = arguments.get_unless_none(1);
  std::vector<Value> batches, current;
  const auto flush = [&] { batches.push_back(Value::list(std::exchange(current, {}))); };
  for (Value& item : items_of(input, interpreter.budget())) {
    if (static_cast<int64_t>(current.size()) == count) flush();
    current.push_back(std::move(item));
  }
  if (!current.empty()) {
    const int64_t missing = count - static_cast<int64_t>(current.size());
    if (filler != nullptr && missing > 0) {
      if (static_cast<uint64_t>(missing) > interpreter.budget().work_left()) interpreter.budget().charge(UINT64_MAX);
      interpreter.budget().charge_items(static_cast<size_t>(missing));
      current.resize(static_cast<size_t>(count), *filler);
    }
    flush();
  }
  return Value::list(std::move(batches), ListForm::kGenerator);
}

/// Cuts into a given number of columns of almost equal length.
Value slice(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const int64_t columns = require_integer(arguments.at(0), "the number of slices");
  if (columns <= 0) fail("slice: the number of slices needs to be positive");
  const Value* filler = arguments.get_unless_none(1);
  const std::vector<Value> items = items_of(input, interpreter.budget());
  if (static_cast<uint64_t>(columns) > interpreter.budget().work_left()) interpreter.budget().charge(UINT64_MAX);
  interpreter.budget().charge_items(4 * static_cast<size_t>(columns));
  const auto size = static_cast<int64_t>(items.size());
  const int64_t per_column = size / columns, longer = size % columns;
  std::vector<Value> result;
  int64_t at = 0;
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t end = at + per_column + (i < longer);
    std::vector<Value> column(items.begin() + at, items.begin() + end);
    if (filler != nullptr && i >= longer) column.push_back(*filler);
    result.push_back(Value::list(std::move(column)));
    at = end;
  }
  return Value::list(std::move(result), ListForm::kGenerator);
}

Value items(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  std::vector<Value> pairs;
  if (!input.is(Kind::kUndefined)) {
    if (!input.is(Kind::kDict)) fail(fmt::format("items: a dict is needed (got '{}')", type_name(input)));
    interpreter.budget().charge_items(4 * input.dict().entries.size());
    for (const auto& [key, value] : input.dict().entries) pairs.push_back(Value::list({key, value}, ListForm::kTuple));
  }
  return Value::list(std::move(pairs), ListForm::kGenerator);
}

Value sum(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Value* attribute = arguments.get_unless_none(0);
  Value total = arguments.get(1) != nullptr ? arguments.at(1) : Value::integer(0);
  if (total.is(Kind::kString)) fail("sum: text is put together with join");
  for (const Value& item : items_of(input, interpreter.budget())) {
    const Value part = attribute != nullptr ? interpreter.path(item, *attribute) : item;
    total = arithmetic(Operator::kAdd, total, part, interpreter.budget());
  }
  return total;
}

constexpr NativeFunction kSequenceFilters[] = {
    {"batch", {"linecount", "fill_with"}, 1, batch},
    {"count", {}, 0, length},
    {"first", {}, 0, first},
    {"items", {}, 0, items},
    {"join", {"d", "attribute"}, 0, join},
    {"last", {}, 0, last},
    {"length", {}, 0, length},
    {"list", {}, 0, to_list},
    {"reverse", {}, 0, reverse},
    {"slice", {"slices", "fill_with"}, 1, slice},
    {"sum", {"attribute", "start"}, 0, sum},
};

}  // namespace

std::span<const NativeFunction> sequence_filters() { return kSequenceFilters; }

}  // namespace vitrine::templates
