#include "schema/gbnf_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "schema/regex_syntax.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxLength = 1 << 20;
constexpr int kMaxGbnfGroupDepth = 64;
constexpr uint32_t kMaxGbnfCount = 1'000'000;
constexpr std::string_view kGbnfOperation = "gbnf";

bool is_word(uint32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class GbnfParser {
 public:
  explicit GbnfParser(std::string_view text) {
    if (text.size() > kMaxLength) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: the grammar is longer than {} bytes", kGbnfOperation, kMaxLength));
    }
    text_ = decode_utf8(text, kGbnfOperation);
  }

  GbnfGrammar parse() {
    skip_space(true);
    while (!done()) rule();
    for (const GbnfRule& rule : grammar_.rules) {
      if (!rule.is_defined) broken_rule(rule.name, "is not defined");
    }
    const auto root = ids_.find("root");
    if (root == ids_.end()) broken_rule("root", "is missing");
    grammar_.root = root->second;
    return std::move(grammar_);
  }

 private:
  [[noreturn]] void broken(std::string_view what) const {
    const auto line =
        std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(std::min(at_, text_.size())), '\n');
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {} (line {})", kGbnfOperation, what, line + 1));
  }
  [[noreturn]] static void broken_rule(std::string_view name, std::string_view what) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: the rule '{}' {}", kGbnfOperation, name, what));
  }

  bool done() const { return at_ >= text_.size(); }
  uint32_t peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : 0xFFFFFFFF; }
  bool take(uint32_t c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void skip_space(bool over_lines) {
    while (!done()) {
      const uint32_t c = peek();
      if (c == '#') {
        while (!done() && peek() != '\n' && peek() != '\r') ++at_;
      } else if (c == ' ' || c == '\t' || (over_lines && (c == '\n' || c == '\r'))) {
        ++at_;
      } else {
        return;
      }
    }
  }

  std::string name() {
    std::string out;
    while (is_word(peek())) out += static_cast<char>(text_[at_++]);
    if (out.empty()) broken("a rule's name was expected");
    return out;
  }

  uint32_t rule_id(const std::string& name) {
    const auto [place, is_new] = ids_.try_emplace(name, static_cast<uint32_t>(grammar_.rules.size()));
    if (is_new) grammar_.rules.push_back({.name = name});
    return place->second;
  }

  void rule() {
    const std::string name = this->name();
    const uint32_t id = rule_id(name);
    skip_space(false);
    if (!take(':') || !take(':') || !take('=')) broken("'::=' was expected after a rule's name");
    skip_space(true);
    if (grammar_.rules[id].is_defined) broken_rule(name, "is defined twice");
    grammar_.rules[id].is_defined = true;
    GbnfNode body = alternation(0);
    grammar_.rules[id].body = std::move(body);
    if (!done() && peek() != '\n' && peek() != '\r') broken("the end of a line was expected after a rule");
    skip_space(true);
  }

  GbnfNode alternation(int depth) {
    if (depth > kMaxGbnfGroupDepth) broken("groups are nested too deep");
    GbnfNode node{.kind = GbnfNode::Kind::kAlternation};
    do {
      skip_space(true);
      node.parts.push_back(sequence(depth));
    } while (take('|'));
    return node.parts.size() == 1 ? std::move(node.parts[0]) : std::move(node);
  }

  GbnfNode sequence(int depth) {
    GbnfNode node;
    for (;;) {
      std::optional<GbnfNode> atom = this->atom(depth);
      if (!atom) break;
      // A quantifier may follow another: each applies to what stands before.
      while (std::optional<GbnfNode> repeated = quantified(*atom)) atom = std::move(repeated);
      node.parts.push_back(std::move(*atom));
      skip_space(depth > 0);
    }
    return node.parts.size() == 1 ? std::move(node.parts[0]) : std::move(node);
  }

  std::optional<GbnfNode> atom(int depth) {
    if (take('"')) return literal();
    if (take('[')) return GbnfNode{.kind = GbnfNode::Kind::kSet, .set = set()};
    if (take('.')) return GbnfNode{.kind = GbnfNode::Kind::kSet, .set = CodePointSet::all()};
    if (take('(')) {
      GbnfNode inside = alternation(depth + 1);
      skip_space(true);
      if (!take(')')) broken("a '(' without its ')'");
      return inside;
    }
    if (peek() == '<' || peek() == '!') {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: references to tokens (<...>) are not supported", kGbnfOperation));
    }
    if (!is_word(peek())) return std::nullopt;
    return GbnfNode{.kind = GbnfNode::Kind::kRule, .rule = rule_id(name())};
  }

  std::optional<GbnfNode> quantified(GbnfNode& atom) {
    skip_space(false);
    uint32_t min = 0, max = Regex::kUnbounded;
    if (take('*')) {
    } else if (take('+')) {
      min = 1;
    } else if (take('?')) {
      max = 1;
    } else if (take('{')) {
      skip_space(false);
      min = peek() == ',' ? 0 : number();
      skip_space(false);
      max = min;
      if (take(',')) {
        skip_space(false);
        max = peek() == '}' ? Regex::kUnbounded : number();
      }
      skip_space(false);
      if (!take('}')) broken("a '{' without its '}'");
      if (min > max) broken("a quantifier whose bounds are out of order");
    } else {
      return std::nullopt;
    }
    GbnfNode node{.kind = GbnfNode::Kind::kRepeat, .min = min, .max = max};
    node.parts.push_back(std::move(atom));
    return node;
  }

  uint32_t number() {
    if (peek() < '0' || peek() > '9') broken("a number was expected");
    uint32_t value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + (text_[at_++] - '0');
      if (value > kMaxGbnfCount) broken("a count above a million");
    }
    return value;
  }

  GbnfNode literal() {
    GbnfNode node;
    while (!take('"')) {
      if (done()) broken("a '\"' without its end");
      node.parts.push_back({.kind = GbnfNode::Kind::kSet, .set = CodePointSet::of(character())});
    }
    return node;
  }

  CodePointSet set() {
    const bool is_negated = take('^');
    std::vector<CodePointRange> ranges;
    while (!take(']')) {
      if (done()) broken("a '[' without its ']'");
      const uint32_t first = character();
      uint32_t last = first;
      if (peek() == '-' && peek(1) != ']') {
        ++at_;
        if (done()) broken("a '[' without its ']'");
        last = character();
        if (first > last) broken("a range whose ends are out of order");
      }
      ranges.push_back({first, last});
    }
    CodePointSet result(std::move(ranges));
    return is_negated ? result.complement() : result;
  }

  uint32_t character() {
    const uint32_t c = text_[at_++];
    if (c != '\\') return c;
    if (done()) broken("a backslash at the end");
    const uint32_t escaped = text_[at_++];
    switch (escaped) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case '\\':
      case '"':
      case '[':
      case ']':
      case '-':
      case '^':
        return escaped;
      case 'x':
        return hex(2);
      case 'u':
        return hex(4);
      case 'U':
        return hex(8);
      default:
        broken("an escape that has no meaning");
    }
  }

  uint32_t hex(int digits) {
    uint32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const uint32_t c = done() ? 0 : text_[at_++];
      const uint32_t lower = c | 32;
      if (c >= '0' && c <= '9') {
        value = value << 4 | (c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        value = value << 4 | (lower - 'a' + 10);
      } else {
        broken("an escape without its hexadecimal digits");
      }
    }
    if (value > kMaxCodePoint || (value >= 0xD800 && value <= 0xDFFF)) broken("an escape that is no character");
    return value;
  }

  std::vector<uint32_t> text_;
  size_t at_ = 0;
  GbnfGrammar grammar_;
  std::unordered_map<std::string, uint32_t> ids_;
};

}  // namespace

GbnfGrammar parse_gbnf(std::string_view text) { return GbnfParser(text).parse(); }

}  // namespace vitrine::schema
