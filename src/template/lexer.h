// Cuts a template into text and the tokens of its tags, and applies the rules for white space around tags.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::templates {

enum class TokenKind {
  kData,  ///< text outside tags, after trimming
  kVariableBegin,
  kVariableEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,   ///< the unescaped value
  kInteger,  ///< digits without underscores, with a prefix such as 0x where there was one
  kReal,
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind;
  int line;  ///< counted from 1
  std::string text;
};

/// Longest template that is read.
inline constexpr size_t kMaxTemplateBytes = 1u << 20;

/// Cuts a template; the last token is kEnd. As Jinja with trim_blocks and lstrip_blocks: the newline after a block tag
/// goes, as do the blanks before one that starts its line, and one newline at the very end.
/// Errors: kInvalidArgument with the line, for what is not closed or starts no token.
std::vector<Token> cut_tokens(std::string_view source);

/// Reads the escapes between the quotes of a literal, as Python does. Errors: kInvalidArgument for a broken one.
std::string unescape(std::string_view literal, int line);

/// Throws Error{kInvalidArgument} about a line of the template.
[[noreturn]] void fail_at_line(int line, std::string_view what);

}  // namespace vitrine::templates
