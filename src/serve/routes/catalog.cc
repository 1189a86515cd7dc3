#include "serve/routes/catalog.h"

namespace vitrine::serve {

std::span<const Route> route_catalog() {
  static const Route kCatalog[] = {
      routes::chat_completions(),
      routes::models(),
      routes::model(),
      routes::health(),
  };
  return kCatalog;
}

}  // namespace vitrine::serve
