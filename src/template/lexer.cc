#include "template/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "template/code_points.h"
#include "template/limits.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

// Longer spellings first.
constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
                                           "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string normalized(std::string_view source) {
  std::string result;
  result.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    const bool before_newline = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if (!before_newline) result += source[i] == '\r' ? '\n' : source[i];
  }
  if (result.ends_with('\n')) result.pop_back();
  return result;
}

/// Where trailing white space of text[0, end) begins.
size_t without_trailing_space(std::string_view text, size_t end) {
  while (end > 0) {
    const size_t before = previous_code_point(text, end);
    if (!is_space(code_point_at(text, before).value)) break;
    end = before;
  }
  return end;
}

/// The bytes of digits with single underscores between them.
size_t digits_length(std::string_view text, bool (*is_member)(char) = is_digit) {
  size_t length = 0;
  while (length < text.size() && is_member(text[length])) {
    ++length;
    if (length + 1 < text.size() && text[length] == '_' && is_member(text[length + 1])) ++length;
  }
  return length;
}

size_t real_length(std::string_view text) {
  size_t length = digits_length(text);
  if (length == 0) return 0;
  bool is_real = false;
  if (length < text.size() && text[length] == '.') {
    const size_t decimals = digits_length(text.substr(length + 1));
    is_real = decimals > 0;
    if (is_real) length += 1 + decimals;
  }
  if (length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    const bool has_sign = length + 1 < text.size() && (text[length + 1] == '+' || text[length + 1] == '-');
    const size_t power = digits_length(text.substr(std::min(length + 1 + has_sign, text.size())));
    if (power > 0) return length + 1 + has_sign + power;
  }
  return is_real ? length : 0;
}

