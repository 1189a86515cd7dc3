// Lines of standard input, typed or piped.
#pragma once

#include <memory>
#include <string>

#include "cli/line_editor.h"

namespace vitrine::cli {

/// Reads a line at a time. On a terminal it shows a prompt before each, and lets the line be edited.
class LineReader {
 public:
  enum class Kind { kLine, kEnd, kInterrupted, kCancelled };  ///< kCancelled: Ctrl-C took back a typed line
  struct Line {
    Kind kind;
    std::string text;  ///< without its line break; bytes that are no UTF-8 become U+FFFD
  };

  /// Without a prompt, lines are read as they come.
  explicit LineReader(std::string prompt);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Errors: kIo when standard input cannot be read.
  Line next();

 private:
  std::string prompt_;
  std::unique_ptr<LineEditor> editor_;  // where the terminal can be edited on
  char* buffer_ = nullptr;  // of getline(3)
  size_t capacity_ = 0;
};

}  // namespace vitrine::cli
