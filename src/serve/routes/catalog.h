// All routes. Adding one is a file that defines it, a declaration here and a line in catalog.cc.
#pragma once

#include <span>

#include "serve/route.h"

namespace vitrine::serve {

namespace routes {
Route chat_completions();
Route health();
Route model();
Route models();
}  // namespace routes

std::span<const Route> route_catalog();

}  // namespace vitrine::serve
