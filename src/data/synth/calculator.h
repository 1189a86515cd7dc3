// What the calculator returns for the expressions that the synthetic world writes.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::data {

/// Evaluates an expression such as `12 + 7` or `3 km to m` as the chat's calculator does.
/// Errors: kInvalidArgument for what is no expression.
std::string calculator_result(std::string_view expression);

}  // namespace vitrine::data
