// What a text has to be, kept to while it is written: tokens that would break a grammar are never drawn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/grammar.h"
#include "schema/matcher.h"
#include "schema/vocabulary.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::infer {

/// Tokens that are text, or are not, other than their kind says.
struct VocabularyMarks {
  std::vector<int32_t> text;   ///< special ones that may be written
  std::vector<int32_t> never;  ///< others that may not
};

/// Sorts the tokens of a tokenizer for masks of any grammar: once when a model is loaded, in some tens of milliseconds.
/// `end_ids` end a text; special tokens are never text. Errors: kInvalidArgument for ids outside of the vocabulary.
std::shared_ptr<const schema::Vocabulary> make_vocabulary(const tokenizer::Tokenizer& tokenizer,
                                                          std::span<const int32_t> end_ids,
                                                          const VocabularyMarks& marks = {});

/// Turns bytes into the tokens that a model would most likely write them with.
using Speller = std::function<std::vector<int32_t>(std::string_view)>;
Speller make_speller(const tokenizer::Tokenizer& tokenizer);

/// A grammar and the tokens that write it. A cheap copy that shares both; many texts may follow it. Threads: safe.
struct TextRule {
  schema::Grammar grammar;
  std::shared_ptr<const schema::Vocabulary> vocabulary;
  Speller spell = {};  ///< for forced_tokens(); may be empty
  /// How many digits or bytes of white space in a row are drawn where fewer do (Matcher::mask_for_drawing); 0: any.
  size_t longest_run = kUsualLongestRun;

  /// More than a whole number of 256 bits has, and than any double's shortest spelling.
  static constexpr size_t kUsualLongestRun = 80;
};

/// Follows one text by a rule. Belongs to one sequence, and starts where its prompt ends.
/// Errors, of all that read: kUnsupported where a grammar is too ambiguous for the text at hand.
class TokenConstraint {
 public:
  explicit TokenConstraint(const TextRule& rule);

  /// Sets the logits of all tokens that may not come to minus infinity, and those that go on with a run of the rule's
  /// longest length though others may come; end tokens may where the text is whole.
  /// Shapes: logits [V], which may be more than the vocabulary has: those ids never come.
  /// Errors: kUnsupported where no token is left, as the vocabulary cannot spell what has to come.
  void restrict(std::span<float> logits);
  /// Takes a text that is there before the first token. False, and nothing is taken, where it may not come.
  bool accept_text(std::string_view text) { return matcher_.accept_bytes(text); }
  /// Takes the token that was drawn. Errors: kInvalidArgument for one that may not come.
  void accept(int32_t id);
  /// A spelling of what has to come whatever is chosen: at most `most` tokens, none where there is a choice. Others
  /// may spell the same, so these are good guesses and no more.
  std::vector<int32_t> forced_tokens(int64_t most);
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
