// A line typed on a terminal: cursor keys, history, and pastes of several lines as one message.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace vitrine::cli {

/// Edits lines on the terminal of standard input and output. History lives as long as the editor and is never stored.
/// One at a time; docs/decisions/008-line-editing.md.
class LineEditor {
 public:
  /// True where standard input and output are a terminal that can be edited on.
  static bool is_possible();

  /// `colour` sets the prompt off.
  LineEditor(const std::string& prompt, bool colour);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  enum class End { kLine, kEnd, kInterrupted, kCancelled };
  struct Result {
    End end;  ///< kCancelled: Ctrl-C with text on the line, kInterrupted: with none, or another wish to stop
    std::string text;
  };
  /// Errors: kIo when the terminal cannot be read.
  Result read();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::cli
