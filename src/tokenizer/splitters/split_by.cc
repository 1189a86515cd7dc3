#include "tokenizer/splitters/split_by.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

struct Span {
  size_t begin, end;
  bool is_delimiter;
};

/// Joins spans in place by the behaviour; those that go are left out.
void join(std::vector<Span>& spans, Behavior behavior) {
  switch (behavior) {
    case Behavior::kIsolated: return;
    case Behavior::kRemoved: std::erase_if(spans, [](const Span& span) { return span.is_delimiter; }); return;
    case Behavior::kMergedWithNext: {
      // From the right: a delimiter goes to the word behind it, of several in a row the last.
      size_t kept = spans.size();
      bool after_delimiter = false;
      for (size_t i = spans.size(); i-- > 0;) {
        const bool merges = spans[i].is_delimiter && !after_delimiter && kept < spans.size();
        after_delimiter = spans[i].is_delimiter;
        if (merges) {
          spans[kept].begin = spans[i].begin;
        } else {
          spans[--kept] = spans[i];
        }
      }
      spans.erase(spans.begin(), spans.begin() + static_cast<ptrdiff_t>(kept));
      return;
    }
    case Behavior::kMergedWithPrevious:
    case Behavior::kContiguous: {
      size_t kept = 0;
      bool after_delimiter = false;
      for (const Span& span : std::vector<Span>(spans)) {
        const bool merges = behavior == Behavior::kContiguous ? span.is_delimiter == after_delimiter
                                                              : span.is_delimiter && !after_delimiter;
        after_delimiter = span.is_delimiter;
        if (merges && kept > 0) {
          spans[kept - 1].end = span.end;
        } else {
          spans[kept++] = span;
        }
      }
      spans.resize(kept);
    }
  }
}

}  // namespace

Behavior read_behavior(std::string_view name) {
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Isolated") return Behavior::kIsolated;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  if (name == "Contiguous") return Behavior::kContiguous;
  throw Error(ErrorCode::kCorruptData, fmt::format("tokenizer: unknown split behavior '{}'", name),
              "get the file again");
}

void split_by(Pieces& pieces, Behavior behavior, bool invert,
              const std::function<void(std::string_view, const FoundDelimiter&)>& find) {
  std::vector<Pieces::Range> ranges;
  std::vector<Span> spans;
  for (const Pieces::Range& word : pieces.ranges()) {
    const std::string_view text = pieces.view(word);
    spans.clear();
    size_t done = 0;
    find(text, [&](size_t begin, size_t end) {
      if (done != begin) spans.push_back({done, begin, invert});
      spans.push_back({begin, end, !invert});
      done = end;
    });
    if (done != text.size()) spans.push_back({done, text.size(), invert});
    join(spans, behavior);
    for (const Span& span : spans) {
      if (span.begin >= span.end) continue;
      ranges.push_back({word.begin + span.begin, word.begin + span.end, word.starts_text && span.begin == 0});
    }
  }
  pieces.set_ranges(std::move(ranges));
}

void split_by_characters(Pieces& pieces, Behavior behavior, bool (*is_delimiter)(uint32_t)) {
  split_by(pieces, behavior, false, [&](std::string_view word, const FoundDelimiter& found) {
    const char* end = word.data() + word.size();
    for (const char* at = word.data(); at != end;) {
      const Utf8Char character = read_utf8(at, end);
      const auto place = static_cast<size_t>(at - word.data());
      if (character.status == Utf8Status::kValid && is_delimiter(character.code_point))
        found(place, place + character.length);
      at += character.length;
    }
  });
}

}  // namespace vitrine::tokenizer
