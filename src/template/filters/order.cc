// Filters that order, compare and group.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "template/compare.h"
#include "template/filters/catalog.h"
#include "template/interpreter.h"
#include "template/operators.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

/// A value with what it is ordered by.
struct Keyed {
  Value key;
  Value value;
};

Value without_case(Interpreter& interpreter, Value key, bool case_sensitive) {
  if (case_sensitive || !key.is(Kind::kString)) return key;
  return Value::string(with_case(key.text(), LetterCase::kLower, interpreter.budget()));
}

/// The key of an item: the item itself, what a path leads to, or for `a,b` a list of such keys.
Value key_of(Interpreter& interpreter, const Value& item, const Value* attribute, bool case_sensitive,
             bool may_be_several) {
  if (attribute == nullptr) return without_case(interpreter, item, case_sensitive);
  const bool is_several =
      may_be_several && attribute->is(Kind::kString) && attribute->bytes().find(',') != std::string::npos;
  if (!is_several) return without_case(interpreter, interpreter.path(item, *attribute), case_sensitive);
  std::vector<Value> keys;
  for (Text& part : split_at(attribute->text(), ",", -1, false, interpreter.budget()))
    keys.push_back(without_case(interpreter, interpreter.path(item, Value::string(std::move(part))), case_sensitive));
  return Value::list(std::move(keys));
}

std::vector<Keyed> keyed_items(Interpreter& interpreter, const Value& input, const Value* attribute,
                               bool case_sensitive, bool may_be_several = false) {
  std::vector<Keyed> result;
  for (Value& item : items_of(input, interpreter.budget())) {
    Value key = key_of(interpreter, item, attribute, case_sensitive, may_be_several);
    interpreter.budget().charge(4);
    result.push_back({std::move(key), std::move(item)});
  }
  return result;
}

/// Sorts stably; equal items keep their order when reversed, too.
void sort_keyed(Interpreter& interpreter, std::vector<Keyed>& items, bool reverse) {
  if (reverse) std::ranges::reverse(items);
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    return compares(Operator::kLess, a.key, b.key, interpreter.budget());
  });
  if (reverse) std::ranges::reverse(items);
}

Value values_of(std::vector<Keyed>& items, ListForm form = ListForm::kList) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (Keyed& item : items) values.push_back(std::move(item.value));
  return Value::list(std::move(values), form);
}

Value sort(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  std::vector<Keyed> items =
      keyed_items(interpreter, input, arguments.get_unless_none(2), arguments.flag_or(1, false), true);
  sort_keyed(interpreter, items, arguments.flag_or(0, false));
  return values_of(items);
}

Value dictsort(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  if (!input.is(Kind::kDict)) fail(fmt::format("dictsort: a dict is needed (got '{}')", type_name(input)));
  const std::string by = arguments.get(1) != nullptr ? arguments.text(1).bytes() : "key";
  if (by != "key" && by != "value") fail("dictsort: 'by' is key or value");
  std::vector<Keyed> items;
  interpreter.budget().charge_items(4 * input.dict().entries.size());
  for (const auto& [key, value] : input.dict().entries) {
    items.push_back({without_case(interpreter, by == "key" ? key : value, arguments.flag_or(0, false)),
                     Value::list({key, value}, ListForm::kTuple)});
  }
  sort_keyed(interpreter, items, arguments.flag_or(2, false));
  return values_of(items);
}

Value unique(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const auto before = [&](const Value& a, const Value& b) {
    interpreter.budget().charge(std::min(a.weight(), b.weight()));
    return compare_keys(a, b) < 0;
  };
  std::set<Value, decltype(before)> seen(before);
  std::vector<Value> kept;
  for (Keyed& item : keyed_items(interpreter, input, arguments.get_unless_none(1), arguments.flag_or(0, false))) {
    interpreter.budget().charge(item.key.weight());
    require_hashable(item.key);
    if (seen.insert(std::move(item.key)).second) kept.push_back(std::move(item.value));
  }
  return Value::list(std::move(kept), ListForm::kGenerator);
}

template <Operator kBetter>
Value best(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  std::vector<Keyed> items = keyed_items(interpreter, input, arguments.get_unless_none(1), arguments.flag_or(0, false));
  if (items.empty()) return Value::undefined("the sequence is empty");
  const Keyed* chosen = &items.front();
  for (const Keyed& item : items) {
    if (&item != &items.front() && compares(kBetter, item.key, chosen->key, interpreter.budget())) chosen = &item;
  }
  return chosen->value;
}

/// Pairs of a key and the items that have it, sorted by key; the key shows itself as the group's first item has it.
Value groupby(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Value& attribute = arguments.at(0);
  const Value* otherwise = arguments.get_unless_none(1);
  const bool case_sensitive = arguments.flag_or(2, false);
  const auto plain_key = [&](const Value& item) {
    const Value key = interpreter.path(item, attribute);
    return key.is(Kind::kUndefined) && otherwise != nullptr ? *otherwise : key;
  };
  std::vector<Keyed> items;
  for (Value& item : items_of(input, interpreter.budget())) {
    Value key = without_case(interpreter, plain_key(item), case_sensitive);
    items.push_back({std::move(key), std::move(item)});
  }
  sort_keyed(interpreter, items, false);
  std::vector<Value> groups;
  for (size_t begin = 0; begin < items.size();) {
    size_t end = begin;
    std::vector<Value> members;
    while (end < items.size() && compares(Operator::kEqual, items[begin].key, items[end].key, interpreter.budget()))
      members.push_back(items[end++].value);
    if (end == begin) members.push_back(items[end++].value);
    const Value key = plain_key(members.front());
    groups.push_back(Value::list({key, Value::list(std::move(members))}, ListForm::kTuple));
    begin = end;
  }
  return Value::list(std::move(groups));
}

constexpr NativeFunction kOrderFilters[] = {
    {"dictsort", {"case_sensitive", "by", "reverse"}, 0, dictsort},
    {"groupby", {"attribute", "default", "case_sensitive"}, 1, groupby},
    {"max", {"case_sensitive", "attribute"}, 0, best<Operator::kGreater>},
    {"min", {"case_sensitive", "attribute"}, 0, best<Operator::kLess>},
    {"sort", {"reverse", "case_sensitive", "attribute"}, 0, sort},
    {"unique", {"case_sensitive", "attribute"}, 0, unique},
};

}  // namespace

std::span<const NativeFunction> order_filters() { return kOrderFilters; }

}  // namespace vitrine::templates
