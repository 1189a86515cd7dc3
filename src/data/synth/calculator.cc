#include "data/synth/calculator.h"

#include "exact/expression.h"

namespace vitrine::data {

std::string calculator_result(std::string_view expression) { return exact::evaluate(expression).to_text(); }

}  // namespace vitrine::data
