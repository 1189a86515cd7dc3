// The values of JSON Schema's `format` that are kept to.
#pragma once

#include <span>
#include <string_view>

#include "schema/dfa.h"

namespace vitrine::schema {

/// Returns the names of the formats that are kept to.
std::span<const std::string_view> format_names();

/// Returns the language of a format, or null for a format that is not known. Lives as long as the program.
/// Each language holds only texts that RFC and checkers agree on, see docs/decisions/006-constrained-decoding.md.
/// Threads: safe.
const Dfa* find_format(std::string_view name);

}  // namespace vitrine::schema
