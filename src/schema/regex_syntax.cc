#include "schema/regex_syntax.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"

namespace vitrine::schema {
namespace {

constexpr int kMaxRegexGroupDepth = 64;
constexpr size_t kMaxPatternLength = 20'000;
constexpr uint32_t kMaxRegexCount = 1'000'000'000;

CodePointSet digits() { return CodePointSet({{'0', '9'}}); }
CodePointSet word_characters() { return CodePointSet({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}); }
/// ECMA-262's WhiteSpace and LineTerminator.
CodePointSet white_space() {
  return CodePointSet({{0x09, 0x0D},
                       {0x20, 0x20},
                       {0xA0, 0xA0},
                       {0x1680, 0x1680},
                       {0x2000, 0x200A},
                       {0x2028, 0x2029},
                       {0x202F, 0x202F},
                       {0x205F, 0x205F},
                       {0x3000, 0x3000},
                       {0xFEFF, 0xFEFF}});
}
CodePointSet any_but_line_ends() { return CodePointSet({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}).complement(); }

/// A recursive-descent reader; the depth of groups is bounded.
class RegexParser {
 public:
  RegexParser(std::string_view pattern, std::string_view operation)
      : pattern_(pattern), operation_(operation), text_(decode_utf8(pattern, operation)) {
    if (text_.size() > kMaxPatternLength) refuse(ErrorCode::kUnsupported, "the pattern is too long");
  }

  Regex parse() {
    Regex regex = alternation(0);
    if (at_ < text_.size()) broken("a ')' without its '('");
    return regex;
  }

 private:
  [[noreturn]] void refuse(ErrorCode code, std::string_view what) const {
    throw Error(code,
                fmt::format("{}: {} (pattern \"{}\", character {})", operation_, what, pattern_.substr(0, 80), at_));
  }
  [[noreturn]] void broken(std::string_view what) const { refuse(ErrorCode::kInvalidArgument, what); }
  [[noreturn]] void unsupported(std::string_view what) const {
    refuse(ErrorCode::kUnsupported, fmt::format("{} is not supported in patterns", what));
  }

  bool done() const { return at_ >= text_.size(); }
  uint32_t peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : 0xFFFFFFFF; }
  bool take(uint32_t c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }

  Regex alternation(int depth) {
    if (depth > kMaxRegexGroupDepth) unsupported("nesting of groups this deep");
    std::vector<Regex> parts;
    do {
      std::vector<Regex> sequence;
      while (!done() && peek() != '|' && peek() != ')') sequence.push_back(quantified(depth));
      parts.push_back(Regex::concat(std::move(sequence)));
    } while (take('|'));
    return Regex::alternation(std::move(parts));
  }

  Regex quantified(int depth) {
    Regex atom = this->atom(depth);
    const bool is_assertion = atom.kind == Regex::Kind::kBegin || atom.kind == Regex::Kind::kEnd;
    uint32_t min = 0, max = 0;
    if (!quantifier(min, max)) return atom;
    if (is_assertion) broken("a quantifier after '^' or '$'");
    take('?');  // laziness does not change which texts match
    uint32_t more_min = 0, more_max = 0;
    if (quantifier(more_min, more_max)) broken("two quantifiers in a row");
    return Regex::repeat(std::move(atom), min, max);
  }

  bool quantifier(uint32_t& min, uint32_t& max) {
    min = 0, max = Regex::kUnbounded;
    if (take('*')) return true;
    if (take('+')) return min = 1, true;
    if (take('?')) return max = 1, true;
    if (peek() != '{') return false;
    ++at_;
    min = number();
    if (take(',')) {
      max = peek() == '}' ? Regex::kUnbounded : number();
    } else {
      max = min;
    }
    if (!take('}')) broken("a '{' that is no quantifier (write '\\{' for the character)");
    if (min > max) broken("a quantifier whose bounds are out of order");
    return true;
  }

  uint32_t number() {
    if (peek() < '0' || peek() > '9') broken("a '{' that is no quantifier (write '\\{' for the character)");
    uint64_t value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + (text_[at_++] - '0');
      if (value > kMaxRegexCount) unsupported("a count above a billion");
    }
    return static_cast<uint32_t>(value);
  }

  Regex atom(int depth) {
    if (take('(')) return group(depth);
    if (take('[')) return Regex::of(set());
    if (take('.')) return Regex::of(any_but_line_ends());
    if (take('^')) return {.kind = Regex::Kind::kBegin};
    if (take('$')) return {.kind = Regex::Kind::kEnd};
    if (take('\\')) return escape();
    const uint32_t c = peek();
    if (c == '*' || c == '+' || c == '?') broken("a quantifier with nothing before it");
    if (c == '{' || c == '}' || c == ']') broken("a bracket out of place (write it with '\\')");
    ++at_;
    return Regex::of(CodePointSet::of(c));
  }

  Regex group(int depth) {
    if (take('?')) {
      if (peek() == '=' || peek() == '!') unsupported("look-ahead");
      if (take('<')) {
        if (peek() == '=' || peek() == '!') unsupported("look-behind");
        while (!done() && peek() != '>') ++at_;
        if (!take('>')) broken("a group's name without its '>'");
      } else if (!take(':')) {
        unsupported("a group with flags");
      }
    }
    Regex inside = alternation(depth + 1);
    if (!take(')')) broken("a '(' without its ')'");
    return inside;
  }

  Regex escape() {
    if (peek() >= '1' && peek() <= '9') unsupported("a back reference");
    if (peek() == 'k') unsupported("a back reference");
    if (peek() == 'b' || peek() == 'B') unsupported("a word boundary (\\b, \\B)");
    return Regex::of(escaped_set());
  }

