// Upper and lower case of ASCII letters, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace vitrine {

/// Letters outside of ASCII stay as they are.
std::string ascii_lower_case(std::string_view text);

}  // namespace vitrine
