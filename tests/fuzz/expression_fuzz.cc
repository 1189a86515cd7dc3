// Any text as an expression for the exact calculator, and as the name of a unit.
#include "exact/expression.h"

#include "exact/units.h"
#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {

void run_target(std::string_view input) {
  using namespace exact;
  const std::string_view name = input.substr(0, 40);
  if (const auto unit = find_unit(name)) require(!unit->singular.empty(), "a unit has a name");
  nearest_unit(name);
  accepts([&] {
    const Value value = evaluate(input);
    const std::string text = value.to_text();
    require(!text.empty(), "a value has a text");
    const bool is_rounded = text.find("≈") != std::string::npos;  // also long fractions beside a unit
    if (value.is_truth_value || is_rounded || text.size() > kMaxExpressionBytes) return;
    require(must([&] { return evaluate(text); }).to_text() == text, "an exact value means itself: " + text);
  });
}

}  // namespace vitrine::fuzz
