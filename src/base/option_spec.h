// How options describe themselves: command-line flags, config keys, request validation and help all read this.
#pragma once

#include <string>
#include <vector>

namespace vitrine {

/// The value types that an option may have.
enum class OptionKind { kFlag, kInteger, kReal, kText };

/// One self-describing option. `fallback` is the text of the default; empty means none.
struct OptionSpec {
  std::string name;  ///< snake_case; the flag is the same with dashes
  OptionKind kind = OptionKind::kText;
  std::string fallback;
  std::string help;
  double min = -1e300;
  double max = 1e300;
  std::vector<std::string> choices = {};  ///< for text: the legal values, empty means any
  std::string short_flag = {};            ///< one letter, without the dash
  bool positional = false;
  bool repeated = false;
  bool required = false;
  bool optional_value = false;  ///< the flag may stand alone, which stores an empty text
  std::string value_name = {};  ///< what help calls the value: FILE, N …
};

}  // namespace vitrine
