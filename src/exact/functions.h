// The functions that an expression may call.
#pragma once

#include <span>
#include <string_view>

#include "exact/value.h"

namespace vitrine::exact {

/// One function: its name, how many arguments it takes, and what it computes.
struct Function {
  std::string_view name;
  size_t min_arguments;
  size_t max_arguments;
  Value (*call)(std::span<const Value> arguments);
};

/// Returns all functions, sorted by name.
std::span<const Function> functions();
/// Returns the function, or nullptr.
const Function* find_function(std::string_view name);

/// Returns n! for a whole number n >= 0.
/// Errors: kInvalidArgument for anything else and for results past kMaxNumberBits.
Value factorial(const Value& n);

}  // namespace vitrine::exact
