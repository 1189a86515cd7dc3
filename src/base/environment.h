// Environment variables.
#pragma once

#include <string>

namespace vitrine {

/// The variable's value; empty where it is not set.
std::string environment_variable(const char* name);

}  // namespace vitrine
