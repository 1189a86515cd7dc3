// A guard in front of JSON parsing: hostile nesting is refused before any tree is built.
#pragma once

#include <string_view>

namespace vitrine::io {

/// Returns the deepest nesting of brackets outside strings. Works on any bytes, in one pass and constant memory.
int json_nesting_depth(std::string_view text);

}  // namespace vitrine::io
