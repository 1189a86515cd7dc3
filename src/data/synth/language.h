// A level's lexicon, grammar and parser, built once when first used.
#pragma once

#include "data/synth/grammar.h"
#include "data/synth/parser.h"

namespace vitrine::data {

struct Language {
  explicit Language(Level level);
  Language(const Language&) = delete;
  Language& operator=(const Language&) = delete;

  Level level;
  Lexicon lexicon;
  Grammar grammar;
  Parser parser;
};

/// Returns the language of a level. Threads: safe.
const Language& language(Level level);

}  // namespace vitrine::data
