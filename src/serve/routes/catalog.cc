#include "serve/routes/catalog.h"

namespace vitrine::serve {

std::span<const Route> route_catalog() {
  static const std::vector<Route> kCatalog = [] {
    std::vector<Route> all;
    for (const auto list : {
             routes::chat_completions,
             routes::completions,
             routes::embeddings,
             routes::messages,
             routes::responses,
             routes::tokens,
             routes::models,
             routes::metrics,
             routes::health,
             routes::app_models,
             routes::app_conversations,
             routes::app_messages,
             routes::app_feedback,
             routes::app_data,
             routes::openapi,
             routes::page,
         })
      for (Route& route : list()) all.push_back(route);
    return all;
  }();
  return kCatalog;
}

}  // namespace vitrine::serve
