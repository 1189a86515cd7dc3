#include "data/synth/rules/tables.h"

#include <array>

namespace vitrine::data {

std::span<const std::string_view> rule_tables(Level level) {
  static const std::array small = {kFactRules, kStoryRules, kTalkRules};
  static const std::array full = {kFactRules,      kStoryRules,    kTalkRules,    kFullFactRules,
                                  kFullStoryRules, kFullTextRules, kFullTalkRules, kFullGuideRules};
  return level == Level::kSmall ? std::span<const std::string_view>(small) : std::span<const std::string_view>(full);
}

}  // namespace vitrine::data
