// Metaspace: spaces become a visible character, which also stands before the text; words begin with it.
#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/splitters/catalog.h"
#include "tokenizer/splitters/metaspace.h"
#include "tokenizer/splitters/split_by.h"

namespace vitrine::tokenizer {
namespace {

class MetaspaceSplitter : public Splitter {
 public:
  MetaspaceSplitter(std::string replacement, PrependScheme scheme, bool split)
      : replacement_(std::move(replacement)), scheme_(scheme), split_(split) {}

  void apply(Pieces& pieces) const override {
    std::string text;
    std::vector<Pieces::Range> ranges;
    for (const Pieces::Range& word : pieces.ranges()) {
      const size_t begin = text.size();
      const std::string_view given = pieces.view(word);
      const bool wants_prefix =
          scheme_ == PrependScheme::kAlways || (scheme_ == PrependScheme::kFirst && word.starts_text);
      if (wants_prefix && given[0] != ' ' && !given.starts_with(replacement_)) text += replacement_;
      for (const char c : given) {
        if (c == ' ') {
          text += replacement_;
        } else {
          text += c;
        }
      }
      ranges.push_back({begin, text.size(), word.starts_text});
    }
    pieces.set_text(std::move(text), std::move(ranges));
    if (!split_) return;
    split_by(pieces, Behavior::kMergedWithNext, false, [&](std::string_view word, const FoundDelimiter& found) {
      const size_t size = replacement_.size();
      for (size_t at = word.find(replacement_); at != word.npos; at = word.find(replacement_, at + size))
        found(at, at + size);
    });
  }

 private:
  std::string replacement_;
  PrependScheme scheme_;
  bool split_;
};

}  // namespace

PrependScheme read_prepend_scheme(const Setting& setting) {
  const std::string name = setting.text_or("prepend_scheme", "");
  const bool old_flag = setting.flag("add_prefix_space", true);  // of files that have no scheme
  if (name == "always" || (name.empty() && old_flag)) return PrependScheme::kAlways;
  if (name == "first") return PrependScheme::kFirst;
  if (name == "never" || name.empty()) return PrependScheme::kNever;
  throw Error(ErrorCode::kCorruptData, fmt::format("tokenizer: unknown prepend_scheme '{}'", name),
              "get the file again");
}

SplitterPointer make_metaspace_splitter(const Setting& setting) {
  setting.expect_only({"replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"});
  if (setting.text("replacement").empty())
    throw Error(ErrorCode::kCorruptData, "tokenizer: 'Metaspace' has an empty replacement", "get the file again");
  return std::make_unique<MetaspaceSplitter>(setting.text("replacement"), read_prepend_scheme(setting),
                                             setting.flag("split", true));
}

}  // namespace vitrine::tokenizer
