#include <fmt/format.h>

#include "template/code_points.h"
#include "template/lexer.h"

namespace vitrine::templates {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Reads the characters after one backslash.
class EscapeReader {
 public:
  EscapeReader(std::string_view literal, int line) : literal_(literal), line_(line) {}

  std::string run() {
    while (at_ < literal_.size()) {
      const size_t backslash = std::min(literal_.find('\\', at_), literal_.size());
      out_ += literal_.substr(at_, backslash - at_);
      at_ = backslash + 1;
      if (at_ < literal_.size()) read_escape();
    }
    return std::move(out_);
  }

 private:
  void read_escape() {
    constexpr std::string_view kLetters = "\\'\"abfnrtv", kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const char c = literal_[at_];
    if (const size_t simple = kLetters.find(c); simple != std::string_view::npos) {
      out_ += kMeanings[simple];
      ++at_;
    } else if (c == '\n') {
      ++at_;
    } else if (c >= '0' && c <= '7') {
      read_octal();
    } else if (c == 'x' || c == 'u' || c == 'U') {
      read_hex(c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else if (c == 'N') {
      fail_at_line(line_, "characters cannot be given by name (\\N{...})");
    } else {
      keep_backslash();
    }
  }

  void read_octal() {
    uint32_t value = 0;
    for (int i = 0; i < 3 && at_ < literal_.size() && literal_[at_] >= '0' && literal_[at_] <= '7'; ++i, ++at_)
      value = value * 8 + static_cast<uint32_t>(literal_[at_] - '0');
    append_code_point(value, out_);
  }

  void read_hex(size_t digits) {
    ++at_;
    uint32_t value = 0;
    for (size_t i = 0; i < digits; ++i, ++at_) {
      const int digit = at_ < literal_.size() ? hex_value(literal_[at_]) : -1;
      if (digit < 0)
        fail_at_line(line_, fmt::format("an escape in a string is too short (expected {} digits)", digits));
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      fail_at_line(line_, fmt::format("an escape in a string is no character (got U+{:X})", value));
    append_code_point(value, out_);
  }

  /// Python reads the bytes `\xe9` after a backslash as a backslash and letters: what stands there is spelled out.
  void keep_backslash() {
    out_ += '\\';
    const CodePoint symbol = code_point_at(literal_, at_);
    if (symbol.value < 0x80) {
      out_ += static_cast<char>(symbol.value);
    } else {
      out_ += symbol.value < 0x100     ? fmt::format("x{:02x}", symbol.value)
              : symbol.value < 0x10000 ? fmt::format("u{:04x}", symbol.value)
                                       : fmt::format("U{:08x}", symbol.value);
    }
    at_ += symbol.length;
  }

  std::string_view literal_;
  int line_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string unescape(std::string_view literal, int line) { return EscapeReader(literal, line).run(); }

}  // namespace vitrine::templates
