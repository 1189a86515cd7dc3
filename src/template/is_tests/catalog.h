// All tests there are, as in `value is string`. A new one is a function and a line in a family's table.
#pragma once

#include <span>
#include <string_view>

#include "template/native.h"

namespace vitrine::templates {

/// Returns the test of this name, or nullptr.
const NativeTest* find_test(std::string_view name);

/// Tests of what a value is.
std::span<const NativeTest> kind_tests();
/// Tests that compare a value with another one.
std::span<const NativeTest> comparison_tests();

}  // namespace vitrine::templates
