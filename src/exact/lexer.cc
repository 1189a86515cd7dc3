#include "exact/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::exact {
namespace {

constexpr size_t kShownBytes = 40;

struct Spelling {
  std::string_view written;
  std::string_view meant;
};

// Longer spellings first.
constexpr Spelling kOperators[] = {
    {"==", "="}, {"!=", "!="}, {"<=", "<="}, {">=", ">="}, {"**", "^"}, {"×", "*"}, {"·", "*"}, {"÷", "/"}, {"−", "-"},
    {"≠", "!="}, {"≤", "<="},  {"≥", ">="},  {"+", "+"},   {"-", "-"},  {"*", "*"}, {"/", "/"}, {"^", "^"}, {"%", "%"},
    {"!", "!"},  {"(", "("},   {")", ")"},   {",", ","},   {"=", "="},  {"<", "<"}, {">", ">"},
};

// Characters of unit symbols outside ASCII: degree, micro in both spellings, ohm in both.
constexpr std::string_view kNameCharacters[] = {"°", "µ", "μ", "Ω", "Ω"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The bytes of the name character at the front; 0 where there is none.
size_t name_character_length(std::string_view text) {
  if (!text.empty() && is_letter(text[0])) return 1;
  for (std::string_view character : kNameCharacters) {
    if (text.starts_with(character)) return character.size();
  }
  return 0;
}

size_t name_length(std::string_view text) {
  size_t length = 0;
  while (const size_t step = name_character_length(text.substr(length))) length += step;
  return length;
}

size_t digits_length(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

/// The bytes of `12`, `1.5`, `.5` or `2e-3` at the front; 0 where there is no number.
size_t number_length(std::string_view text) {
  size_t length = digits_length(text);
  if (length < text.size() && text[length] == '.') {
    const size_t decimals = digits_length(text.substr(length + 1));
    if (decimals > 0) length += 1 + decimals;
  }
  if (length == 0 || length >= text.size() || (text[length] != 'e' && text[length] != 'E')) return length;
  size_t sign = length + 1 < text.size() && (text[length + 1] == '-' || text[length + 1] == '+') ? 1 : 0;
  const size_t power = digits_length(text.substr(length + 1 + sign));
  return power > 0 ? length + 1 + sign + power : length;
}

bool is_first_byte(char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }

[[noreturn]] void refuse_character(char c, size_t character) {
  const std::string shown = c > ' ' && c < 127 ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", uint8_t(c));
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("cannot read this character (got {}, at character {})", shown, character),
              "use numbers, units, + - * / ^ %, comparisons and parentheses");
}

}  // namespace

std::vector<Token> cut_tokens(std::string_view expression) {
  std::vector<Token> tokens;
  size_t at = 0, character = 1;
  const auto advance = [&](size_t length) {
    character += static_cast<size_t>(std::ranges::count_if(expression.substr(at, length), is_first_byte));
    at += length;
  };
  const auto push = [&](TokenKind kind, size_t length, std::string_view text) {
    tokens.push_back({kind, text, at, character});
    advance(length);
  };
  while (at < expression.size()) {
    const std::string_view rest = expression.substr(at);
    if (is_space(rest[0])) {
      advance(1);
    } else if (const size_t digits = number_length(rest)) {
      push(TokenKind::kNumber, digits, rest.substr(0, digits));
    } else if (const size_t letters = name_length(rest)) {
      push(TokenKind::kName, letters, rest.substr(0, letters));
    } else if (rest.starts_with("²") || rest.starts_with("³")) {
      tokens.push_back({TokenKind::kOperator, "^", at, character});
      push(TokenKind::kNumber, 2, rest.starts_with("²") ? "2" : "3");
    } else {
      const auto found =
          std::ranges::find_if(kOperators, [&](const Spelling& s) { return rest.starts_with(s.written); });
      if (found == std::end(kOperators)) refuse_character(rest[0], character);
      push(TokenKind::kOperator, found->written.size(), found->meant);
    }
  }
  tokens.push_back({TokenKind::kEnd, "", at, character});
  return tokens;
}

std::string_view shortened(std::string_view text) {
  size_t length = std::min(text.size(), kShownBytes);
  while (length < text.size() && !is_first_byte(text[length])) ++length;
  return text.substr(0, length);
}

}  // namespace vitrine::exact
