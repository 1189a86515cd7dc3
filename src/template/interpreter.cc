#include "template/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/error.h"
#include "template/code_points.h"
#include "template/filters/catalog.h"
#include "template/functions.h"
#include "template/is_tests/catalog.h"
#include "template/methods/catalog.h"
#include "template/operators.h"

namespace vitrine::templates {
namespace {

/// Makes a function or method into a value; `self` is the method's object.
Value native_value(const NativeFunction& native, Value self) {
  const int depth = self.depth() + 1;
  return Value::callable({.name = std::string(native.name),
                          .call =
                              [&native, self = std::move(self)](Interpreter& interpreter, const Arguments& arguments) {
                                return call_native(interpreter, native, self, arguments);
                              },
                          .depth = depth});
}

Value loop_attribute(const LoopState& loop, std::string_view name) {
  const auto index = static_cast<int64_t>(loop.index), length = static_cast<int64_t>(loop.length);
  if (name == "index") return Value::integer(index + 1);
  if (name == "index0") return Value::integer(index);
  if (name == "revindex") return Value::integer(length - index);
  if (name == "revindex0") return Value::integer(length - index - 1);
  if (name == "first") return Value::boolean(index == 0);
  if (name == "last") return Value::boolean(index + 1 == length);
  if (name == "length") return Value::integer(length);
  if (name == "depth") return Value::integer(1);
  if (name == "depth0") return Value::integer(0);
  const size_t items = loop.items.size();
  if (name == "previtem")
    return loop.index > 0 && loop.index <= items ? loop.items[loop.index - 1]
                                                 : Value::undefined("there is no previous item");
  if (name == "nextitem")
    return loop.index + 1 < items ? loop.items[loop.index + 1] : Value::undefined("there is no next item");
  return Value::undefined(fmt::format("'loop' has no attribute '{}'", name));
}

std::vector<Segment> segments_of(const Text& text) {
  std::vector<Segment> segments;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.run_end(at);
    segments.push_back({at, end, text.origin_of(at, end)});
    at = end;
  }
  return segments;
}

}  // namespace

Interpreter::Interpreter(const ParsedTemplate& parsed, const Value& variables, const RenderOptions& options)
    : parsed_(parsed),
      options_(options),
      budget_(options.limits),
      root_(parsed.names.size()),
      is_set_(parsed.names.size()) {
  if (!variables.is(Kind::kDict)) fail("render template: the variables need to be a dict");
  live_scopes_.push_back(&root_scope_);
  for (size_t i = 0; i < parsed.names.size(); ++i) {
    const Value* given = variables.dict().find(parsed.names[i]);
    const NativeFunction* function = given == nullptr ? find_function(parsed.names[i]) : nullptr;
    is_set_[i] = given != nullptr || function != nullptr;
    if (given != nullptr) root_[i] = *given;
    if (function != nullptr) root_[i] = native_value(*function, Value::none());
  }
  loop_name_ = find_name("loop");
  caller_name_ = find_name("caller");
  varargs_name_ = find_name("varargs");
  kwargs_name_ = find_name("kwargs");
}

NameId Interpreter::find_name(std::string_view name) const {
  const auto found = std::ranges::find(parsed_.names, name);
  return found == parsed_.names.end() ? -1 : static_cast<NameId>(found - parsed_.names.begin());
}

Rendered Interpreter::run() {
  try {
    execute(parsed_.statements);
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("template line {}", line_));
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kOutOfMemory, fmt::format("template line {}: there is not enough memory", line_));
  }
  Rendered rendered{.segments = segments_of(result_), .generations = std::move(generations_)};
  rendered.text = result_.bytes();
  rendered.work = budget_.limits().max_work - budget_.work_left();
  return rendered;
}

Value Interpreter::attribute(const Value& object, std::string_view name) {
  if (object.is(Kind::kUndefined)) fail(object.undefined_name());
  if (const NativeFunction* method = find_method(object, name)) return native_value(*method, object);
  if (is_mutator(object, name))
    return Value::undefined(fmt::format("'{}' would change a '{}', which templates may not", name, type_name(object)));
  const Value* found = object.is(Kind::kDict)        ? object.dict().find(name)
                       : object.is(Kind::kNamespace) ? object.name_space().find(name)
                                                     : nullptr;
  if (found != nullptr) return *found;
  if (object.is(Kind::kLoop)) return loop_attribute(object.loop_state(), name);
  return Value::undefined(fmt::format("a value of type '{}' has no attribute '{}'", type_name(object), name));
}

