#include "serve/event_stream.h"

#include <fmt/format.h>

namespace vitrine::serve {

void begin_event_stream(Responder& responder) {
  responder.begin({.content_type = "text/event-stream; charset=utf-8",
                   .headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}});
}

bool write_event(Responder& responder, std::string_view json, std::string_view name, int64_t id) {
  std::string event;
  if (id > 0) event += fmt::format("id: {}\n", id);
  if (!name.empty()) event += fmt::format("event: {}\n", name);
  event += "data: ";
  event += json;
  event += "\n\n";
  return responder.write(event);
}

}  // namespace vitrine::serve
