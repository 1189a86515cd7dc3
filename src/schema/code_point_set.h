// Sets of Unicode scalar values as sorted ranges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::schema {

constexpr uint32_t kMaxCodePoint = 0x10FFFF;

struct CodePointRange {
  uint32_t first;
  uint32_t last;  ///< inclusive
  friend bool operator==(const CodePointRange&, const CodePointRange&) = default;
};

/// A set of Unicode scalar values. Surrogates (U+D800 to U+DFFF) are never in it: they are no characters.
class CodePointSet {
 public:
  CodePointSet() = default;
  /// Makes the union of ranges in any order.
  explicit CodePointSet(std::vector<CodePointRange> ranges);

  static CodePointSet all();
  static CodePointSet of(uint32_t code_point) { return CodePointSet({{code_point, code_point}}); }

  bool empty() const { return ranges_.empty(); }
  bool contains(uint32_t code_point) const;
  /// Sorted, apart from one another, without surrogates.
  const std::vector<CodePointRange>& ranges() const { return ranges_; }

  CodePointSet complement() const;
  CodePointSet united(const CodePointSet& other) const;
  /// Returns the set with the other case of each ASCII letter added.
  CodePointSet with_ascii_case() const;

  friend bool operator==(const CodePointSet&, const CodePointSet&) = default;

 private:
  std::vector<CodePointRange> ranges_;
};

/// Appends a code point as UTF-8.
void append_utf8(uint32_t code_point, std::string& out);

/// Reads UTF-8 into code points. Errors: kInvalidArgument, with `operation` first, where the text is not UTF-8.
std::vector<uint32_t> decode_utf8(std::string_view text, std::string_view operation);

}  // namespace vitrine::schema
