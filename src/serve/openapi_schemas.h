// The shapes of bodies that routes name in their descriptions.
#pragma once

#include <string_view>

namespace vitrine::serve {

/// A JSON object: name to JSON schema.
std::string_view openapi_schemas();

}  // namespace vitrine::serve
