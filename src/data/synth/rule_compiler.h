// Reads the rule tables into a Grammar.
#pragma once

#include <string>
#include <string_view>

#include "data/synth/grammar.h"

namespace vitrine::data {

class RuleCompiler {
 public:
  RuleCompiler(Grammar& grammar, Lexicon& lexicon) : grammar_(grammar), lexicon_(lexicon) {}
  void compile(std::string_view table);

 private:
  size_t read_header(std::string_view line);
  // Reads items up to the end or to a '|' or ')' of the group that it stands in.
  Alternative read_items(size_t rule_index);
  Item read_slot(size_t rule_index);
  Item read_call(size_t rule_index);
  Item read_group(size_t rule_index);
  void read_word(size_t rule_index, Alternative& items);
  uint8_t read_var(size_t rule_index);
  std::string_view read_name();
  [[noreturn]] void fail(const std::string& what) const;

  Grammar& grammar_;
  Lexicon& lexicon_;
  std::string_view line_;
  size_t at_ = 0;
};

}  // namespace vitrine::data
