// Turns a stream of token ids into text that can be shown piece by piece.
#pragma once

#include <string>

#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// Gives out whole characters only: the start of one is held back until the rest comes. Bytes that can be part of no
/// character become U+FFFD, so what comes out is always UTF-8. Threads: one at a time.
class StreamDecoder {
 public:
  /// `continues`: text stands before the first token already, as where a prompt is completed.
  explicit StreamDecoder(Tokenizer tokenizer, bool continues = false)
      : tokenizer_(std::move(tokenizer)), continues_(continues), is_first_(!continues) {}

  /// Takes the next token and returns the text that is complete by now, often nothing. Special tokens give their names.
  /// Errors: kInvalidArgument for an id outside the vocabulary.
  std::string push(TokenId id);

  /// Ends the stream: what was held back becomes U+FFFD. The decoder can be used again.
  std::string flush();

 private:
  Tokenizer tokenizer_;
  bool continues_;
  bool is_first_;
  std::string held_;  // at most three bytes between calls
};

}  // namespace vitrine::tokenizer
