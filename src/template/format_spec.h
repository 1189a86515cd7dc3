// Python's two ways of formatting: `'%5.1f' % x` and `'{:>5}'.format(x)`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "template/limits.h"
#include "template/value.h"

namespace vitrine::templates {

/// How one value is to be laid out; both notations are read into this.
struct FormatSpec {
  std::string fill = " ";
  char align = 0;   ///< '<', '>', '^', '=' or 0 for the type's own
  char sign = '-';  ///< '-', '+' or ' '
  bool alternate = false;
  char grouping = 0;  ///< ',' or '_' or 0
  size_t width = 0;
  int precision = -1;
  char type = 0;
};

/// Lays a value out; what is added around it has the origin `padding`.
/// Errors: kInvalidArgument for a type letter that does not fit the value.
Text format_value(const Value& value, const FormatSpec& spec, Origin padding, Budget& budget);

/// Returns `format % arguments`. Errors: kInvalidArgument where Python has a TypeError or ValueError.
Text format_percent(const Text& format, const Value& arguments, Budget& budget);

/// Finds what a replacement field such as `0`, `name` or `user.name[1]` means.
using FieldLookup = std::function<Value(std::string_view field)>;

/// Returns format.format(...); an empty field name counts up from 0. Errors: kInvalidArgument where Python has a
/// ValueError.
Text format_braces(const Text& format, const FieldLookup& look_up, Budget& budget);

}  // namespace vitrine::templates
