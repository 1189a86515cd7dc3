#include "base/error.h"

#include <algorithm>
#include <utility>

namespace vitrine {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kCorruptData:
      return "corrupt_data";
    case ErrorCode::kMismatch:
      return "mismatch";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kOutOfMemory:
      return "out_of_memory";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kInterrupted:
      return "interrupted";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode code, std::string message, std::string hint)
    : code_(code), message_(std::move(message)), hint_(std::move(hint)) {}

Error Error::wrapped(std::string_view context) const {
  return Error(code_, std::string(context) + ": " + message_, hint_);
}

std::string excerpt(std::string_view text, size_t max_bytes) {
  size_t end = std::min(text.size(), max_bytes);
  if (end < text.size())
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  std::string shown(text.substr(0, end));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return end < text.size() ? shown + "…" : shown;
}

void check_failed(const char* condition, const char* file, int line, const std::string& message) {
  throw Error(ErrorCode::kInternal,
              "internal check failed: " + message + " (" + condition + " at " + file + ":" + std::to_string(line) + ")",
              "this is a bug in vitrine; please report it with the command that led here");
}

}  // namespace vitrine
