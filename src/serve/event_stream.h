// Server-sent events over a responder.
#pragma once

#include <memory>
#include <string_view>

#include "serve/http/responder.h"

namespace vitrine::serve {

/// The head of a stream of events.
void begin_event_stream(Responder& responder);

/// `data: JSON`, with `event: NAME` before it where there is a name, and `id: N` where id > 0. Returns false where the
/// client is gone.
bool write_event(Responder& responder, std::string_view json, std::string_view name = "", int64_t id = 0);

}  // namespace vitrine::serve
