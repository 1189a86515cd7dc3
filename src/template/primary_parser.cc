// The part of the expression parser for what binds tightest: literals, names, attributes, calls, filters and tests.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "template/expression_parser.h"
#include "template/filters/catalog.h"
#include "template/is_tests/catalog.h"

namespace vitrine::templates {
namespace {

ExpressionPtr literal(Value value, int line) { return std::make_unique<Literal>(std::move(value), line); }

Value integer_value(const std::string& text, int line) {
  constexpr size_t kMaxDigits = 4300;
  if (text.size() > kMaxDigits) fail_at_line(line, fmt::format("an integer is too long (limit {} digits)", kMaxDigits));
  const bool has_prefix = text.size() > 2 && text[0] == '0' && (text[1] < '0' || text[1] > '9');
  if (!has_prefix)
    return Value::big_integer(text.find_first_not_of('0') == std::string::npos ? "0" : text, Origin::kTemplate);
  const char prefix = static_cast<char>(text[1] | 0x20);
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data() + 2, text.data() + text.size(), value,
                                              prefix == 'x'   ? 16
                                              : prefix == 'o' ? 8
                                                              : 2);
  if (problem != std::errc()) fail_at_line(line, "an integer is beyond 64 bits");
  return Value::integer(value);
}

Value real_value(const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
  return Value::real(value);
}

}  // namespace

ExpressionPtr ExpressionParser::parse_primary() {
  const int line = stream_.line();
  switch (stream_.current().kind) {
    case TokenKind::kName:
      return parse_name();
    case TokenKind::kString: {
      std::string text;
      while (stream_.at(TokenKind::kString)) text += stream_.take().text;
      return literal(Value::string(std::move(text), Origin::kTemplate), line);
    }
    case TokenKind::kInteger:
      return literal(integer_value(stream_.take().text, line), line);
    case TokenKind::kReal:
      return literal(real_value(stream_.take().text), line);
    default:
      break;
  }
  if (stream_.skip_operator("(")) {
    const NestingGuard guard(nesting_, line);
    ExpressionPtr inner = parse_tuple(true, true);
    stream_.expect_operator(")");
    return inner;
  }
  if (stream_.at_operator("[")) return parse_list();
  if (stream_.at_operator("{")) return parse_dict();
  stream_.fail_here("an expression");
}

ExpressionPtr ExpressionParser::parse_name() {
  const Token token = stream_.take();
  if (token.text == "true" || token.text == "True") return literal(Value::boolean(true), token.line);
  if (token.text == "false" || token.text == "False") return literal(Value::boolean(false), token.line);
  if (token.text == "none" || token.text == "None") return literal(Value::none(), token.line);
  note_macro_name(token.text);
  return std::make_unique<Name>(name_id(token.text), token.text, token.line);
}

ExpressionPtr ExpressionParser::parse_list() {
  auto node = std::make_unique<Compound>(ExpressionKind::kList, stream_.line());
  stream_.expect_operator("[");
  while (!stream_.at_operator("]")) {
    if (!node->parts.empty()) stream_.expect_operator(",");
    if (stream_.at_operator("]")) break;
    node->parts.push_back(parse_expression());
    deepen(*node, node->parts.back());
  }
  stream_.expect_operator("]");
  return node;
}

ExpressionPtr ExpressionParser::parse_dict() {
  auto node = std::make_unique<DictLiteral>(stream_.line());
  stream_.expect_operator("{");
  while (!stream_.at_operator("}")) {
    if (!node->entries.empty()) stream_.expect_operator(",");
    if (stream_.at_operator("}")) break;
    ExpressionPtr key = parse_expression();
    stream_.expect_operator(":");
    ExpressionPtr value = parse_expression();
    deepen(*node, key);
    deepen(*node, value);
    node->entries.emplace_back(std::move(key), std::move(value));
  }
  stream_.expect_operator("}");
  return node;
}

ExpressionPtr ExpressionParser::parse_subscript(ExpressionPtr object) {
  const Token token = stream_.take();
  if (token.text == "[") return parse_index(std::move(object), token.line);
  if (stream_.at(TokenKind::kInteger)) {
    auto node = std::make_unique<Item>(token.line);
    node->index = literal(integer_value(stream_.take().text, token.line), token.line);
    deepen(*node, object);
    node->object = std::move(object);
    return node;
  }
  auto node = std::make_unique<Attribute>(token.line);
  node->name = stream_.expect_name();
  deepen(*node, object);
  node->object = std::move(object);
  return node;
}

