// How values show themselves: Python's str() and repr().
#pragma once

#include <string>

#include "template/limits.h"
#include "template/value.h"

namespace vitrine::templates {

/// Returns str(value). A string stays as it is, with its origins; a list or dict is input if anything in it is.
Text to_text(const Value& value, Budget& budget);

/// Appends repr(value), and says whether anything of it is input.
Origin append_repr(const Value& value, std::string& out, Budget& budget);

/// Returns the shortest decimal that reads back as the same double, in Python's layout: `1.0`, `1e+16`, `inf`.
std::string real_repr(double value);

/// Returns a string between quotes, escaped as Python does.
std::string string_repr(std::string_view bytes);

}  // namespace vitrine::templates
