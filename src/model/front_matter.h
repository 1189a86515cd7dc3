// The head of a Markdown file that Hugging Face's model cards begin with: YAML between two lines of dashes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::model {

/// Keys of a head, each with its text or its list of texts.
struct FrontMatter {
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::vector<std::string> losses;  ///< sentences: which of the keys that were asked for could not be read
};

/// Reads keys at the margin with a plain or quoted text, a list in brackets or one of lines with dashes. Of YAML there
/// is no more; other keys are passed over, whatever they hold. A text without a head has no values. Never fails.
FrontMatter read_front_matter(std::string_view markdown, std::span<const std::string_view> keys);

/// Whether a text may stand there: short, UTF-8, without what would end its line.
bool is_front_matter_text(std::string_view text);

/// A text as a value there, quoted where that is needed; read_front_matter gives it back.
std::string front_matter_text(std::string_view text);

}  // namespace vitrine::model
