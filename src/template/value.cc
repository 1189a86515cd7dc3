#include "template/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "template/compare.h"
#include "template/limits.h"

namespace vitrine::templates {
namespace {

constexpr size_t kSmallDict = 8;

int checked_depth(int deepest_item) {
  if (deepest_item >= kMaxValueDepth)
    fail(fmt::format("lists and dicts are nested too deep (limit {})", kMaxValueDepth));
  return deepest_item + 1;
}

uint64_t saturated_sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

/// Sorts places by key and drops entries whose key stood before, after moving their value there.
void index_entries(Dict& dict) {
  std::vector<uint32_t> order(dict.entries.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](uint32_t place) -> const Value& { return dict.entries[place].first; };
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) { return compare_keys(key(a), key(b)) < 0; });
  std::vector<bool> dropped(dict.entries.size());
  size_t first = 0;
  for (size_t i = 1; i < order.size(); ++i) {
    if (compare_keys(key(order[first]), key(order[i])) != 0) {
      first = i;
      continue;
    }
    dict.entries[order[first]].second = std::move(dict.entries[order[i]].second);
    dropped[order[i]] = true;
  }
  if (std::ranges::find(dropped, true) != dropped.end()) {
    std::vector<std::pair<Value, Value>> kept;
    for (size_t i = 0; i < dict.entries.size(); ++i) {
      if (!dropped[i]) kept.push_back(std::move(dict.entries[i]));
    }
    dict.entries = std::move(kept);
    order.resize(dict.entries.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::sort(order, [&](uint32_t a, uint32_t b) { return compare_keys(key(a), key(b)) < 0; });
  }
  if (order.size() > kSmallDict) dict.order = std::move(order);
}

}  // namespace

Value Value::undefined(std::string what) {
  Value value;
  value.data_ = UndefinedName{std::make_shared<const std::string>(std::move(what))};
  return value;
}

Value Value::none() {
  Value value;
  value.data_ = std::monostate();
  return value;
}

Value Value::boolean(bool boolean) {
  Value value;
  value.data_ = boolean;
  return value;
}

Value Value::integer(int64_t integer, Origin origin) {
  Value value;
  value.data_ = integer;
  value.origin_ = origin;
  return value;
}

Value Value::big_integer(std::string digits, Origin origin) {
  int64_t small = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), small);
  if (problem == std::errc() && end == digits.data() + digits.size()) return integer(small, origin);
  Value value;
  value.data_ = std::make_shared<const BigDigits>(BigDigits{std::move(digits)});
  value.origin_ = origin;
  return value;
}

Value Value::real(double real, Origin origin) {
  Value value;
  value.data_ = real;
  value.origin_ = origin;
  return value;
}

Value Value::string(Text text) {
  Value value;
  value.data_ = std::make_shared<const Text>(std::move(text));
  return value;
}

Value Value::string(std::string bytes, Origin origin) { return string(Text(std::move(bytes), origin)); }

Value Value::list(std::vector<Value> items, ListForm form, std::string shown) {
  int deepest = 0;
  uint64_t weight = 1;
  for (const Value& item : items) {
    deepest = std::max(deepest, item.depth());
    weight = saturated_sum(weight, item.weight());
  }
  Value value;
  value.data_ =
      std::make_shared<const List>(List{std::move(items), form, std::move(shown), checked_depth(deepest), weight});
  return value;
}

Value Value::dict(std::vector<std::pair<Value, Value>> entries) {
  Dict dict;
  int deepest = 0;
  for (const auto& [key, value] : entries) {
    require_hashable(key);
    deepest = std::max({deepest, key.depth(), value.depth()});
    dict.weight = saturated_sum(dict.weight, saturated_sum(key.weight(), value.weight()));
  }
  dict.depth = checked_depth(deepest);
  dict.entries = std::move(entries);
  index_entries(dict);
  Value value;
  value.data_ = std::make_shared<const Dict>(std::move(dict));
  return value;
}

Value Value::callable(Callable callable) {
  callable.depth = checked_depth(callable.depth - 1);
  Value value;
  value.data_ = std::make_shared<const Callable>(std::move(callable));
  return value;
}

Value Value::namespace_at(Namespace* target) {
  Value value;
  value.data_ = target;
  return value;
}

