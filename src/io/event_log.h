// A run's event log: one JSON object a line, only ever appended to, so that a page can follow it while it grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/files.h"

namespace vitrine::io {

using EventValue = std::variant<bool, int64_t, double, std::string>;

/// A key and its value. Keys "sequence", "event", "time_s" and "non_finite" are taken.
struct EventField {
  EventField(std::string field_key, bool field_value) : key(std::move(field_key)), value(field_value) {}
  EventField(std::string field_key, int field_value) : key(std::move(field_key)), value(int64_t{field_value}) {}
  EventField(std::string field_key, int64_t field_value) : key(std::move(field_key)), value(field_value) {}
  EventField(std::string field_key, double field_value) : key(std::move(field_key)), value(field_value) {}
  EventField(std::string field_key, std::string field_value)
      : key(std::move(field_key)), value(std::move(field_value)) {}
  EventField(std::string field_key, const char* field_value)
      : key(std::move(field_key)), value(std::string(field_value)) {}

  std::string key;
  EventValue value;
};
using EventFields = std::vector<EventField>;

/// Appends events as lines `{"sequence":7,"event":"step","time_s":1764134400.5,"loss":2.5}`, one write call each; the
/// time is the wall clock's, in seconds since 1970, and enters no checkpoint. A number that is not
/// finite becomes null, and `"non_finite":{"loss":"nan"}` says what it was. Bytes that are no UTF-8 become U+FFFD.
/// Errors: kIo; kInvalidArgument for a key that is taken. Threads: one caller at a time.
class EventLog {
 public:
  /// Starts a log, or goes on with one: then nothing is cut off, the sequence continues, and an event "resumed" with
  /// `resumed_fields` is appended. A last line that a crash tore stays where it is, alone.
  explicit EventLog(const std::filesystem::path& path, const EventFields& resumed_fields = {});

  void write(std::string_view name, const EventFields& fields);
  int64_t next_sequence() const { return next_sequence_; }

 private:
  LineAppender file_;
  int64_t next_sequence_ = 0;
  bool is_line_open_ = false;  // the file ends, or may end, in a torn line
};

struct Event {
  int64_t sequence = 0;
  std::string name;
  double time_s = 0;  ///< 0 in logs of before there were times
  EventFields fields;

  /// Null when there is no such field.
  const EventValue* find(std::string_view key) const;
  /// The field as a number, or nothing when it is missing or no number.
  std::optional<double> number(std::string_view key) const;
};

struct EventLogContent {
  std::vector<Event> events;
  int64_t num_torn_lines = 0;  ///< lines that are no event, as a crash leaves them
};

/// Reads a log, also one that is being written. Lines that a crash tore are counted and passed over. Errors: kNotFound.
EventLogContent read_event_log(const std::filesystem::path& path);

}  // namespace vitrine::io
