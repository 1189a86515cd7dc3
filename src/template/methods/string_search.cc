// Methods of strings that look for something: find, count, startswith, split, ...
#include <fmt/format.h>

#include <algorithm>

#include "template/code_points.h"
#include "template/interpreter.h"
#include "template/methods/catalog.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

/// The part of the text that `start` and `end`, the arguments from `first` on, leave.
std::optional<ByteRange> searched_range(Interpreter& interpreter, const Value& self, const BoundArguments& arguments,
                                        int first) {
  const auto bound = [&](int index) -> std::optional<int64_t> {
    const Value* value = arguments.get_unless_none(index);
    return value == nullptr ? std::nullopt : std::optional(require_integer(*value, "a bound"));
  };
  return symbol_range(self.text(), bound(first), bound(first + 1), interpreter.budget());
}

template <bool kFromRight>
int64_t find_place(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const std::optional<ByteRange> range = searched_range(interpreter, self, arguments, 1);
  if (!range) return -1;
  const std::string_view part = std::string_view(self.bytes()).substr(0, range->end).substr(range->begin);
  const std::string& wanted = arguments.text(0).bytes();
  const size_t found = kFromRight ? part.rfind(wanted) : part.find(wanted);
  if (found == std::string_view::npos) return -1;
  return static_cast<int64_t>(count_code_points(std::string_view(self.bytes()).substr(0, range->begin + found)));
}

template <bool kFromRight>
Value find(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  return Value::integer(find_place<kFromRight>(interpreter, self, arguments));
}

template <bool kFromRight>
Value index(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const int64_t place = find_place<kFromRight>(interpreter, self, arguments);
  if (place < 0) fail("index: the text is not there");
  return Value::integer(place);
}

Value count(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const std::optional<ByteRange> range = searched_range(interpreter, self, arguments, 1);
  const std::string& wanted = arguments.text(0).bytes();
  if (!range) return Value::integer(0);
  const std::string_view part = std::string_view(self.bytes()).substr(0, range->end).substr(range->begin);
  if (wanted.empty()) return Value::integer(static_cast<int64_t>(count_code_points(part)) + 1);
  int64_t number = 0;
  for (size_t at = part.find(wanted); at != std::string_view::npos; at = part.find(wanted, at + wanted.size()))
    ++number;
  return Value::integer(number);
}

template <bool kAtEnd>
Value starts_or_ends(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const std::optional<ByteRange> range = searched_range(interpreter, self, arguments, 1);
  const auto matches = [&](const Value& wanted) {
    const std::string& bytes = require_text(wanted, "what a text starts or ends with").bytes();
    if (!range) return false;
    const std::string_view part = std::string_view(self.bytes()).substr(0, range->end).substr(range->begin);
    return kAtEnd ? part.ends_with(bytes) : part.starts_with(bytes);
  };
  const Value& wanted = arguments.at(0);
  if (!wanted.is_list(ListForm::kTuple)) return Value::boolean(matches(wanted));
  interpreter.budget().charge(wanted.weight());
  return Value::boolean(std::ranges::any_of(wanted.list().items, matches));
}

Value list_of(std::vector<Text> parts) {
  std::vector<Value> values;
  values.reserve(parts.size());
  for (Text& part : parts) values.push_back(Value::string(std::move(part)));
  return Value::list(std::move(values));
}

template <bool kFromRight>
Value split(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const int64_t max_splits = arguments.integer_or(1, -1);
  Budget& budget = interpreter.budget();
  if (arguments.get_unless_none(0) == nullptr)
    return list_of(split_at_space(self.text(), max_splits, kFromRight, budget));
  return list_of(split_at(self.text(), arguments.text(0).bytes(), max_splits, kFromRight, budget));
}

Value splitlines(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  return list_of(split_lines(self.text(), arguments.flag_or(0, false), interpreter.budget()));
}

template <bool kFromRight>
Value partition(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const Text& text = self.text();
  const std::string& separator = arguments.text(0).bytes();
  if (separator.empty()) fail("partition: the separator is empty");
  interpreter.budget().charge_bytes(2 * text.size());
  const size_t found = kFromRight ? text.bytes().rfind(separator) : text.bytes().find(separator);
  const Value empty = Value::string("", Origin::kTemplate);
  if (found == std::string::npos)
    return Value::list(kFromRight ? std::vector{empty, empty, self} : std::vector{self, empty, empty},
                       ListForm::kTuple);
  const size_t after = found + separator.size();
  return Value::list({Value::string(text.part(0, found)), Value::string(text.part(found, after)),
                      Value::string(text.part(after, text.size()))},
                     ListForm::kTuple);
}

constexpr NativeFunction kStringSearchMethods[] = {
    {"count", {"sub", "start", "end"}, 1, count},
    {"endswith", {"suffix", "start", "end"}, 1, starts_or_ends<true>},
    {"find", {"sub", "start", "end"}, 1, find<false>},
    {"index", {"sub", "start", "end"}, 1, index<false>},
    {"partition", {"sep"}, 1, partition<false>},
    {"rfind", {"sub", "start", "end"}, 1, find<true>},
    {"rindex", {"sub", "start", "end"}, 1, index<true>},
    {"rpartition", {"sep"}, 1, partition<true>},
    {"rsplit", {"sep", "maxsplit"}, 0, split<true>},
    {"split", {"sep", "maxsplit"}, 0, split<false>},
    {"splitlines", {"keepends"}, 0, splitlines},
    {"startswith", {"prefix", "start", "end"}, 1, starts_or_ends<false>},
};

}  // namespace

std::span<const NativeFunction> string_search_methods() { return kStringSearchMethods; }

}  // namespace vitrine::templates
