// All routes. Adding some is a file that defines them, a declaration here and a line in catalog.cc.
#pragma once

#include <span>
#include <vector>

#include "serve/route.h"

namespace vitrine::serve {

namespace routes {
std::vector<Route> app_conversations();
std::vector<Route> app_data();
std::vector<Route> app_feedback();
std::vector<Route> app_messages();
std::vector<Route> app_models();
std::vector<Route> chat_completions();
std::vector<Route> completions();
std::vector<Route> embeddings();
std::vector<Route> health();
std::vector<Route> messages();
std::vector<Route> metrics();
std::vector<Route> models();
std::vector<Route> openapi();
std::vector<Route> responses();
std::vector<Route> tokens();
std::vector<Route> page();  ///< takes every path that is left, so it comes last
}  // namespace routes

std::span<const Route> route_catalog();

}  // namespace vitrine::serve
