// Pairs of a good and a bad answer to one prompt, with the fault named and a score that a program can give.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/synth/questions.h"

namespace vitrine::data {

/// Two answers to one prompt; score_good is always the higher.
struct PreferencePair {
  std::vector<Message> prompt;
  std::string good;
  std::string bad;
  std::string fault;  ///< wrong_fact, ungrammatical, off_topic, too_long or impolite
  double score_good = 0;
  double score_bad = 0;
};

/// Scores an answer between 0 and 1: the right fact counts 0.5, grammar 0.2, length 0.15, politeness 0.15. An empty
/// answer has 0. Threads: safe.
double score_answer(const HeldOutQuestion& question, std::string_view answer);

/// Makes preference pair `index`, from situations of the training half. Threads: safe.
PreferencePair make_preference(const WorldOptions& options, uint64_t index);

}  // namespace vitrine::data
