#include "template/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace vitrine::templates {
namespace {

ExpressionPtr make_binary(Operator operation, ExpressionPtr left, ExpressionPtr right, int line) {
  auto node = std::make_unique<Binary>(operation, line);
  deepen(*node, left);
  deepen(*node, right);
  node->left = std::move(left);
  node->right = std::move(right);
  return node;
}

struct Sign {
  std::string_view text;
  Operator operation;
};

constexpr Sign kSums[] = {{"+", Operator::kAdd}, {"-", Operator::kSubtract}};
constexpr Sign kProducts[] = {
    {"*", Operator::kMultiply}, {"/", Operator::kDivide}, {"//", Operator::kFloorDivide}, {"%", Operator::kModulo}};
constexpr Sign kComparisons[] = {{"==", Operator::kEqual},  {"!=", Operator::kNotEqual},
                                 {"<", Operator::kLess},    {"<=", Operator::kLessEqual},
                                 {">", Operator::kGreater}, {">=", Operator::kGreaterEqual}};

std::optional<Operator> skip_sign(TokenStream& stream, std::span<const Sign> signs) {
  for (const Sign& sign : signs) {
    if (stream.skip_operator(sign.text)) return sign.operation;
  }
  return std::nullopt;
}

std::optional<Operator> skip_comparison(TokenStream& stream) {
  if (const auto operation = skip_sign(stream, kComparisons)) return operation;
  if (stream.skip_name("in")) return Operator::kIn;
  const bool not_in =
      stream.at_name("not") && stream.next_one().kind == TokenKind::kName && stream.next_one().text == "in";
  if (!not_in) return std::nullopt;
  stream.take();
  stream.take();
  return Operator::kNotIn;
}

}  // namespace

NameId ExpressionParser::name_id(const std::string& name) {
  const auto [place, is_new] = ids_.try_emplace(name, static_cast<NameId>(names_.size()));
  if (is_new) names_.push_back(name);
  return place->second;
}

ExpressionPtr ExpressionParser::parse_expression(bool with_condition) {
  const NestingGuard guard(nesting_, stream_.line());
  return with_condition ? parse_condition() : parse_logic(true);
}

bool ExpressionParser::at_tuple_end() const {
  return stream_.at(TokenKind::kVariableEnd) || stream_.at(TokenKind::kBlockEnd) || stream_.at_operator(")");
}

ExpressionPtr ExpressionParser::parse_tuple(bool with_condition, bool in_brackets) {
  auto tuple = std::make_unique<Compound>(ExpressionKind::kTuple, stream_.line());
  bool is_tuple = false;
  while (true) {
    if (!tuple->parts.empty()) stream_.expect_operator(",");
    if (at_tuple_end() || (is_tuple && stream_.at_name("recursive"))) break;
    tuple->parts.push_back(parse_expression(with_condition));
    deepen(*tuple, tuple->parts.back());
    if (!stream_.at_operator(",")) break;
    is_tuple = true;
  }
  if (is_tuple) return tuple;
  if (tuple->parts.size() == 1) return std::move(tuple->parts.front());
  if (!in_brackets) stream_.fail_here("an expression");
  return tuple;
}

ExpressionPtr ExpressionParser::parse_condition() {
  const int line = stream_.line();
  ExpressionPtr result = parse_logic(true);
  while (stream_.skip_name("if")) {
    auto node = std::make_unique<Conditional>(line);
    node->yes = std::move(result);
    node->test = parse_logic(true);
    if (stream_.skip_name("else")) node->no = parse_expression();
    deepen(*node, node->yes);
    deepen(*node, node->test);
    deepen(*node, node->no);
    result = std::move(node);
  }
  return result;
}

ExpressionPtr ExpressionParser::parse_logic(bool is_or) {
  const auto parse_part = [&] { return is_or ? parse_logic(false) : parse_not(); };
  ExpressionPtr first = parse_part();
  const std::string_view word = is_or ? "or" : "and";
  if (!stream_.at_name(word)) return first;
  auto node = std::make_unique<Compound>(is_or ? ExpressionKind::kOr : ExpressionKind::kAnd, first->line);
  deepen(*node, first);
  node->parts.push_back(std::move(first));
  while (stream_.skip_name(word)) {
    node->parts.push_back(parse_part());
    deepen(*node, node->parts.back());
  }
  return node;
}

ExpressionPtr ExpressionParser::parse_not() {
  if (!stream_.at_name("not")) return parse_comparison();
  const NestingGuard guard(nesting_, stream_.line());
  auto node = std::make_unique<Compound>(ExpressionKind::kNot, stream_.take().line);
  node->parts.push_back(parse_not());
  deepen(*node, node->parts.back());
  return node;
}