size_t integer_length(std::string_view text) {
  if (text.size() > 2 && text[0] == '0') {
    const char prefix = static_cast<char>(text[1] | 0x20);
    const auto is_member = prefix == 'b' ? +[](char c) { return c == '0' || c == '1'; }
                           : prefix == 'o'
                               ? +[](char c) { return c >= '0' && c <= '7'; }
                               : +[](char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
    const size_t skip = text[2] == '_' ? 3 : 2;
    if (prefix == 'b' || prefix == 'o' || prefix == 'x') {
      if (const size_t digits = digits_length(text.substr(std::min(skip, text.size())), is_member))
        return skip + digits;
    }
  }
  if (!text.empty() && text[0] == '0') return digits_length(text, [](char c) { return c == '0'; });
  return digits_length(text);
}

size_t name_length(std::string_view text) {
  size_t length = 0;
  while (length < text.size()) {
    const CodePoint symbol = code_point_at(text, length);
    if (symbol.value != '_' && !is_letter(symbol.value) && !is_numeric(symbol.value)) break;
    length += symbol.length;
  }
  return length;
}

/// The bytes of a quoted literal; 0 where it is not closed.
size_t string_length(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i + 1;
    }
  }
  return 0;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)), rest_(source_) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) read_data_and_tag();
    push(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  void push(TokenKind kind, std::string_view text) { tokens_.push_back({kind, line_, std::string(text)}); }

  void advance(size_t end) {
    line_ += static_cast<int>(
        std::count(source_.begin() + static_cast<ptrdiff_t>(at_), source_.begin() + static_cast<ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  bool starts_with(size_t at, std::string_view text) const { return rest_.substr(at).starts_with(text); }

  size_t skip_space(size_t at) const {
    while (at < source_.size()) {
      const CodePoint symbol = code_point_at(rest_, at);
      if (!is_space(symbol.value)) break;
      at += symbol.length;
    }
    return at;
  }

  /// Pushes the text before a tag, without what the tag's sign and lstrip_blocks take away.
  void push_data(size_t tag, char sign, bool is_variable) {
    const std::string_view text = rest_.substr(at_, tag - at_);
    size_t end = text.size();
    if (sign == '-') {
      end = without_trailing_space(text, end);
    } else if (sign != '+' && !is_variable) {
      const size_t newline = text.rfind('\n');
      const size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
      const bool at_line_start = line_start > 0 || at_ == 0 || source_[at_ - 1] == '\n';
      if (at_line_start && without_trailing_space(text, end) <= line_start) end = line_start;
    }
    if (end > 0) push(TokenKind::kData, text.substr(0, end));
    advance(tag);
  }

  char sign_at(size_t at) const {
    return at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : 0;
  }

  /// Returns the end of `%}` or `#}` with the white space that goes with it, if one starts at `at`; else 0.
  size_t block_end(size_t at, std::string_view close) const {
    const char sign = sign_at(at);
    if (!starts_with(at + (sign != 0), close)) return 0;
    const size_t end = at + (sign != 0) + close.size();
    if (sign == '-') return skip_space(end);
    return sign == 0 && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
  }

  void read_data_and_tag() {
    size_t tag = at_;
    while (true) {
      tag = source_.find('{', tag);
      if (tag == std::string::npos || tag + 1 >= source_.size()) {
        push(TokenKind::kData, rest_.substr(at_));
        return advance(source_.size());
      }
      const char kind = source_[tag + 1];
      if (kind == '%' || kind == '{' || kind == '#') break;
      ++tag;
    }
    const char kind = source_[tag + 1], sign = sign_at(tag + 2);
    push_data(tag, sign, kind == '{');
    if (kind == '#') return skip_comment(tag + 2 + (sign != 0));
    if (kind == '%') {
      if (const size_t raw = raw_begin_end(tag + 2 + (sign != 0))) return read_raw(raw);
    }
    read_tag(tag + 2 + (sign != 0), kind == '{');
  }

  void skip_comment(size_t begin) {
    const size_t close = source_.find("#}", begin);
    if (close == std::string::npos) fail_at_line(line_, "a comment is not closed (expected '#}')");
    const bool has_sign = close > begin && sign_at(close - 1) != 0;
    advance(block_end(close - has_sign, "#}"));
  }

  /// Returns the end of `raw %}`, or 0 where another tag starts.
  size_t raw_begin_end(size_t at) const {
    at = skip_space(at);
    if (!starts_with(at, "raw")) return 0;
    at = skip_space(at + 3);
    if (starts_with(at, "-%}")) return skip_space(at + 3);
    return starts_with(at, "%}") ? at + 2 : 0;
  }

  void read_raw(size_t begin) {
    advance(begin);
    for (size_t tag = source_.find("{%", begin); tag != std::string::npos; tag = source_.find("{%", tag + 1)) {
      const char sign = sign_at(tag + 2);
      size_t at = skip_space(tag + 2 + (sign != 0));
      if (!starts_with(at, "endraw")) continue;
      at = skip_space(at + 6);
      const size_t end = block_end(at, "%}");
      if (end == 0) continue;
      push_data(tag, sign, false);
      return advance(end);
    }
    fail_at_line(line_, "a raw block is not closed (expected {% endraw %})");
  }

  void read_tag(size_t begin, bool is_variable) {
    const int first_line = line_;
    push(is_variable ? TokenKind::kVariableBegin : TokenKind::kBlockBegin, "");
    advance(begin);
    std::string open_brackets;
    while (at_ < source_.size()) {
      if (open_brackets.empty()) {
        const size_t end = is_variable ? variable_end(at_) : block_end(at_, "%}");
        if (end != 0) {
          push(is_variable ? TokenKind::kVariableEnd : TokenKind::kBlockEnd, "");
          return advance(end);
        }
      }
      read_token(open_brackets);
    }
    fail_at_line(first_line, fmt::format("a tag is not closed (expected '{}')", is_variable ? "}}" : "%}"));
  }

  size_t variable_end(size_t at) const {
    if (starts_with(at, "-}}")) return skip_space(at + 3);
    return starts_with(at, "}}") ? at + 2 : 0;
  }

  void push_and_advance(TokenKind kind, size_t length) {
    std::string text(rest_.substr(at_, length));
    if (kind != TokenKind::kName) std::erase(text, '_');
    push(kind, text);
    advance(at_ + length);
  }

  void read_token(std::string& open_brackets) {
    const std::string_view text = rest_.substr(at_);
    const bool after_dot = source_[at_ - 1] == '.';
    if (const size_t space = skip_space(at_); space > at_) {
      advance(space);
    } else if (const size_t real = after_dot ? 0 : real_length(text)) {
      push_and_advance(TokenKind::kReal, real);
    } else if (const size_t integer = integer_length(text)) {
      push_and_advance(TokenKind::kInteger, integer);
    } else if (const size_t name = name_length(text)) {
      push_and_advance(TokenKind::kName, name);
    } else if (text[0] == '"' || text[0] == '\'') {
      const size_t length = string_length(text);
      if (length == 0) fail_at_line(line_, "a string is not closed");
      push(TokenKind::kString, unescape(text.substr(1, length - 2), line_));
      advance(at_ + length);
    } else {
      read_operator(text, open_brackets);
    }
  }

  void read_operator(std::string_view text, std::string& open_brackets) {
    const auto found = std::ranges::find_if(kOperators, [&](std::string_view o) { return text.starts_with(o); });
    if (found == std::end(kOperators)) {
      const size_t length = code_point_at(text, 0).length;
      fail_at_line(line_, fmt::format("there is an unexpected character (got '{}')", text.substr(0, length)));
    }
    if (found->size() == 1) {
      constexpr std::string_view kOpen = "({[", kClose = ")}]";
      const char c = found->front();
      if (kOpen.find(c) != std::string_view::npos) open_brackets += kClose[kOpen.find(c)];
      if (kClose.find(c) != std::string_view::npos) {
        if (open_brackets.empty() || open_brackets.back() != c)
          fail_at_line(line_, fmt::format("there is an unexpected '{}'", c));
        open_brackets.pop_back();
      }
    }
    push(TokenKind::kOperator, *found);
    advance(at_ + found->size());
  }

  std::string source_;
  std::string_view rest_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

void fail_at_line(int line, std::string_view what) { fail(fmt::format("template line {}: {}", line, what)); }

std::vector<Token> cut_tokens(std::string_view source) {
  if (source.size() > kMaxTemplateBytes)
    fail(fmt::format("template: it is too long (got {} bytes, limit {})", source.size(), kMaxTemplateBytes));
  return Lexer(normalized(source)).run();
}

}  // namespace vitrine::templates
