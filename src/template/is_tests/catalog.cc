#include "template/is_tests/catalog.h"

#include <algorithm>

namespace vitrine::templates {

const NativeTest* find_test(std::string_view name) {
  for (const auto family : {kind_tests, comparison_tests}) {
    const std::span<const NativeTest> tests = family();
    const auto found = std::ranges::find(tests, name, &NativeTest::name);
    if (found != tests.end()) return &*found;
  }
  return nullptr;
}

}  // namespace vitrine::templates