  /// Reads what follows a backslash, inside or outside of brackets.
  CodePointSet escaped_set() {
    if (done()) broken("a backslash at the end");
    const uint32_t c = text_[at_++];
    switch (c) {
      case 'd':
        return digits();
      case 'D':
        return digits().complement();
      case 'w':
        return word_characters();
      case 'W':
        return word_characters().complement();
      case 's':
        return white_space();
      case 'S':
        return white_space().complement();
      case 'p':
      case 'P':
        unsupported("a Unicode property (\\p)");
      case 't':
        return CodePointSet::of('\t');
      case 'n':
        return CodePointSet::of('\n');
      case 'r':
        return CodePointSet::of('\r');
      case 'f':
        return CodePointSet::of('\f');
      case 'v':
        return CodePointSet::of('\v');
      case '0':
        return CodePointSet::of(0);
      case 'x':
        return CodePointSet::of(hex(2));
      case 'u':
        return CodePointSet::of(unicode_escape());
      case 'c': {
        const uint32_t letter = done() ? 0 : text_[at_++];
        if (!word_characters().contains(letter) || letter < 'A' || letter == '_') broken("\\c without a letter");
        return CodePointSet::of(letter & 31);
      }
      default:
        break;
    }
    if (word_characters().contains(c)) broken("an escape that has no meaning");
    return CodePointSet::of(c);
  }

  uint32_t hex(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const uint32_t c = done() ? 0 : text_[at_++];
      const std::optional<uint32_t> digit = hex_digit(c);
      if (!digit) broken("an escape without its hexadecimal digits");
      value = value << 4 | *digit;
    }
    return value;
  }

  static std::optional<uint32_t> hex_digit(uint32_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
  }

  uint32_t unicode_escape() {
    if (take('{')) {
      uint32_t value = 0;
      if (peek() == '}') broken("an escape without its hexadecimal digits");
      while (!take('}')) {
        value = value << 4 | hex(1);
        if (value > kMaxCodePoint) broken("a character above U+10FFFF");
      }
      return checked(value);
    }
    const uint32_t high = hex(4);
    if (high >= 0xD800 && high < 0xDC00 && peek() == '\\' && peek(1) == 'u') {
      at_ += 2;
      const uint32_t low = hex(4);
      if (low < 0xDC00 || low > 0xDFFF) broken("half of a surrogate pair");
      return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    }
    return checked(high);
  }

  uint32_t checked(uint32_t c) const {
    if (c >= 0xD800 && c <= 0xDFFF) broken("half of a surrogate pair");
    return c;
  }

  /// Reads a set after its '['.
  CodePointSet set() {
    const bool is_negated = take('^');
    std::vector<CodePointRange> ranges;
    const auto add = [&](const CodePointSet& part) {
      ranges.insert(ranges.end(), part.ranges().begin(), part.ranges().end());
    };
    while (!take(']')) {
      if (done()) broken("a '[' without its ']'");
      const CodePointSet from = set_member();
      if (peek() != '-' || peek(1) == ']') {
        add(from);
        continue;
      }
      ++at_;
      const CodePointSet to = set_member();
      const uint32_t first = single(from), last = single(to);
      if (first > last) broken("a range whose ends are out of order");
      ranges.push_back({first, last});
    }
    CodePointSet result(std::move(ranges));
    return is_negated ? result.complement() : result;
  }

  CodePointSet set_member() {
    if (done()) broken("a '[' without its ']'");
    if (!take('\\')) return CodePointSet::of(text_[at_++]);
    if (take('b')) return CodePointSet::of('\b');
    if (take('-')) return CodePointSet::of('-');
    return escaped_set();
  }

  uint32_t single(const CodePointSet& set) const {
    if (set.ranges().size() != 1 || set.ranges()[0].first != set.ranges()[0].last) {
      broken("a range between things that are not single characters");
    }
    return set.ranges()[0].first;
  }

  std::string_view pattern_;
  std::string_view operation_;
  std::vector<uint32_t> text_;
  size_t at_ = 0;
};

}  // namespace

const Regex* Regex::single_loop() const {
  if (kind != Kind::kConcat || parts.size() != 3) return nullptr;
  const Regex& body = parts[1];
  const bool is_anchored = parts[0].kind == Kind::kBegin && parts[2].kind == Kind::kEnd;
  return is_anchored && body.kind == Kind::kRepeat && body.parts[0].kind == Kind::kSet ? &body : nullptr;
}

Regex Regex::of(CodePointSet set) { return {.kind = Kind::kSet, .set = std::move(set)}; }

Regex Regex::concat(std::vector<Regex> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  return {.kind = Kind::kConcat, .parts = std::move(parts)};
}

Regex Regex::alternation(std::vector<Regex> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  return {.kind = Kind::kAlternation, .parts = std::move(parts)};
}

Regex Regex::repeat(Regex part, uint32_t min, uint32_t max) {
  Regex result{.kind = Kind::kRepeat, .min = min, .max = max};
  result.parts.push_back(std::move(part));
  return result;
}

Regex Regex::text(const std::vector<uint32_t>& code_points) {
  std::vector<Regex> parts;
  for (uint32_t c : code_points) parts.push_back(of(CodePointSet::of(c)));
  return concat(std::move(parts));
}

Regex parse_regex(std::string_view pattern, std::string_view operation) {
  return RegexParser(pattern, operation).parse();
}

}  // namespace vitrine::schema
