// What the bodies of requests may hold, as JSON schemas for the document of the API.
#pragma once

#include <string>

namespace vitrine::serve {

/// The members of an object of schemas, without its braces: a schema for each Route::request_schema. The settings of
/// the samplers come from the list that requests are read by; the rest is held to the reader by openapi_test.cc.
std::string request_schemas();

}  // namespace vitrine::serve