Value Value::loop(std::shared_ptr<LoopState> state) {
  int deepest = 0;
  for (const Value& item : state->items) deepest = std::max(deepest, item.depth());
  state->depth = checked_depth(deepest);
  Value value;
  value.data_ = std::move(state);
  return value;
}

bool Value::is_list(ListForm form) const { return is(Kind::kList) && list().form == form; }

bool Value::is_number() const {
  return is(Kind::kBoolean) || is(Kind::kInteger) || is(Kind::kBigInteger) || is(Kind::kReal);
}

const std::string& Value::undefined_name() const {
  static const std::string nameless = "the value is undefined";
  const auto& what = std::get<UndefinedName>(data_).what;
  return what ? *what : nameless;
}

int Value::depth() const {
  switch (kind()) {
    case Kind::kList:
      return list().depth;
    case Kind::kDict:
      return dict().depth;
    case Kind::kCallable:
      return shared_callable()->depth;
    case Kind::kLoop:
      return loop_state().depth;
    default:
      return 0;
  }
}

uint64_t Value::weight() const {
  if (is(Kind::kString)) return 1 + text().size() / kBytesPerUnit;
  if (is(Kind::kList)) return list().weight;
  return is(Kind::kDict) ? dict().weight : 1;
}

bool Value::same_as(const Value& other) const {
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::kList:
      return shared_list() == other.shared_list();
    case Kind::kDict:
      return &dict() == &other.dict();
    case Kind::kNamespace:
      return &name_space() == &other.name_space();
    case Kind::kCallable:
      return shared_callable() == other.shared_callable();
    case Kind::kLoop:
      return &loop_state() == &other.loop_state();
    default:
      return equal(*this, other);
  }
}

const Value* Dict::find(const Value& key) const {
  require_hashable(key);
  if (order.empty()) {
    const auto found = std::ranges::find_if(entries, [&](const auto& e) { return compare_keys(e.first, key) == 0; });
    return found == entries.end() ? nullptr : &found->second;
  }
  const auto place = std::ranges::partition_point(
      order, [&](uint32_t candidate) { return compare_keys(entries[candidate].first, key) < 0; });
  if (place == order.end() || compare_keys(entries[*place].first, key) != 0) return nullptr;
  return &entries[*place].second;
}

const Value* Dict::find(std::string_view key) const {
  if (!order.empty()) return find(Value::string(std::string(key), Origin::kTemplate));
  for (const auto& [name, value] : entries) {
    if (name.is(Kind::kString) && name.bytes() == key) return &value;
  }
  return nullptr;
}

const Value* Namespace::find(std::string_view name) const {
  const auto found = std::ranges::find_if(attributes, [&](const auto& a) { return a.first == name; });
  return found == attributes.end() ? nullptr : &found->second;
}

void Namespace::set(std::string_view name, Value value) {
  const auto found = std::ranges::find_if(attributes, [&](const auto& a) { return a.first == name; });
  if (found != attributes.end()) {
    found->second = std::move(value);
  } else {
    attributes.emplace_back(name, std::move(value));
  }
}

std::string type_name(const Value& value) {
  constexpr std::string_view kForms[] = {"list",      "tuple",       "range",     "generator",
                                         "dict_keys", "dict_values", "dict_items"};
  switch (value.kind()) {
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBoolean:
      return "bool";
    case Kind::kInteger:
    case Kind::kBigInteger:
      return "int";
    case Kind::kReal:
      return "float";
    case Kind::kString:
      return "str";
    case Kind::kList:
      return std::string(kForms[static_cast<int>(value.list().form)]);
    case Kind::kDict:
      return "dict";
    case Kind::kNamespace:
      return "Namespace";
    case Kind::kCallable:
      return "function";
    case Kind::kLoop:
      return "LoopContext";
  }
  return "object";
}

bool is_true(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBoolean:
      return value.as_boolean();
    case Kind::kInteger:
      return value.as_integer() != 0;
    case Kind::kReal:
      return value.as_real() != 0;
    case Kind::kString:
      return !value.text().empty();
    case Kind::kList:
      return value.is_generator() || !value.list().items.empty();
    case Kind::kDict:
      return !value.dict().entries.empty();
    case Kind::kLoop:
      return value.loop_state().length != 0;
    default:
      return true;
  }
}

}  // namespace vitrine::templates
