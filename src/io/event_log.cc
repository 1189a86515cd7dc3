#include "io/event_log.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/json_depth.h"

namespace vitrine::io {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr const char* kSequence = "sequence";
constexpr const char* kEvent = "event";
constexpr const char* kTime = "time_s";
constexpr const char* kNonFinite = "non_finite";

/// Seconds since 1970, in milliseconds.
double wall_time_s() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<double>(std::chrono::duration_cast<milliseconds>(now).count()) / 1e3;
}

const char* non_finite_name(double value) { return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"; }

std::optional<double> non_finite_value(const std::string& name) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (name == "inf") return kInfinity;
  if (name == "-inf") return -kInfinity;
  return std::nullopt;
}

std::string event_line(int64_t sequence, std::string_view name, const EventFields& fields) {
  OrderedJson json = {{kSequence, sequence}, {kEvent, name}, {kTime, wall_time_s()}};
  OrderedJson non_finite = OrderedJson::object();
  for (const EventField& field : fields) {
    if (field.key == kNonFinite || json.contains(field.key))
      throw Error(ErrorCode::kInvalidArgument, fmt::format("event '{}': the key '{}' is taken", name, field.key));
    const double* number = std::get_if<double>(&field.value);
    if (number != nullptr && !std::isfinite(*number)) {
      json[field.key] = nullptr;
      non_finite[field.key] = non_finite_name(*number);
    } else {
      std::visit([&](const auto& value) { json[field.key] = value; }, field.value);
    }
  }
  if (!non_finite.empty()) json[kNonFinite] = std::move(non_finite);
  return json.dump(-1, ' ', /*ensure_ascii=*/false, OrderedJson::error_handler_t::replace);
}

std::optional<EventValue> parse_value(const std::string& key, const OrderedJson& value, const OrderedJson& non_finite) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null() && non_finite.is_object() && non_finite.contains(key) && non_finite[key].is_string())
    if (const auto number = non_finite_value(non_finite[key].get<std::string>())) return *number;
  return std::nullopt;
}

std::optional<Event> parse_line(std::string_view line) {
  if (json_nesting_depth(line) > 2) return std::nullopt;
  const OrderedJson json = OrderedJson::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains(kSequence) || !json[kSequence].is_number_unsigned() ||
      !json.contains(kEvent) || !json[kEvent].is_string())
    return std::nullopt;
  Event event{.sequence = json[kSequence].get<int64_t>(), .name = json[kEvent].get<std::string>()};
  if (json.contains(kTime) && json[kTime].is_number()) event.time_s = json[kTime].get<double>();
  const OrderedJson non_finite = json.contains(kNonFinite) ? json[kNonFinite] : OrderedJson();
  for (const auto& [key, value] : json.items()) {
    if (key == kSequence || key == kEvent || key == kTime || key == kNonFinite) continue;
    if (auto parsed = parse_value(key, value, non_finite))
      std::visit([&](const auto& plain) { event.fields.emplace_back(key, plain); }, *parsed);
  }
  return event;
}

/// The sequence number after the last event of a log's text.
int64_t sequence_after(std::string_view text) {
  while (!text.empty()) {
    if (text.back() == '\n') text.remove_suffix(1);
    const size_t newline = text.rfind('\n');
    const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    if (const auto event = parse_line(text.substr(begin))) return event->sequence + 1;
    text = text.substr(0, begin);
  }
  return 0;
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& path, const EventFields& resumed_fields) : file_(path) {
  bool is_resumed = false;
  {
    const MappedFile map(path);
    const std::string_view text(reinterpret_cast<const char*>(map.bytes().data()), map.bytes().size());
    is_resumed = !text.empty();
    is_line_open_ = is_resumed && text.back() != '\n';
    next_sequence_ = sequence_after(text);
  }
  if (is_resumed) write("resumed", resumed_fields);
}

void EventLog::write(std::string_view name, const EventFields& fields) {
  const std::string line = (is_line_open_ ? "\n" : "") + event_line(next_sequence_, name, fields);
  is_line_open_ = true;  // until the write is known to be whole
  file_.append(line);
  is_line_open_ = false;
  ++next_sequence_;
}

const EventValue* Event::find(std::string_view key) const {
  for (const EventField& field : fields)
    if (field.key == key) return &field.value;
  return nullptr;
}

std::optional<double> Event::number(std::string_view key) const {
  const EventValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* real = std::get_if<double>(value)) return *real;
  if (const auto* integer = std::get_if<int64_t>(value)) return static_cast<double>(*integer);
  return std::nullopt;
}

EventLogContent read_event_log(const std::filesystem::path& path) {
  EventLogContent content;
  const std::string text = read_file(path);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (auto event = parse_line(std::string_view(text).substr(begin, end - begin)))
      content.events.push_back(std::move(*event));
    else if (end > begin)
      ++content.num_torn_lines;
    begin = end + 1;
  }
  return content;
}

}  // namespace vitrine::io
