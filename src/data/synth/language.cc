#include "data/synth/language.h"

#include "data/synth/rules/tables.h"

namespace vitrine::data {

Language::Language(Level level)
    : level(level), lexicon(level), grammar(lexicon, rule_tables(level)), parser(lexicon, grammar) {}

const Language& language(Level level) {
  if (level == Level::kSmall) {
    static const Language small(Level::kSmall);
    return small;
  }
  static const Language full(Level::kFull);
  return full;
}

}  // namespace vitrine::data
