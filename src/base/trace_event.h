// One finished scope, and how it looks in the file.
#pragma once

#include <string>

#include "base/trace.h"

namespace vitrine {

struct TraceEvent {
  TraceKind kind = TraceKind::kRegion;
  const char* name = nullptr;
  int64_t index = -1;
  const std::string* detail = nullptr;
  int64_t begin_ns = 0, end_ns = 0;
  TraceWork work;
};

/// Appends ",\n" and the event as a Chrome trace event of phase X on a track.
void append_event_json(const TraceEvent& event, int track, std::string& out);

/// The event that names a track.
std::string track_name_json(int track, std::string_view name);
/// The event that names the process, track 0's owner.
std::string process_name_json(std::string_view name);

}  // namespace vitrine
