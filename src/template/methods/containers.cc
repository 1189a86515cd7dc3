// Methods of lists, dicts and `loop`. None changes its object.
#include <fmt/format.h>

#include <algorithm>

#include "template/interpreter.h"
#include "template/methods/catalog.h"
#include "template/operators.h"

namespace vitrine::templates {
namespace {

bool are_equal(Interpreter& interpreter, const Value& a, const Value& b) {
  return compares(Operator::kEqual, a, b, interpreter.budget());
}

Value list_count(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  return Value::integer(std::ranges::count_if(
      self.list().items, [&](const Value& item) { return are_equal(interpreter, item, arguments.at(0)); }));
}

Value list_index(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const std::vector<Value>& items = self.list().items;
  const auto size = static_cast<int64_t>(items.size());
  const auto clipped = [&](int64_t index) { return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size); };
  const int64_t end = clipped(arguments.integer_or(2, size));
  for (int64_t i = clipped(arguments.integer_or(1, 0)); i < end; ++i) {
    if (are_equal(interpreter, items[static_cast<size_t>(i)], arguments.at(0))) return Value::integer(i);
  }
  fail("index: the value is not in the list");
}

Value list_copy(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  return Value::list(items_of(self, interpreter.budget()));
}

enum class View { kKeys, kValues, kItems };

template <View kView>
Value dict_view(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  const auto& entries = self.dict().entries;
  std::vector<Value> items;
  interpreter.budget().charge_items((kView == View::kItems ? 4 : 1) * entries.size());
  items.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    if (kView == View::kItems) {
      items.push_back(Value::list({key, value}, ListForm::kTuple));
    } else {
      items.push_back(kView == View::kKeys ? key : value);
    }
  }
  constexpr ListForm kForm = kView == View::kKeys     ? ListForm::kKeysView
                             : kView == View::kValues ? ListForm::kValuesView
                                                      : ListForm::kItemsView;
  return Value::list(std::move(items), kForm);
}

Value dict_get(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  interpreter.budget().charge(arguments.at(0).weight());
  if (const Value* found = self.dict().find(arguments.at(0))) return *found;
  return arguments.get(1) != nullptr ? arguments.at(1) : Value::none();
}

Value dict_copy(Interpreter&, const Value& self, const BoundArguments&) { return self; }

Value loop_cycle(Interpreter&, const Value& self, const BoundArguments& arguments) {
  const std::vector<Value>& values = arguments.raw().positional;
  if (values.empty() || !arguments.raw().keyword.empty()) fail("loop.cycle: values to take in turn are missing");
  return values[self.loop_state().index % values.size()];
}

/// Tells whether the values differ from those of the call before.
Value loop_changed(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  LoopState& state = self.loop_state();
  const std::vector<Value>& values = arguments.raw().positional;
  const bool is_same = state.has_changed &&
                       std::ranges::equal(values, state.last_changed,
                                          [&](const Value& a, const Value& b) { return are_equal(interpreter, a, b); });
  if (is_same) return Value::boolean(false);
  state.has_changed = true;
  state.last_changed = values;
  return Value::boolean(true);
}

constexpr NativeFunction kListMethods[] = {
    {"copy", {}, 0, list_copy},
    {"count", {"value"}, 1, list_count},
    {"index", {"value", "start", "stop"}, 1, list_index},
};

constexpr NativeFunction kDictMethods[] = {
    {"copy", {}, 0, dict_copy},
    {"get", {"key", "default"}, 1, dict_get},
    {"items", {}, 0, dict_view<View::kItems>},
    {"keys", {}, 0, dict_view<View::kKeys>},
    {"values", {}, 0, dict_view<View::kValues>},
};

constexpr NativeFunction kLoopMethods[] = {
    {"changed", {}, 0, loop_changed, true},
    {"cycle", {}, 0, loop_cycle, true},
};

}  // namespace

std::span<const NativeFunction> list_methods() { return kListMethods; }
std::span<const NativeFunction> dict_methods() { return kDictMethods; }
std::span<const NativeFunction> loop_methods() { return kLoopMethods; }

}  // namespace vitrine::templates
