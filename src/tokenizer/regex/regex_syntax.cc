#include "tokenizer/regex/regex_syntax.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

// The members of the classes as Oniguruma has them: \w holds alphabetic symbols, and of Latin-1 also superscripts and
// fractions, but not inside of a class. PCRE2's \s has U+180E too, its \w has all numbers and no marks.
constexpr std::string_view kSpaces =
    R"(\x09-\x0D\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
constexpr std::string_view kWordCharacters =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189})";
constexpr std::string_view kWordCharactersOutside = R"(\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";
constexpr std::string_view kHexDigits = "0-9A-Fa-f";

class Rewriter {
 public:
  explicit Rewriter(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) step();
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("tokenizer pattern: {} is not supported (got '{}')", what, pattern_),
                "this program runs patterns with PCRE2");
  }

  bool starts(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }

  void take(size_t count) {
    out_ += pattern_.substr(at_, count);
    at_ += count;
  }

  void step() {
    const char c = pattern_[at_];
    if (c == '\\') return escape();
    if (class_depth_ > 0) return in_class(c);
    if (c == '[') {
      class_depth_ = 1;
      take(1);
      if (starts("^")) take(1);
      if (starts("]")) refuse("an empty class");
      return;
    }
    if (c == '(' && starts("(?")) return group();
    if (c == '}' && starts("}+")) refuse("{n,m}+");
    take(1);
  }

  /// A class in a class is a union: its brackets go.
  void in_class(char c) {
    if (starts("&&")) refuse("an intersection of classes");
    if (c == '[' && !starts("[:")) {
      if (starts("[^")) refuse("a negated class in a class");
      ++class_depth_;
      ++at_;
      return;
    }
    if (starts("[:")) {
      const size_t end = pattern_.find(":]", at_);
      if (end == std::string_view::npos) refuse("an open class name");
      return take(end + 2 - at_);
    }
    if (c == ']' && --class_depth_ > 0) {
      ++at_;
      return;
    }
    take(1);
  }

  /// In Ruby's syntax the flag m lets the dot match newlines, which PCRE2 calls s.
  void group() {
    size_t end = at_ + 2;
    while (end < pattern_.size() && (pattern_[end] == '-' || (pattern_[end] >= 'a' && pattern_[end] <= 'z'))) ++end;
    const bool flags = end < pattern_.size() && (pattern_[end] == ':' || pattern_[end] == ')');
    if (!flags) return take(2);
    for (; at_ < end; ++at_) out_ += pattern_[at_] == 'm' ? 's' : pattern_[at_];
  }

  std::string word_characters() const {
    return std::string(kWordCharacters).append(class_depth_ > 0 ? "" : kWordCharactersOutside);
  }

  void class_escape(std::string_view members, bool negated) {
    if (class_depth_ > 0 && negated) return take(2);
    if (class_depth_ > 0) {
      out_ += members;
    } else {
      out_ += fmt::format("[{}{}]", negated ? "^" : "", members);
    }
    at_ += 2;
  }

  void escape() {
    if (at_ + 1 == pattern_.size()) refuse("a backslash at the end");
    switch (pattern_[at_ + 1]) {
      case 's': return class_escape(kSpaces, false);
      case 'S': return class_escape(kSpaces, true);
      case 'w': return class_escape(word_characters(), false);
      case 'W': return class_escape(word_characters(), true);
      case 'h': return class_escape(kHexDigits, false);
      case 'H':
        if (class_depth_ > 0) refuse("\\H in a class");
        return class_escape(kHexDigits, true);
      case 'u':
        if (at_ + 6 > pattern_.size()) refuse("a short \\u");
        out_ += fmt::format("\\x{{{}}}", pattern_.substr(at_ + 2, 4));
        at_ += 6;
        return;
      case 'C': refuse("\\C");
      case 'p':
      case 'P':
      case 'x': {  // the braces behind it are no interval
        const size_t end = pattern_.substr(at_ + 2).starts_with('{') ? pattern_.find('}', at_) : at_ + 1;
        if (end == pattern_.npos) refuse("an open brace");
        return take(end + 1 - at_);
      }
      default: return take(2);
    }
  }

  std::string_view pattern_;
  size_t at_ = 0;
  int class_depth_ = 0;
  std::string out_;
};

}  // namespace

std::string to_pcre_syntax(std::string_view pattern) { return Rewriter(pattern).run(); }

}  // namespace vitrine::tokenizer
