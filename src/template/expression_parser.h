// Reads expressions from tokens. The statement parser drives it.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "template/ast.h"
#include "template/lexer.h"

namespace vitrine::templates {

/// The tokens, with a place in them. What is expected and not there is an Error with its line.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& next_one() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  int line() const { return current().line; }

  bool at(TokenKind kind) const { return current().kind == kind; }
  bool at_operator(std::string_view text) const { return at(TokenKind::kOperator) && current().text == text; }
  bool at_name(std::string_view text) const { return at(TokenKind::kName) && current().text == text; }

  Token take();
  bool skip_operator(std::string_view text);
  bool skip_name(std::string_view text);
  void expect_operator(std::string_view text);
  std::string expect_name();
  void expect_name(std::string_view text);
  void expect(TokenKind kind);
  [[noreturn]] void fail_here(std::string_view expected) const;

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

/// Deepest nesting that the parser follows, of brackets and of statements.
inline constexpr int kMaxNesting = 100;
/// Deepest tree of an expression; `a + b + c` is one level for each sign.
inline constexpr int kMaxExpressionDepth = 250;

/// Counts one level of nesting as long as it lives. Errors: kInvalidArgument beyond kMaxNesting.
class NestingGuard {
 public:
  NestingGuard(int& level, int line);
  ~NestingGuard() { --level_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  int& level_;
};

/// Counts a part, which may be null, into the depth of what it is part of. Errors: beyond kMaxExpressionDepth.
void deepen(Expression& node, const ExpressionPtr& part);

/// Recursive descent in the order of Jinja's precedence, lowest first: if, or, and, not, comparison, + and -, ~, * / //
/// %,
/// **, signs, then attributes, calls and filters.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : stream_(std::move(tokens)) {}

  TokenStream& stream() { return stream_; }
  int& nesting() { return nesting_; }

  /// Reads an expression; without `with_condition` an `if` after it is left alone.
  ExpressionPtr parse_expression(bool with_condition = true);
  /// Reads an expression, or a tuple without brackets.
  ExpressionPtr parse_tuple(bool with_condition = true, bool in_brackets = false);
  /// Reads what can be assigned to; attributes of namespaces only where allowed.
  Target parse_target(bool with_attribute);
  /// Reads `| name(...) | name(...)` onto an input, which may be null; `inline_first` leaves out the first '|'.
  ExpressionPtr parse_filters(ExpressionPtr input, bool inline_first = false);

  NameId name_id(const std::string& name);
  std::vector<std::string> take_names() { return std::move(names_); }
  /// Macros whose bodies are being read: the use of `caller`, `varargs` and `kwargs` is noted in them.
  std::vector<MacroDefinition*>& open_macros() { return open_macros_; }

 private:
  ExpressionPtr parse_condition();
  ExpressionPtr parse_logic(bool is_or);
  ExpressionPtr parse_not();
  ExpressionPtr parse_comparison();
  ExpressionPtr parse_sum();
  ExpressionPtr parse_concat();
  ExpressionPtr parse_product();
  ExpressionPtr parse_power();
  ExpressionPtr parse_unary(bool with_filters = true);
  ExpressionPtr parse_primary();
  ExpressionPtr parse_name();
  ExpressionPtr parse_list();
  ExpressionPtr parse_dict();
  ExpressionPtr parse_postfix(ExpressionPtr object);
  ExpressionPtr parse_filters_and_tests(ExpressionPtr object);
  ExpressionPtr parse_subscript(ExpressionPtr object);
  ExpressionPtr parse_index(ExpressionPtr object, int line);
  ExpressionPtr parse_call(ExpressionPtr callee);
  ExpressionPtr parse_test(ExpressionPtr input);
  CallArguments parse_call_arguments(Expression& owner);
  Target parse_single_target(bool with_attribute);
  std::string parse_dotted_name();
  bool at_tuple_end() const;
  void note_macro_name(std::string_view name);

  TokenStream stream_;
  int nesting_ = 0;
  std::map<std::string, NameId, std::less<>> ids_;
  std::vector<std::string> names_;
  std::vector<MacroDefinition*> open_macros_;
};

}  // namespace vitrine::templates
