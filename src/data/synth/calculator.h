// What the calculator returns for the expressions that the synthetic world writes.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::data {

/// Evaluates `12 + 7`, `12 - 7`, `12 * 7`, `12 / 4` on whole numbers, and `3 km to m`.
/// Errors: kInvalidArgument for any other expression.
std::string calculator_result(std::string_view expression);

}  // namespace vitrine::data
