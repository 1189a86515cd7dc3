// Patterns in tokenizer files are written for Oniguruma (Ruby's syntax); PCRE2 runs them here.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::tokenizer {

/// Rewrites what the two read differently: \s \w \h, the flag m, classes in classes, \uXXXX.
/// Errors: kUnsupported for what has no counterpart (intersections, negated classes in classes, `{n,m}+`).
std::string to_pcre_syntax(std::string_view pattern);

}  // namespace vitrine::tokenizer
