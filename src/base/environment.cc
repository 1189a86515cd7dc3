#include "base/environment.h"

#include <cstdlib>

namespace vitrine {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace vitrine