ExpressionPtr ExpressionParser::parse_comparison() {
  ExpressionPtr first = parse_sum();
  std::optional<Operator> operation = skip_comparison(stream_);
  if (!operation) return first;
  auto node = std::make_unique<Compare>(first->line);
  deepen(*node, first);
  node->first = std::move(first);
  while (operation) {
    node->rest.emplace_back(*operation, parse_sum());
    deepen(*node, node->rest.back().second);
    operation = skip_comparison(stream_);
  }
  return node;
}

ExpressionPtr ExpressionParser::parse_sum() {
  ExpressionPtr left = parse_concat();
  while (const auto operation = skip_sign(stream_, kSums)) {
    const int line = left->line;
    left = make_binary(*operation, std::move(left), parse_concat(), line);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_concat() {
  ExpressionPtr first = parse_product();
  if (!stream_.at_operator("~")) return first;
  auto node = std::make_unique<Compound>(ExpressionKind::kConcat, first->line);
  deepen(*node, first);
  node->parts.push_back(std::move(first));
  while (stream_.skip_operator("~")) {
    node->parts.push_back(parse_product());
    deepen(*node, node->parts.back());
  }
  return node;
}

ExpressionPtr ExpressionParser::parse_product() {
  ExpressionPtr left = parse_power();
  while (const auto operation = skip_sign(stream_, kProducts)) {
    const int line = left->line;
    left = make_binary(*operation, std::move(left), parse_power(), line);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_power() {
  ExpressionPtr left = parse_unary();
  while (stream_.skip_operator("**")) {
    const int line = left->line;
    left = make_binary(Operator::kPower, std::move(left), parse_unary(), line);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_unary(bool with_filters) {
  ExpressionPtr result;
  if (stream_.at_operator("-") || stream_.at_operator("+")) {
    const NestingGuard guard(nesting_, stream_.line());
    const Token sign = stream_.take();
    auto node = std::make_unique<Unary>(sign.text == "-", sign.line);
    node->operand = parse_unary(false);
    deepen(*node, node->operand);
    result = std::move(node);
  } else {
    result = parse_primary();
  }
  result = parse_postfix(std::move(result));
  return with_filters ? parse_filters_and_tests(std::move(result)) : std::move(result);
}

ExpressionPtr ExpressionParser::parse_postfix(ExpressionPtr object) {
  while (true) {
    if (stream_.at_operator(".") || stream_.at_operator("[")) {
      object = parse_subscript(std::move(object));
    } else if (stream_.at_operator("(")) {
      object = parse_call(std::move(object));
    } else {
      return object;
    }
  }
}

ExpressionPtr ExpressionParser::parse_filters_and_tests(ExpressionPtr object) {
  while (true) {
    if (stream_.at_operator("|")) {
      object = parse_filters(std::move(object));
    } else if (stream_.at_name("is")) {
      object = parse_test(std::move(object));
    } else if (stream_.at_operator("(")) {
      object = parse_call(std::move(object));
    } else {
      return object;
    }
  }
}

Target ExpressionParser::parse_single_target(bool with_attribute) {
  const NestingGuard guard(nesting_, stream_.line());
  Target target;
  target.line = stream_.line();
  if (stream_.skip_operator("(")) {
    target = parse_target(with_attribute);
    stream_.expect_operator(")");
    return target;
  }
  const std::string name = stream_.expect_name();
  for (const char* constant : {"true", "false", "none", "True", "False", "None"}) {
    if (name == constant) fail_at_line(target.line, fmt::format("'{}' cannot be assigned to", name));
  }
  target.name = name_id(name);
  if (with_attribute && stream_.skip_operator(".")) target.attribute = stream_.expect_name();
  return target;
}

Target ExpressionParser::parse_target(bool with_attribute) {
  Target first = parse_single_target(with_attribute);
  if (!stream_.at_operator(",")) return first;
  Target tuple;
  tuple.line = first.line;
  tuple.is_tuple = true;
  tuple.unpacked.push_back(std::move(first));
  while (stream_.skip_operator(",")) {
    if (!stream_.at(TokenKind::kName) && !stream_.at_operator("(")) break;
    if (stream_.at_name("in")) break;
    tuple.unpacked.push_back(parse_single_target(with_attribute));
  }
  return tuple;
}

void ExpressionParser::note_macro_name(std::string_view name) {
  for (MacroDefinition* macro : open_macros_) {
    if (name == "caller") macro->takes_caller = true;
    if (name == "varargs") macro->takes_varargs = true;
    if (name == "kwargs") macro->takes_kwargs = true;
  }
}

}  // namespace vitrine::templates
