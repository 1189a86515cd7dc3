// Functions written in C++ that templates call: filters, tests, methods and globals, and how their arguments arrive.
#pragma once

#include <array>
#include <string_view>

#include "template/value.h"

namespace vitrine::templates {

inline constexpr int kMaxParameters = 6;
using ParameterNames = std::array<std::string_view, kMaxParameters>;

/// Arguments put in the order of the parameters. Borrows from the call.
class BoundArguments {
 public:
  /// Errors: kInvalidArgument for too many or too few arguments, an unknown name, or a name given twice.
  BoundArguments(std::string_view function, const ParameterNames& parameters, int required, const Arguments& arguments);
  /// Leaves the arguments as they are, for functions that take any.
  explicit BoundArguments(const Arguments& arguments) : raw_(&arguments) {}

  /// Returns an argument, or nullptr where it was not given.
  const Value* get(int index) const { return values_[static_cast<size_t>(index)]; }
  const Value& at(int index) const { return *get(index); }
  /// As get, but an argument of `none` counts as not given.
  const Value* get_unless_none(int index) const;

  /// Errors of all these: kInvalidArgument where the argument is of another type.
  int64_t integer_or(int index, int64_t otherwise) const;
  bool flag_or(int index, bool otherwise) const;
  const Text& text(int index) const;

  const Arguments& raw() const { return *raw_; }

 private:
  std::array<const Value*, kMaxParameters> values_{};
  const Arguments* raw_;
};

/// A filter, method or global function. `self` is the filter's input or the method's object.
struct NativeFunction {
  std::string_view name;
  ParameterNames parameters;
  int required;
  Value (*call)(Interpreter& interpreter, const Value& self, const BoundArguments& arguments);
  bool variadic = false;  ///< takes any arguments, unbound
};

/// A test as in `value is name(arguments)`.
struct NativeTest {
  std::string_view name;
  int required;  ///< 0 or 1
  bool (*holds)(Interpreter& interpreter, const Value& value, const BoundArguments& arguments);
};

Value call_native(Interpreter& interpreter, const NativeFunction& native, const Value& self,
                  const Arguments& arguments);
bool call_native_test(Interpreter& interpreter, const NativeTest& test, const Value& value, const Arguments& arguments);

/// Returns an integer or boolean as a number; anything else is an Error that names `what`.
int64_t require_integer(const Value& value, std::string_view what);
/// Returns the text of a string; anything else is an Error that names `what`.
const Text& require_text(const Value& value, std::string_view what);

}  // namespace vitrine::templates
