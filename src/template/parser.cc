#include "template/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "template/expression_parser.h"
#include "template/lexer.h"

namespace vitrine::templates {
namespace {

using EndTags = std::vector<std::string_view>;

std::string joined(const EndTags& tags) {
  std::string text;
  for (std::string_view tag : tags) text += fmt::format("{}'{}'", text.empty() ? "" : " or ", tag);
  return text;
}

class StatementParser {
 public:
  explicit StatementParser(std::string_view source)
      : expressions_(cut_tokens(source)), stream_(expressions_.stream()) {}

  ParsedTemplate run() {
    ParsedTemplate parsed;
    parsed.statements = parse_until({});
    parsed.names = expressions_.take_names();
    return parsed;
  }

 private:
  /// Reads statements up to one of the end tags, whose name is left as the current token.
  Statements parse_until(const EndTags& end_tags) {
    const NestingGuard guard(expressions_.nesting(), stream_.line());
    const int first_line = stream_.line();
    Statements statements;
    while (!stream_.at(TokenKind::kEnd)) {
      if (stream_.at(TokenKind::kData)) {
        Token data = stream_.take();
        statements.push_back(std::make_unique<DataStatement>(std::move(data.text), data.line));
      } else if (stream_.at(TokenKind::kVariableBegin)) {
        auto output = std::make_unique<OutputStatement>(stream_.take().line);
        output->value = expressions_.parse_tuple();
        stream_.expect(TokenKind::kVariableEnd);
        statements.push_back(std::move(output));
      } else {
        stream_.take();
        if (std::ranges::any_of(end_tags, [&](std::string_view tag) { return stream_.at_name(tag); }))
          return statements;
        parse_statement(end_tags, statements);
        stream_.expect(TokenKind::kBlockEnd);
      }
    }
    if (!end_tags.empty())
      fail_at_line(first_line, fmt::format("a block is not closed (expected {})", joined(end_tags)));
    return statements;
  }

  /// Reads the body after a block's first tag; the end tag's name is the current token afterwards.
  Statements parse_body(const EndTags& end_tags) {
    stream_.skip_operator(":");
    stream_.expect(TokenKind::kBlockEnd);
    return parse_until(end_tags);
  }

  Statements parse_whole_body(std::string_view end_tag) {
    Statements body = parse_body({end_tag});
    stream_.take();
    return body;
  }

  void parse_statement(const EndTags& end_tags, Statements& out) {
    const int line = stream_.line();
    const std::string tag = stream_.expect_name();
    if (tag == "if") return out.push_back(parse_if(line));
    if (tag == "for") return out.push_back(parse_for(line));
    if (tag == "set") return out.push_back(parse_set(line));
    if (tag == "with") return out.push_back(parse_with(line));
    if (tag == "macro") return out.push_back(parse_macro(line));
    if (tag == "call") return out.push_back(parse_call_block(line));
    if (tag == "filter") return out.push_back(parse_filter_block(line));
    if (tag == "generation") return out.push_back(parse_generation(line));
    if (tag == "print") return parse_print(out);
    if (tag == "break" || tag == "continue") return out.push_back(parse_jump(tag, line));
    for (std::string_view refused : {"include", "import", "from", "extends", "block", "autoescape"}) {
      if (tag == refused)
        throw Error(ErrorCode::kUnsupported, fmt::format("template line {}: '{}' is not supported", line, tag),
                    "a chat template stands alone: put what it needs into it");
    }
    const std::string expected = end_tags.empty() ? "" : fmt::format(", expected {}", joined(end_tags));
    fail_at_line(line, fmt::format("there is no such tag (got '{}'{})", tag, expected));
  }

  StatementPtr parse_if(int line) {
    auto node = std::make_unique<IfStatement>(line);
    while (true) {
      ExpressionPtr test = expressions_.parse_tuple(false);
      node->branches.emplace_back(std::move(test), parse_body({"elif", "else", "endif"}));
      if (stream_.skip_name("elif")) continue;
      if (stream_.take().text == "else") node->otherwise = parse_whole_body("endif");
      return node;
    }
  }

  StatementPtr parse_for(int line) {
    auto node = std::make_unique<ForStatement>(line);
    node->target = expressions_.parse_target(false);
    stream_.expect_name("in");
    node->iterable = expressions_.parse_tuple(false);
    if (stream_.skip_name("if")) node->condition = expressions_.parse_expression();
    if (stream_.at_name("recursive"))
      throw Error(ErrorCode::kUnsupported, fmt::format("template line {}: recursive loops are not supported", line),
                  "use a macro that calls itself");
    ++loop_depth_;
    node->body = parse_body({"endfor", "else"});
    --loop_depth_;
    if (stream_.take().text == "else") node->otherwise = parse_whole_body("endfor");
    return node;
  }

