#include <algorithm>

#include "template/code_points.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

std::vector<Text> parts_of(const Text& text, const std::vector<ByteRange>& ranges) {
  std::vector<Text> parts;
  parts.reserve(ranges.size());
  for (const ByteRange& range : ranges) parts.push_back(text.part(range.begin, range.end));
  return parts;
}

/// What each part costs, about 130 bytes.
constexpr uint64_t kUnitsPerPart = 8;

/// Words and the space between them, from the left.
std::vector<ByteRange> words_of(std::string_view bytes, Budget& budget) {
  budget.charge_bytes(bytes.size());
  std::vector<ByteRange> words;
  for (size_t at = 0; at < bytes.size();) {
    const CodePoint symbol = code_point_at(bytes, at);
    if (!is_space(symbol.value)) {
      const bool continues = !words.empty() && words.back().end == at;
      if (!continues) {
        budget.charge(kUnitsPerPart);
        words.push_back({at, at});
      }
      words.back().end = at + symbol.length;
    }
    at += symbol.length;
  }
  return words;
}

}  // namespace

std::vector<Text> split_at(const Text& text, std::string_view separator, int64_t max_splits, bool from_right,
                           Budget& budget) {
  if (separator.empty()) fail("split: the separator is empty");
  const std::string_view bytes = text.bytes();
  budget.charge_bytes(bytes.size());
  std::vector<ByteRange> ranges;
  if (!from_right) {
    size_t at = 0;
    for (size_t found; max_splits != 0 && (found = bytes.find(separator, at)) != std::string_view::npos; --max_splits) {
      budget.charge(kUnitsPerPart);
      ranges.push_back({at, found});
      at = found + separator.size();
    }
    ranges.push_back({at, bytes.size()});
  } else {
    size_t end = bytes.size();
    while (max_splits != 0 && end >= separator.size()) {
      const size_t found = bytes.rfind(separator, end - separator.size());
      if (found == std::string_view::npos) break;
      budget.charge(kUnitsPerPart);
      ranges.push_back({found + separator.size(), end});
      end = found;
      --max_splits;
    }
    ranges.push_back({0, end});
    std::ranges::reverse(ranges);
  }
  return parts_of(text, ranges);
}

std::vector<Text> split_at_space(const Text& text, int64_t max_splits, bool from_right, Budget& budget) {
  std::vector<ByteRange> words = words_of(text.bytes(), budget);
  const bool has_rest = max_splits >= 0 && static_cast<uint64_t>(max_splits) < words.size();
  if (!has_rest) return parts_of(text, words);
  const auto kept = static_cast<size_t>(max_splits);
  if (!from_right) {
    words[kept].end = text.size();
    words.resize(kept + 1);
  } else {
    const size_t dropped = words.size() - kept - 1;
    words[dropped].begin = 0;
    words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(dropped));
  }
  // The rest keeps the white space within it and at its outer end.
  return parts_of(text, words);
}

std::vector<Text> split_lines(const Text& text, bool keep_ends, Budget& budget) {
  const std::string_view bytes = text.bytes();
  std::vector<ByteRange> ranges;
  budget.charge_bytes(bytes.size());
  size_t begin = 0;
  for (size_t at = 0; at < bytes.size();) {
    const CodePoint symbol = code_point_at(bytes, at);
    size_t next = at + symbol.length;
    if (is_line_end(symbol.value)) {
      if (symbol.value == '\r' && next < bytes.size() && bytes[next] == '\n') ++next;
      budget.charge(kUnitsPerPart);
      ranges.push_back({begin, keep_ends ? next : at});
      begin = next;
    }
    at = next;
  }
  if (begin < bytes.size()) ranges.push_back({begin, bytes.size()});
  return parts_of(text, ranges);
}

}  // namespace vitrine::templates
