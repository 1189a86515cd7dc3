// What a text has to be, kept to while it is written: tokens that would break a grammar are never drawn.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "schema/grammar.h"
#include "schema/matcher.h"
#include "schema/vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::infer {

/// Sorts the tokens of a tokenizer for masks of any grammar: once when a model is loaded, in some tens of milliseconds.
/// `end_ids` end a text; special tokens are never text. Errors: kInvalidArgument for ids outside of the vocabulary.
std::shared_ptr<const schema::Vocabulary> make_vocabulary(const tokenizer::Tokenizer& tokenizer,
                                                          std::span<const int32_t> end_ids);

/// A grammar and the tokens that write it. A cheap copy that shares both; many texts may follow it. Threads: safe.
struct TextRule {
  schema::Grammar grammar;
  std::shared_ptr<const schema::Vocabulary> vocabulary;
};

/// Follows one text by a rule. Belongs to one sequence, and starts where its prompt ends.
/// Errors, of all that read: kUnsupported where a grammar is too ambiguous for the text at hand.
class TokenConstraint {
 public:
  explicit TokenConstraint(const TextRule& rule);

  /// Sets the logits of all tokens that may not come to minus infinity; end tokens may where the text is whole.
  /// Shapes: logits [V], which may be more than the vocabulary has: those ids never come.
  /// Errors: kUnsupported where no token is left, as the vocabulary cannot spell what has to come.
  void restrict(std::span<float> logits);
  /// Takes the token that was drawn. Errors: kInvalidArgument for one that may not come.
  void accept(int32_t id);
  /// Takes back the last n of accept(): what was drafted and then refused.
  void rollback(size_t n) { matcher_.rollback(n); }
  /// Tells whether the text is whole as it stands.
  bool is_complete() const { return matcher_.is_complete(); }
  /// Tells whether nothing that means anything may follow, so that the text can end without an end token: models like
  /// to go on with white space after a JSON document.
  bool is_finished() const { return matcher_.is_finished(); }
  /// Tells whether an end token was accepted.
  bool is_ended() const { return matcher_.is_ended(); }

 private:
  TextRule rule_;
  schema::Matcher matcher_;
  std::vector<uint64_t> mask_;
};

}  // namespace vitrine::infer
