// Evaluates the text of an arithmetic expression exactly, units included.
//   evaluate("20% of 50").to_text()                          == "10"
//   evaluate("2 hours + 30 minutes in minutes").to_text()    == "150 minutes"
//   evaluate("3/4 > 2/3").to_text()                          == "true"
#pragma once

#include <string_view>

#include "exact/value.h"

namespace vitrine::exact {

/// The longest text and the deepest nesting of parentheses, signs, powers and calls that evaluate() takes.
inline constexpr size_t kMaxExpressionBytes = 4096;
inline constexpr int kMaxExpressionDepth = 100;

/// Evaluates an expression. From the loosest to the tightest: comparisons, `in` and `to`, + -, * / % `of`, signs, ^, !.
/// `%` is the remainder where a value follows, and percent elsewhere; `a ± b%` takes the percentage of a.
/// Errors: kInvalidArgument and kUnsupported; the message says where, the hint what to write instead. Time is bounded.
Value evaluate(std::string_view expression);

}  // namespace vitrine::exact