Value Interpreter::item(const Value& object, const Value& index) {
  if (object.is(Kind::kUndefined)) fail(object.undefined_name());
  budget_.charge(index.weight());
  const bool is_whole = index.is(Kind::kInteger) || index.is(Kind::kBoolean);
  if (object.is(Kind::kDict)) {
    const bool hashable = !index.is(Kind::kDict) && (!index.is(Kind::kList) || index.is_list(ListForm::kTuple));
    if (const Value* found = hashable ? object.dict().find(index) : nullptr) return *found;
  } else if (object.is(Kind::kList) && object.list().form <= ListForm::kRange && is_whole) {
    const std::vector<Value>& items = object.list().items;
    int64_t place = require_integer(index, "an index");
    if (place < 0) place += static_cast<int64_t>(items.size());
    if (place >= 0 && place < static_cast<int64_t>(items.size())) return items[static_cast<size_t>(place)];
  } else if (object.is(Kind::kString) && is_whole) {
    const int64_t place = require_integer(index, "an index");
    const std::optional<int64_t> end = place == -1 ? std::nullopt : std::optional(place + 1);
    const Value symbol = Value::integer(place), after = end ? Value::integer(*end) : Value::none();
    const Value found = slice_of(object, &symbol, &after, nullptr, budget_);
    const auto length = static_cast<int64_t>(count_code_points(object.bytes()));
    if (place < length && place >= -length) return found;
  }
  if (index.is(Kind::kString)) {
    if (object.is(Kind::kDict)) {
      // The dict has no such key; a method of that name is found all the same, as in Python.
      if (const NativeFunction* method = find_method(object, index.bytes())) return native_value(*method, object);
    } else {
      return attribute(object, index.bytes());
    }
  }
  return Value::undefined(fmt::format("a value of type '{}' has no such item", type_name(object)));
}

Value Interpreter::path(const Value& object, const Value& path) {
  if (!path.is(Kind::kString)) return item(object, path);
  Value value = object;
  std::string_view rest = path.bytes();
  while (true) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    const bool is_number =
        !part.empty() && part.size() < 18 && part.find_first_not_of("0123456789") == std::string_view::npos;
    value = item(value, is_number ? Value::integer(std::stoll(std::string(part)))
                                  : Value::string(std::string(part), Origin::kTemplate));
    if (part.size() == rest.size()) return value;
    rest.remove_prefix(part.size() + 1);
  }
}

Value Interpreter::call(const Value& callable, const Arguments& arguments) {
  if (callable.is(Kind::kUndefined)) fail(callable.undefined_name());
  if (callable.is(Kind::kLoop)) fail("recursive loops are not supported");
  if (!callable.is(Kind::kCallable)) fail(fmt::format("a value of type '{}' cannot be called", type_name(callable)));
  const std::shared_ptr<const Callable> held = callable.shared_callable();
  return held->call(*this, arguments);
}

Value Interpreter::call_filter(std::string_view name, const Value& input, const Arguments& arguments) {
  const NativeFunction* filter = find_filter(name);
  if (filter == nullptr) fail(fmt::format("there is no filter '{}'", name));
  budget_.charge(1);
  return call_native(*this, *filter, input, arguments);
}

bool Interpreter::call_test(std::string_view name, const Value& value, const Arguments& arguments) {
  const NativeTest* test = find_test(name);
  if (test == nullptr) fail(fmt::format("there is no test '{}'", name));
  budget_.charge(1);
  return call_native_test(*this, *test, value, arguments);
}

Value Interpreter::make_namespace(std::vector<std::pair<std::string, Value>> attributes) {
  budget_.charge(16);
  namespaces_.push_back({});
  for (auto& [name, value] : attributes) namespaces_.back().set(name, std::move(value));
  return Value::namespace_at(&namespaces_.back());
}

}  // namespace vitrine::templates