  StatementPtr parse_set(int line) {
    Target target = expressions_.parse_target(true);
    if (stream_.skip_operator("=")) {
      auto node = std::make_unique<SetStatement>(line);
      node->target = std::move(target);
      node->value = expressions_.parse_tuple();
      return node;
    }
    auto node = std::make_unique<SetBlockStatement>(line);
    node->target = std::move(target);
    node->filter = expressions_.parse_filters(nullptr);
    node->body = parse_whole_body("endset");
    return node;
  }

  StatementPtr parse_with(int line) {
    auto node = std::make_unique<WithStatement>(line);
    while (!stream_.at(TokenKind::kBlockEnd)) {
      if (!node->assignments.empty()) stream_.expect_operator(",");
      Target target = expressions_.parse_target(false);
      stream_.expect_operator("=");
      node->assignments.emplace_back(std::move(target), expressions_.parse_expression());
    }
    node->body = parse_whole_body("endwith");
    return node;
  }

  /// Reads `(name, name=default)`; `caller` as a parameter stands for the block that a call brings.
  void parse_parameters(MacroDefinition& macro) {
    stream_.expect_operator("(");
    while (!stream_.at_operator(")")) {
      if (!macro.parameters.empty()) stream_.expect_operator(",");
      const std::string name = stream_.expect_name();
      macro.parameters.emplace_back(expressions_.name_id(name), name);
      if (stream_.skip_operator("=")) {
        macro.defaults.push_back(expressions_.parse_expression());
      } else if (!macro.defaults.empty()) {
        stream_.fail_here("a default value");
      }
    }
    stream_.expect_operator(")");
  }

  /// Reads the body of something that is called: jumps do not leave it, and what it uses of a call is noted.
  void parse_macro_body(MacroDefinition& macro, std::string_view end_tag) {
    const int outer_loops = loop_depth_;
    loop_depth_ = 0;
    expressions_.open_macros().push_back(&macro);
    macro.body = parse_whole_body(end_tag);
    expressions_.open_macros().pop_back();
    loop_depth_ = outer_loops;
  }

  StatementPtr parse_macro(int line) {
    auto node = std::make_unique<MacroStatement>(line);
    node->definition.name = stream_.expect_name();
    node->name = expressions_.name_id(node->definition.name);
    parse_parameters(node->definition);
    parse_macro_body(node->definition, "endmacro");
    return node;
  }

  StatementPtr parse_call_block(int line) {
    auto node = std::make_unique<CallBlockStatement>(line);
    node->caller.name = "caller";
    if (stream_.at_operator("(")) parse_parameters(node->caller);
    node->call = expressions_.parse_expression();
    if (node->call->kind != ExpressionKind::kCall) fail_at_line(line, "a call block needs a call");
    parse_macro_body(node->caller, "endcall");
    return node;
  }

  StatementPtr parse_filter_block(int line) {
    auto node = std::make_unique<FilterBlockStatement>(line);
    node->filter = expressions_.parse_filters(nullptr, true);
    node->body = parse_whole_body("endfilter");
    return node;
  }

  StatementPtr parse_generation(int line) {
    auto node = std::make_unique<GenerationStatement>(line);
    const int outer_loops = loop_depth_;
    loop_depth_ = 0;
    node->body = parse_whole_body("endgeneration");
    loop_depth_ = outer_loops;
    return node;
  }

  void parse_print(Statements& out) {
    const size_t before = out.size();
    while (!stream_.at(TokenKind::kBlockEnd)) {
      if (out.size() > before) stream_.expect_operator(",");
      auto output = std::make_unique<OutputStatement>(stream_.line());
      output->value = expressions_.parse_expression();
      out.push_back(std::move(output));
    }
  }

  StatementPtr parse_jump(std::string_view tag, int line) {
    if (loop_depth_ == 0) fail_at_line(line, fmt::format("'{}' stands outside a loop", tag));
    return std::make_unique<Statement>(tag == "break" ? StatementKind::kBreak : StatementKind::kContinue, line);
  }

  ExpressionParser expressions_;
  TokenStream& stream_;
  int loop_depth_ = 0;
};

}  // namespace

ParsedTemplate parse_template(std::string_view source) { return StatementParser(source).run(); }

}  // namespace vitrine::templates
