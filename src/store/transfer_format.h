// What a file with conversations says of itself. Inside of store only.
#pragma once

#include <string_view>

namespace vitrine::store {

inline constexpr std::string_view kTransferFormat = "vitrine-conversations";
inline constexpr int kTransferVersion = 1;

}  // namespace vitrine::store
