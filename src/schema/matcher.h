// One text in the making: which tokens may come next, by a grammar and a vocabulary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "schema/grammar.h"
#include "schema/vocabulary.h"

namespace vitrine::schema {

/// Follows one text. Belongs to one request; grammar and vocabulary are shared and must outlive it.
/// What it has worked out it keeps until it ends, and nothing longer.
/// Errors, of all that read: kUnsupported where a grammar is too ambiguous for the text at hand.
class Matcher {
 public:
  Matcher(const Grammar& grammar, const Vocabulary& vocabulary);
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  /// Writes which tokens may come next, a bit each. End tokens may where the text is complete; at least one token may
  /// unless the text has ended or the vocabulary lacks the bytes.
  /// Shapes: mask [vocabulary.mask_words()].
  void mask(std::span<uint64_t> mask);
  /// The same for drawing. After `longest_run` digits of a number, or bytes of white space between the parts of a JSON
  /// document, tokens that go on with more are left out as long as others may come: a text that accept() takes, but
  /// that would grow without end, ends. 0: the whole mask.
  void mask_for_drawing(std::span<uint64_t> mask, size_t longest_run);
  /// Takes a token. Returns false, and stays as it was, where the token may not come.
  bool accept(TokenId token);
  /// Takes bytes, as accept() takes a token: all or none.
  bool accept_bytes(std::string_view bytes);
  /// Tells whether the text so far is whole.
  bool is_complete() const;
  /// Tells whether the text is whole and nothing that means anything may follow: an end token was accepted, or there
  /// is no more than white space after a JSON document.
  bool is_finished() const;
  /// Tells whether an end token was accepted: no token may follow.
  bool is_ended() const;
  /// Returns the bytes that must come next whatever is chosen, at most `max_bytes`; empty where there is a choice or
  /// the text may end.
  std::string forced_bytes(size_t max_bytes = 256);
  /// Takes back the last n of accept() and accept_bytes(). Errors: kInvalidArgument where there were fewer.
  void rollback(size_t n);
  /// Starts the text anew; what has been worked out stays.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::schema
