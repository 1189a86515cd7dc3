// The rule tables of each level (see grammar.h for how rules are written). The full level has the small level's as
// well.
#pragma once

#include <span>
#include <string_view>

#include "data/synth/lexicon.h"

namespace vitrine::data {

extern const std::string_view kFactRules;
extern const std::string_view kStoryRules;
extern const std::string_view kTalkRules;
extern const std::string_view kFullFactRules;
extern const std::string_view kFullStoryRules;
extern const std::string_view kFullTextRules;
extern const std::string_view kFullTalkRules;
extern const std::string_view kFullGuideRules;

/// Returns the rule tables of a level in the order in which they are compiled.
std::span<const std::string_view> rule_tables(Level level);

}  // namespace vitrine::data
