// Lines of standard input, typed or piped.
#pragma once

#include <string>

namespace vitrine::cli {

/// Reads a line at a time. On a terminal it shows a prompt before each.
class LineReader {
 public:
  enum class Kind { kLine, kEnd, kInterrupted };
  struct Line {
    Kind kind;
    std::string text;  ///< without its line break; bytes that are no UTF-8 become U+FFFD
  };

  explicit LineReader(std::string prompt) : prompt_(std::move(prompt)) {}
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Errors: kIo when standard input cannot be read.
  Line next();

 private:
  std::string prompt_;
  char* buffer_ = nullptr;  // of getline(3)
  size_t capacity_ = 0;
};

}  // namespace vitrine::cli
