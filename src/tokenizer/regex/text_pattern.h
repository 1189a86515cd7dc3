// What a Split or a Replace looks for: a literal text, or a regular expression run by PCRE2.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// Immutable. Threads: safe.
class TextPattern {
 public:
  /// Reads {"String": …} or {"Regex": …}. Errors: kCorruptData for another form or a pattern that is no regular
  /// expression; kUnsupported for syntax that is not run here.
  static TextPattern from_setting(const Setting& setting);
  static TextPattern literal(std::string text);
  static TextPattern regex(std::string_view pattern);

  /// Calls `found` with begin and end of each match, from left to right, none overlapping; the empty literal has none.
  /// Errors: kInvalidArgument when one match takes more than kMaxSteps.
  void for_each_match(std::string_view text, const std::function<void(size_t begin, size_t end)>& found) const;

  /// How much work one match may be, in PCRE2's match calls.
  static constexpr unsigned kMaxSteps = 5'000'000;

 private:
  struct Compiled;

  std::string literal_;
  std::shared_ptr<const Compiled> compiled_;  // null for a literal
};

}  // namespace vitrine::tokenizer
