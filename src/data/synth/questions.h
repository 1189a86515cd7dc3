// Held-out questions whose answer stands in the prompt, and the judgement of answers by the fact that was asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/synth/situation.h"
#include "data/synth/synth.h"

namespace vitrine::data {

/// A prompt that ends with a question of the user, and what is right.
struct HeldOutQuestion {
  Level level = Level::kFull;
  std::string type;             ///< colour, owner, place …
  std::vector<Message> prompt;  ///< ends with the user's turn
  std::string reference;        ///< a right answer
  std::string wrong;            ///< a grammatical answer with another value
  WordId value = kNoWord;       ///< the word that was asked for
  std::vector<WordId> allowed;  ///< other words of the world that a right answer may name

  /// Tells whether an answer states the right value, in whatever phrase, and names nothing else of the world. An answer
  /// that adds another person, thing or value counts as wrong even where the addition is true. Threads: safe.
  bool is_right(std::string_view answer) const;
};

/// Makes evaluation question `index`. Its whole set of facts never occurs in a training document: situations are split
/// by a hash of their facts, whatever their order and wording. Threads: safe.
HeldOutQuestion make_question(const WorldOptions& options, uint64_t index);

/// Makes a question from a draw of the composer, in either half of the space.
HeldOutQuestion draw_question(Composer& composer, Split split);

}  // namespace vitrine::data
