#include "template/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "template/format_value.h"
#include "template/interpreter.h"
#include "template/operators.h"

namespace vitrine::templates {
namespace {

constexpr int64_t kMaxRange = 100'000;  // Jinja's own limit in a sandbox
constexpr size_t kMaxTimeBytes = 1000;

Value range(Interpreter& interpreter, const Value&, const BoundArguments& arguments) {
  const bool has_stop = arguments.get(1) != nullptr;
  const int64_t first = require_integer(arguments.at(0), "a bound of range");
  const int64_t start = has_stop ? first : 0;
  const int64_t stop = has_stop ? require_integer(arguments.at(1), "a bound of range") : first;
  const int64_t step = arguments.get(2) != nullptr ? require_integer(arguments.at(2), "the step of range") : 1;
  if (step == 0) fail("range: the step cannot be 0");
  const auto distance = static_cast<__int128>(stop) - start;
  const __int128 count =
      (step > 0) == (distance > 0) && distance != 0 ? (distance - (step > 0 ? 1 : -1)) / step + 1 : 0;
  if (count > kMaxRange) fail(fmt::format("range: it has too many numbers (limit {})", kMaxRange));
  interpreter.budget().charge_items(static_cast<size_t>(count));
  std::vector<Value> numbers;
  for (int64_t i = 0; i < static_cast<int64_t>(count); ++i) numbers.push_back(Value::integer(start + i * step));
  std::string shown =
      step == 1 ? fmt::format("range({}, {})", start, stop) : fmt::format("range({}, {}, {})", start, stop, step);
  return Value::list(std::move(numbers), ListForm::kRange, std::move(shown));
}

/// The entries that dict(...) and namespace(...) are given: of a dict or of pairs, then by name.
std::vector<std::pair<Value, Value>> entries_of(Interpreter& interpreter, const Arguments& arguments) {
  std::vector<std::pair<Value, Value>> entries;
  if (arguments.positional.size() > 1) fail("at most one positional argument is taken");
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional.front();
    if (source.is(Kind::kDict)) {
      interpreter.budget().charge_items(4 * source.dict().entries.size());
      entries = source.dict().entries;
    } else {
      for (const Value& item : items_of(source, interpreter.budget())) {
        std::vector<Value> pair = items_of(item, interpreter.budget());
        if (pair.size() != 2) fail("a dict is made of pairs");
        entries.emplace_back(std::move(pair[0]), std::move(pair[1]));
      }
    }
  }
  for (const auto& [name, value] : arguments.keyword)
    entries.emplace_back(Value::string(name, Origin::kTemplate), value);
  for (const auto& [key, value] : entries) interpreter.budget().charge(4 + 2 * key.weight());
  return entries;
}

Value make_dict(Interpreter& interpreter, const Value&, const BoundArguments& arguments) {
  return Value::dict(entries_of(interpreter, arguments.raw()));
}

Value make_namespace(Interpreter& interpreter, const Value&, const BoundArguments& arguments) {
  std::vector<std::pair<std::string, Value>> attributes;
  for (auto& [key, value] : entries_of(interpreter, arguments.raw())) {
    const std::string& name = require_text(key, "an attribute of a namespace").bytes();
    if (name.starts_with('_')) fail("attributes of a namespace cannot begin with an underscore");
    interpreter.budget().charge(attributes.size() / 4);
    attributes.emplace_back(name, std::move(value));
  }
  return interpreter.make_namespace(std::move(attributes));
}

Value raise_exception(Interpreter& interpreter, const Value&, const BoundArguments& arguments) {
  fail(fmt::format("the template refuses this: {}", to_text(arguments.at(0), interpreter.budget()).bytes()),
       "the conversation does not have the form that this model's chat template wants");
}

Value strftime_now(Interpreter& interpreter, const Value&, const BoundArguments& arguments) {
  const Text& format = arguments.text(0);
  if (!interpreter.options().now) fail("strftime_now: no time was given to this rendering", "set RenderOptions::now");
  if (format.size() > kMaxTimeBytes) fail("strftime_now: the format is too long");
  char buffer[kMaxTimeBytes + 1];
  // Something stands before it, so that an empty result is told from one that does not fit.
  const std::string guarded = "x" + format.bytes();
  const size_t length = std::strftime(buffer, sizeof buffer, guarded.c_str(), &*interpreter.options().now);
  if (length == 0) fail("strftime_now: the result is too long");
  return Value::string(std::string(buffer + 1, length - 1), format.origin());
}

constexpr NativeFunction kFunctions[] = {
    {"dict", {}, 0, make_dict, true},
    {"namespace", {}, 0, make_namespace, true},
    {"raise_exception", {"message"}, 1, raise_exception},
    {"range", {"start", "stop", "step"}, 1, range},
    {"strftime_now", {"format"}, 1, strftime_now},
};

}  // namespace

const NativeFunction* find_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &NativeFunction::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

}  // namespace vitrine::templates
