// Cuts the text of an expression into tokens.
#pragma once

#include <string_view>
#include <vector>

namespace vitrine::exact {

enum class TokenKind {
  kNumber,
  kName,      ///< a unit, a function, or one of in, to, of, per
  kOperator,  ///< in its ASCII spelling: + - * / ^ % ! ( ) , = != < <= > >=
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string_view text;
  size_t position;   ///< of its first byte, counted from 0
  size_t character;  ///< of its first character, counted from 1 as people do
};

/// Cuts an expression into tokens, the last of which is kEnd. The tokens borrow from the text.
/// Errors: kInvalidArgument for a character that no token starts with; names its position.
std::vector<Token> cut_tokens(std::string_view expression);

/// Returns the text for use in a message: the first 40 bytes or so, never a part of a character.
std::string_view shortened(std::string_view text);

}  // namespace vitrine::exact
