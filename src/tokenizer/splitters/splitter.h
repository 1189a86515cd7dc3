// Splitters are the steps that cut a text into words, as files list them under `pre_tokenizer`. Common lists of steps
// are run by one scanner instead; see scanner_of.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// A text and the words that it is cut into so far, none of them empty.
class Pieces {
 public:
  struct Range {
    size_t begin;
    size_t end;
    bool starts_text;  ///< what it begins with stood at the very beginning
  };

  /// Starts with one word, the whole text, which must outlive this object.
  Pieces(std::string_view text, bool starts_text) : text_(text) {
    if (!text.empty()) ranges_.push_back({0, text.size(), starts_text});
  }
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  const std::vector<Range>& ranges() const { return ranges_; }
  const char* text_end() const { return text_.data() + text_.size(); }
  std::string_view view(const Range& range) const { return text_.substr(range.begin, range.end - range.begin); }

  /// Puts other words of the same text in the place of these.
  void set_ranges(std::vector<Range> ranges) { ranges_ = std::move(ranges); }
  /// Puts another text and its words in the place of these.
  void set_text(std::string text, std::vector<Range> ranges) {
    storage_ = std::move(text);
    text_ = storage_;
    ranges_ = std::move(ranges);
  }

 private:
  std::string storage_;
  std::string_view text_;
  std::vector<Range> ranges_;
};

/// One step. Immutable. Threads: safe.
class Splitter {
 public:
  virtual ~Splitter() = default;
  virtual void apply(Pieces& pieces) const = 0;
};

using SplitterPointer = std::unique_ptr<const Splitter>;

/// A kind of step: its `type` in files, and how it is made from its options.
struct SplitterKind {
  std::string_view type;
  SplitterPointer (*make)(const Setting& setting);
};

/// Returns the catalog, sorted by type.
std::span<const SplitterKind> splitter_kinds();

/// Makes the steps of a setting. Errors: kUnsupported for an unknown type or option, kCorruptData for a bad option.
std::vector<SplitterPointer> make_splitters(const std::vector<const Setting*>& steps);

/// Returns the scanner that cuts as these steps do, the last of which is byte-level and left to the model; null when
/// there is none.
const PreTokenizer* scanner_of(const std::vector<const Setting*>& steps);

/// Returns the setting of a scanner, as tokenizer.json has it; the inverse of scanner_of.
Setting setting_of(const PreTokenizer& scanner);

}  // namespace vitrine::tokenizer
