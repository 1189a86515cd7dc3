#include "cli/line_editor.h"

#include <fmt/format.h>
#include <histedit.h>
#include <langinfo.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "cli/console.h"
#include "cli/signals.h"
#include "tokenizer/utf8.h"

namespace vitrine::cli {
namespace {

constexpr std::string_view kPasteOn = "\033[?2004h", kPasteOff = "\033[?2004l";
constexpr std::wstring_view kPasteEnd = L"\033[201~";
constexpr char kEscapeMark = '\1';  // what stands between two of these takes no column
constexpr int kHistoryLines = 1000;

/// The library writes what the locale can; text here is UTF-8 whatever the locale says.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

std::string to_utf8(std::wstring_view text) {
  std::string out;
  for (const wchar_t c : text) tokenizer::append_utf8(static_cast<uint32_t>(c), out);
  return out;
}

/// One byte of standard input: 1, 0 at the end, -1 with errno. A stop that was asked for ends the wait.
int read_byte(unsigned char& byte) {
  for (;;) {
    if (stop_requested()) {
      errno = EINTR;
      return -1;
    }
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count >= 0 || errno != EINTR) return static_cast<int>(count);
  }
}

size_t length_from_first(unsigned char byte) {
  if (byte < 0xC0 || byte >= 0xF8) return 1;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;
  HistoryW* history = nullptr;
  std::string prompt;
  bool had_text = false;  // when a wish to stop ended the wait
  int read_error = 0;
  std::optional<unsigned char> held;  // a byte that was read too far

  ~State() {
    if (editor != nullptr) el_end(editor);
    if (history != nullptr) history_wend(history);
  }

  static State& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }

  /// The library's own would try an interrupted read again.
  static int next_character(EditLine* editor, wchar_t* character) {
    State& state = of(editor);
    std::string bytes(1, '\0');
    auto* first = reinterpret_cast<unsigned char*>(bytes.data());
    const int count = state.held ? (*first = *std::exchange(state.held, std::nullopt), 1) : read_byte(*first);
    if (count <= 0) {
      state.read_error = count < 0 ? errno : 0;
      const LineInfoW* const line = el_wline(editor);
      state.had_text = line->lastchar != line->buffer;
      return count;
    }
    const size_t length = length_from_first(*first);
    for (unsigned char next = 0; bytes.size() < length && read_byte(next) == 1;) {
      if ((next & 0xC0) != 0x80) {  // the character is broken off, and this begins another
        state.held = next;
        break;
      }
      bytes.push_back(static_cast<char>(next));
    }
    const tokenizer::Utf8Char read = tokenizer::read_utf8(bytes.data(), bytes.data() + bytes.size());
    *character = read.status == tokenizer::Utf8Status::kValid ? static_cast<wchar_t>(read.code_point) : L'\uFFFD';
    return 1;
  }

  /// A terminal sends a paste between two marks; its line breaks belong to the message and do not send it.
  static unsigned char take_paste(EditLine* editor, wint_t) {
    std::wstring text;
    for (wchar_t character = 0; !text.ends_with(kPasteEnd);) {
      if (el_wgetc(editor, &character) != 1) return CC_EOF;
      if (character == L'\r') character = L'\n';
      if (character != L'\0') text.push_back(character);
    }
    text.resize(text.size() - kPasteEnd.size());
    while (text.ends_with(L'\n')) text.pop_back();
    if (!text.empty()) el_winsertstr(editor, text.c_str());
    return CC_REFRESH;
  }
};

bool LineEditor::is_possible() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
         std::strcmp(kind, "dumb") != 0;
}

LineEditor::LineEditor(const std::string& prompt, bool colour) : state_(std::make_unique<State>()) {
  use_utf8();
  State& s = *state_;
  s.prompt = colour ? fmt::format("{0}\033[1m{0}{1}{0}\033[0m{0} ", kEscapeMark, prompt) : prompt + " ";
  s.editor = el_init("vitrine", stdin, stdout, stderr);
  s.history = history_winit();
  if (s.editor == nullptr || s.history == nullptr) throw Error(ErrorCode::kIo, "edit lines: the terminal refuses");
  HistEventW event;
  history_w(s.history, &event, H_SETSIZE, kHistoryLines);
  history_w(s.history, &event, H_SETUNIQUE, 1);
  el_set(s.editor, EL_CLIENTDATA, state_.get());
  char* (*const show_prompt)(EditLine*) = [](EditLine* editor) { return State::of(editor).prompt.data(); };
  el_set(s.editor, EL_PROMPT_ESC, show_prompt, kEscapeMark);
  el_wset(s.editor, EL_HIST, history_w, s.history);
  el_wset(s.editor, EL_EDITOR, L"emacs");
  el_wset(s.editor, EL_GETCFN, &State::next_character);
  el_wset(s.editor, EL_ADDFN, L"vitrine-paste", L"takes a paste", &State::take_paste);
  el_wset(s.editor, EL_BIND, L"\033[200~", L"vitrine-paste", nullptr);
  el_wset(s.editor, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
}

LineEditor::~LineEditor() = default;

LineEditor::Result LineEditor::read() {
  State& s = *state_;
  if (stop_requested()) return {End::kInterrupted, ""};
  el_resize(s.editor);
  write_output_now(kPasteOn);
  int count = 0;
  s.read_error = 0;
  const wchar_t* const line = el_wgets(s.editor, &count);
  write_output_now(kPasteOff);
  if (line == nullptr || count <= 0) {
    write_output_now("\n");
    if (stop_requested()) return {stop_was_keyboard() && s.had_text ? End::kCancelled : End::kInterrupted, ""};
    if (s.read_error != 0 && s.read_error != EIO)  // EIO: the terminal is gone
      throw Error(ErrorCode::kIo, fmt::format("read standard input: {}", std::strerror(s.read_error)));
    return {End::kEnd, ""};
  }
  std::wstring_view text(line, static_cast<size_t>(count));
  if (text.ends_with(L'\n')) text.remove_suffix(1);
  const std::wstring kept(text);
  HistEventW event;
  if (!kept.empty()) history_w(s.history, &event, H_ENTER, kept.c_str());
  return {End::kLine, to_utf8(kept)};
}

}  // namespace vitrine::cli
