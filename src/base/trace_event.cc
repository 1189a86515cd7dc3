// Source: Trace Event Format, the JSON array form with complete events ("X") and metadata ("M").
#include "base/trace_event.h"

#include <fmt/format.h>

#include <iterator>

namespace vitrine {
namespace {

const char* category(TraceKind kind) {
  switch (kind) {
    case TraceKind::kRegion:
      return "region";
    case TraceKind::kOperation:
      return "operation";
    case TraceKind::kBackward:
      return "backward";
    case TraceKind::kKernel:
      return "kernel";
    case TraceKind::kShare:
      return "share";
  }
  return "";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string extents_text(const std::array<int64_t, 4>& extents) {
  std::string out;
  for (const int64_t extent : extents)
    if (extent > 0) out += (out.empty() ? "" : "x") + std::to_string(extent);
  return out;
}

/// `,"args":{…}`, or nothing where there is nothing to say.
std::string arguments_json(const TraceEvent& event) {
  std::string out;
  const auto add = [&](const std::string& argument) { out += (out.empty() ? "" : ",") + argument; };
  if (event.work.flops > 0) add(fmt::format("\"flops\":{:.0f}", event.work.flops));
  if (event.work.bytes > 0) add(fmt::format("\"bytes\":{:.0f}", event.work.bytes));
  if (const std::string extents = extents_text(event.work.extents); !extents.empty())
    add(fmt::format("\"extents\":\"{}\"", extents));
  if (event.detail != nullptr) add(fmt::format("\"detail\":\"{}\"", escaped(*event.detail)));
  return out.empty() ? "" : ",\"args\":{" + out + "}";
}

/// Microseconds, exact to the nanosecond, so that scopes that nest in time nest in the file.
std::string microseconds(int64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

std::string metadata_json(const char* what, int track, std::string_view name) {
  return fmt::format(R"({{"ph":"M","name":"{}","pid":1,"tid":{},"args":{{"name":"{}"}}}})", what, track, escaped(name));
}

}  // namespace

void append_event_json(const TraceEvent& event, int track, std::string& out) {
  auto at = std::back_inserter(out);
  fmt::format_to(at, ",\n{{\"ph\":\"X\",\"cat\":\"{}\",\"name\":\"", category(event.kind));
  if (event.kind == TraceKind::kShare) fmt::format_to(at, "share of ");
  fmt::format_to(at, "{}", event.name);
  if (event.kind == TraceKind::kBackward) fmt::format_to(at, " backward");
  if (event.index >= 0) fmt::format_to(at, " {}", event.index);
  fmt::format_to(at, "\",\"pid\":1,\"tid\":{},\"ts\":{},\"dur\":{}", track, microseconds(event.begin_ns),
                 microseconds(event.end_ns - event.begin_ns));
  out += arguments_json(event);
  out += '}';
}

std::string track_name_json(int track, std::string_view name) { return metadata_json("thread_name", track, name); }
std::string process_name_json(std::string_view name) { return metadata_json("process_name", 0, name); }

}  // namespace vitrine
