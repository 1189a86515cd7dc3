// The functions that every template can call by name. A new one is a function and a line in the table of functions.cc.
#pragma once

#include <string_view>

#include "template/native.h"

namespace vitrine::templates {

/// Returns the global function of this name, or nullptr.
const NativeFunction* find_function(std::string_view name);

}  // namespace vitrine::templates