ExpressionPtr ExpressionParser::parse_index(ExpressionPtr object, int line) {
  const auto at_part_end = [&] { return stream_.at_operator(":") || stream_.at_operator("]"); };
  ExpressionPtr first = at_part_end() ? nullptr : parse_expression();
  if (first && stream_.skip_operator("]")) {
    auto node = std::make_unique<Item>(line);
    deepen(*node, object);
    deepen(*node, first);
    node->object = std::move(object);
    node->index = std::move(first);
    return node;
  }
  auto node = std::make_unique<Slice>(line);
  node->start = std::move(first);
  stream_.expect_operator(":");
  if (!at_part_end()) node->stop = parse_expression();
  if (stream_.skip_operator(":") && !stream_.at_operator("]")) node->step = parse_expression();
  stream_.expect_operator("]");
  for (const ExpressionPtr* part : {&object, &node->start, &node->stop, &node->step}) deepen(*node, *part);
  node->object = std::move(object);
  return node;
}

CallArguments ExpressionParser::parse_call_arguments(Expression& owner) {
  CallArguments arguments;
  stream_.expect_operator("(");
  bool needs_comma = false;
  while (!stream_.at_operator(")")) {
    if (needs_comma) stream_.expect_operator(",");
    if (stream_.at_operator(")")) break;
    needs_comma = true;
    const bool is_keyword = stream_.at(TokenKind::kName) && stream_.next_one().kind == TokenKind::kOperator &&
                            stream_.next_one().text == "=";
    if (arguments.spread_dict) stream_.fail_here("')'");
    if (stream_.skip_operator("**")) {
      deepen(owner, arguments.spread_dict = parse_expression());
    } else if (!arguments.spread_list && stream_.skip_operator("*")) {
      deepen(owner, arguments.spread_list = parse_expression());
    } else if (is_keyword) {
      std::string name = stream_.take().text;
      stream_.take();
      arguments.keyword.emplace_back(std::move(name), parse_expression());
      deepen(owner, arguments.keyword.back().second);
    } else if (arguments.spread_list || !arguments.keyword.empty()) {
      stream_.fail_here("a named argument");
    } else {
      arguments.positional.push_back(parse_expression());
      deepen(owner, arguments.positional.back());
    }
  }
  stream_.expect_operator(")");
  return arguments;
}

ExpressionPtr ExpressionParser::parse_call(ExpressionPtr callee) {
  auto node = std::make_unique<Call>(stream_.line());
  deepen(*node, callee);
  node->callee = std::move(callee);
  node->arguments = parse_call_arguments(*node);
  return node;
}

std::string ExpressionParser::parse_dotted_name() {
  std::string name = stream_.expect_name();
  while (stream_.skip_operator(".")) name += "." + stream_.expect_name();
  return name;
}

ExpressionPtr ExpressionParser::parse_filters(ExpressionPtr input, bool inline_first) {
  while (inline_first || stream_.skip_operator("|")) {
    inline_first = false;
    auto node = std::make_unique<Filter>(stream_.line());
    deepen(*node, input);
    node->input = std::move(input);
    node->name = parse_dotted_name();
    node->native = find_filter(node->name);
    if (stream_.at_operator("(")) node->arguments = parse_call_arguments(*node);
    input = std::move(node);
  }
  return input;
}

ExpressionPtr ExpressionParser::parse_test(ExpressionPtr input) {
  auto node = std::make_unique<Test>(stream_.take().line);
  const bool negated = stream_.skip_name("not");
  deepen(*node, input);
  node->input = std::move(input);
  node->name = parse_dotted_name();
  node->native = find_test(node->name);
  const TokenKind kind = stream_.current().kind;
  const bool is_value = kind == TokenKind::kName || kind == TokenKind::kString || kind == TokenKind::kInteger ||
                        kind == TokenKind::kReal || stream_.at_operator("[") || stream_.at_operator("{");
  const bool is_word = stream_.at_name("else") || stream_.at_name("or") || stream_.at_name("and");
  if (stream_.at_operator("(")) {
    node->arguments = parse_call_arguments(*node);
  } else if (is_value && !is_word) {
    if (stream_.at_name("is")) fail_at_line(node->line, "tests with 'is' cannot follow each other");
    node->arguments.positional.push_back(parse_postfix(parse_primary()));
    deepen(*node, node->arguments.positional.back());
  }
  if (!negated) return node;
  auto opposite = std::make_unique<Compound>(ExpressionKind::kNot, node->line);
  opposite->parts.push_back(std::move(node));
  deepen(*opposite, opposite->parts.back());
  return opposite;
}

}  // namespace vitrine::templates
