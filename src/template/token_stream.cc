#include <fmt/format.h>

#include "template/expression_parser.h"

namespace vitrine::templates {
namespace {

std::string described(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the template";
    case TokenKind::kBlockEnd:
      return "'%}'";
    case TokenKind::kVariableEnd:
      return "'}}'";
    case TokenKind::kString:
      return "a string";
    default:
      return fmt::format("'{}'", token.text.substr(0, 40));
  }
}

}  // namespace

Token TokenStream::take() {
  Token token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenStream::skip_operator(std::string_view text) {
  if (!at_operator(text)) return false;
  ++at_;
  return true;
}

bool TokenStream::skip_name(std::string_view text) {
  if (!at_name(text)) return false;
  ++at_;
  return true;
}

void TokenStream::expect_operator(std::string_view text) {
  if (!skip_operator(text)) fail_here(fmt::format("'{}'", text));
}

std::string TokenStream::expect_name() {
  if (!at(TokenKind::kName)) fail_here("a name");
  return take().text;
}

void TokenStream::expect_name(std::string_view text) {
  if (!skip_name(text)) fail_here(fmt::format("'{}'", text));
}

void TokenStream::expect(TokenKind kind) {
  if (!at(kind)) fail_here(kind == TokenKind::kBlockEnd ? "'%}'" : "'}}'");
  take();
}

void TokenStream::fail_here(std::string_view expected) const {
  fail_at_line(line(),
               fmt::format("the template cannot be read here (got {}, expected {})", described(current()), expected));
}

void deepen(Expression& node, const ExpressionPtr& part) {
  if (!part) return;
  node.depth = std::max(node.depth, part->depth + 1);
  if (node.depth > kMaxExpressionDepth)
    fail_at_line(node.line, fmt::format("an expression has too many levels (limit {})", kMaxExpressionDepth));
}

NestingGuard::NestingGuard(int& level, int line) : level_(level) {
  if (level_ >= kMaxNesting) fail_at_line(line, fmt::format("the template is nested too deep (limit {})", kMaxNesting));
  ++level_;
}

}  // namespace vitrine::templates
