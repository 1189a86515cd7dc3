// Recognises sentences under the grammar of a level: slots are free, agreement is enforced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/synth/grammar.h"

namespace vitrine::data {

/// A piece of text that the grammar judges on its own.
struct Unit {
  std::string text;
  RuleUse use = RuleUse::kSentence;
  bool is_whole = true;  ///< ends as a sentence ends; only the last unit of a text that was cut does not
};

/// Splits text into sentences and the tails of quotations. Marks of quotation are taken off; a comma that ends a
/// quotation before its tail becomes the full stop that it stands for.
std::vector<Unit> split_units(std::string_view text);

/// Why a unit was refused.
struct Refusal {
  std::string text;
  std::string reason;
};

/// What check_text found.
struct ParseReport {
  size_t num_sentences = 0;  ///< units that end as a sentence does
  size_t num_parsed = 0;
  bool last_is_cut = false;  ///< the text ended inside a sentence; that piece is not counted
  std::vector<Refusal> refused;

  bool all_parse() const { return refused.empty() && num_sentences > 0; }
};

/// Recognises units. Work on one unit is bounded whatever the text.
/// Threads: const, safe.
class Parser {
 public:
  Parser(const Lexicon& lexicon, const Grammar& grammar);

  /// Returns why the unit does not parse, or an empty text where it does.
  std::string refuse_reason(const Unit& unit) const;

  /// Returns the name of a rule that the unit parses under, or an empty text.
  std::string rule_of(const Unit& unit) const;

  ParseReport check(std::string_view text) const;

 private:
  const Rule* recognise(const Unit& unit, std::string* reason) const;

  const Lexicon& lexicon_;
  const Grammar& grammar_;
};

}  // namespace vitrine::data
