#include "cli/line_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/console.h"
#include "cli/signals.h"
#include "cli/visible_token.h"

namespace vitrine::cli {

LineReader::LineReader(std::string prompt) : prompt_(std::move(prompt)) {
  if (!prompt_.empty() && LineEditor::is_possible())
    editor_ = std::make_unique<LineEditor>(prompt_, may_colour(STDOUT_FILENO));
}

LineReader::~LineReader() { std::free(buffer_); }

LineReader::Line LineReader::next() {
  if (stop_requested()) return {Kind::kInterrupted, ""};
  if (editor_) {
    const LineEditor::Result result = editor_->read();
    switch (result.end) {
      case LineEditor::End::kLine: return {Kind::kLine, valid_utf8(result.text)};
      case LineEditor::End::kCancelled: return {Kind::kCancelled, ""};
      case LineEditor::End::kInterrupted: return {Kind::kInterrupted, ""};
      case LineEditor::End::kEnd: return {Kind::kEnd, ""};
    }
  }
  if (!prompt_.empty()) write_output_now(prompt_ + " ");
  errno = 0;
  const ssize_t length = ::getline(&buffer_, &capacity_, stdin);
  if (length < 0) {
    const int reason = errno;
    if (stop_requested()) {
      std::clearerr(stdin);
      return {Kind::kInterrupted, ""};
    }
    if (std::ferror(stdin) != 0)
      throw Error(ErrorCode::kIo, fmt::format("read standard input: {}", std::strerror(reason)));
    if (!prompt_.empty()) write_output_now("\n");
    return {Kind::kEnd, ""};
  }
  std::string text(buffer_, static_cast<size_t>(length));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return {Kind::kLine, valid_utf8(text)};
}

}  // namespace vitrine::cli
