// Numbers that an adapter_config.json gives to modules by patterns: alpha_pattern and rank_pattern.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/config_json.h"
#include "tokenizer/regex/text_pattern.h"

namespace vitrine::model {

/// Patterns in the order of the file: the first that fits counts. A pattern is a regular expression that stands for a
/// module's whole name, or for its end behind a dot. Source: PEFT, peft/utils/other.py, get_pattern_key.
class AdapterPatterns {
 public:
  /// Reads the object under `key`; none fits where there is no such object.
  /// Errors: kCorruptData, kUnsupported, naming key and pattern.
  AdapterPatterns(const ConfigJson& config, std::string_view key);

  /// The number of the module, or `otherwise`. Errors: kInvalidArgument for a pattern that takes too long.
  double value_of(std::string_view module, double otherwise) const;

 private:
  std::vector<std::pair<tokenizer::TextPattern, double>> patterns_;
};

}  // namespace vitrine::model
