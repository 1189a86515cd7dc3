// The values of a template: Python's, as far as chat templates can tell.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "template/text.h"

namespace vitrine::templates {

class Interpreter;
class Value;
struct Callable;
struct Dict;
struct List;
struct LoopState;
struct Namespace;

enum class Kind : uint8_t {
  kUndefined,
  kNone,
  kBoolean,
  kInteger,     ///< 64 bits; arithmetic that leaves them is refused
  kBigInteger,  ///< from JSON or a literal: can be shown and compared for equality, not computed with
  kReal,
  kString,
  kList,  ///< every sequence: ListForm says which
  kDict,
  kNamespace,
  kCallable,
  kLoop,
};

/// The sequences that Python tells apart.
enum class ListForm : uint8_t { kList, kTuple, kRange, kGenerator, kKeysView, kValuesView, kItemsView };

/// A value. Copies share what they point to; strings, lists and dicts never change. Threads: safe to share what the
/// caller makes.
class Value {
 public:
  /// Makes an undefined value without a name.
  Value() = default;

  /// Makes an undefined value; `what` says what is undefined, for the error that using it gives.
  static Value undefined(std::string what);
  static Value none();
  static Value boolean(bool value);
  static Value integer(int64_t value, Origin origin = Origin::kTemplate);
  /// Makes an integer beyond 64 bits from its decimal digits, or an ordinary one where they fit.
  static Value big_integer(std::string digits, Origin origin);
  static Value real(double value, Origin origin = Origin::kTemplate);
  static Value string(Text text);
  static Value string(std::string bytes, Origin origin);
  /// Errors: kInvalidArgument when nested deeper than kMaxValueDepth (so for dict, too).
  static Value list(std::vector<Value> items, ListForm form = ListForm::kList, std::string shown = "");
  /// Makes a dict; of equal keys the last value counts, at the place of the first. Errors: also an unhashable key.
  static Value dict(std::vector<std::pair<Value, Value>> entries);
  static Value callable(Callable callable);
  static Value namespace_at(Namespace* target);
  static Value loop(std::shared_ptr<LoopState> state);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_list(ListForm form) const;
  bool is_number() const;
  bool is_generator() const { return is_list(ListForm::kGenerator); }

  const std::string& undefined_name() const;
  bool as_boolean() const { return std::get<bool>(data_); }
  int64_t as_integer() const { return std::get<int64_t>(data_); }
  const std::string& digits() const { return std::get<std::shared_ptr<const BigDigits>>(data_)->digits; }
  double as_real() const { return std::get<double>(data_); }
  const Text& text() const { return *std::get<std::shared_ptr<const Text>>(data_); }
  const std::string& bytes() const { return text().bytes(); }
  const List& list() const { return *std::get<std::shared_ptr<const List>>(data_); }
  const std::shared_ptr<const List>& shared_list() const { return std::get<std::shared_ptr<const List>>(data_); }
  const Dict& dict() const { return *std::get<std::shared_ptr<const Dict>>(data_); }
  const std::shared_ptr<const Callable>& shared_callable() const {
    return std::get<std::shared_ptr<const Callable>>(data_);
  }
  Namespace& name_space() const { return *std::get<Namespace*>(data_); }
  LoopState& loop_state() const { return *std::get<std::shared_ptr<LoopState>>(data_); }

  /// Who made a number; for a string see its text.
  Origin origin() const { return origin_; }
  /// How deep containers are nested: 0 for a scalar.
  int depth() const;
  /// Units of work that walking over the whole value takes; shared parts count each time, and it stops at UINT64_MAX.
  uint64_t weight() const;
  /// Tells whether both are the very same object, as Python's `is`.
  bool same_as(const Value& other) const;

 private:
  struct UndefinedName {
    std::shared_ptr<const std::string> what;
  };
  struct BigDigits {
    std::string digits;
  };

  // In the order of Kind.
  std::variant<UndefinedName, std::monostate, bool, int64_t, std::shared_ptr<const BigDigits>, double,
               std::shared_ptr<const Text>, std::shared_ptr<const List>, std::shared_ptr<const Dict>, Namespace*,
               std::shared_ptr<const Callable>, std::shared_ptr<LoopState>>
      data_;
  Origin origin_ = Origin::kTemplate;
};

/// The items of a sequence.
struct List {
  std::vector<Value> items;
  ListForm form = ListForm::kList;
  std::string shown;  ///< how a range shows itself
  int depth = 1;
  uint64_t weight = 1;
  mutable size_t taken = 0;  ///< items that a generator has given out
};

/// Entries in the order of insertion, found by key in logarithmic time.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;
  std::vector<uint32_t> order;  ///< places in `entries`, sorted by key; empty for small dicts
  int depth = 1;
  uint64_t weight = 1;

  /// Returns the value of a key, or nullptr. Errors: kInvalidArgument for an unhashable key.
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
};

/// What `namespace()` makes: the one thing that a template can change. Owned by the interpreter.
struct Namespace {
  std::vector<std::pair<std::string, Value>> attributes;

  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

/// The arguments of a call, as written.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keyword;
};

/// Something that can be called: a function, a macro, a method with its object.
struct Callable {
  std::string name;
  std::function<Value(Interpreter&, const Arguments&)> call;
  int depth = 1;
};

/// The variable `loop` of a for statement. What it holds is dropped when the statement ends.
struct LoopState {
  std::vector<Value> items;
  size_t index = 0;  ///< counted from 0
  size_t length = 0;
  int depth = 1;
  std::vector<Value> last_changed;
  bool has_changed = false;
};

/// Returns Python's name of the value's type, for messages.
std::string type_name(const Value& value);

/// Tells whether a value counts as true.
bool is_true(const Value& value);

}  // namespace vitrine::templates
