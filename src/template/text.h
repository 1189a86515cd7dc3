// Text that knows which of its bytes the template wrote and which came from what it was given.
//
// A tokenizer forms special tokens from the template's own bytes only, so that a user who writes `<|im_end|>` has
// written those letters and nothing else. What is computed from input is input: only copying keeps an origin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::templates {

/// Who wrote a piece of text.
enum class Origin : uint8_t {
  kTemplate,  ///< the template, or a value that the caller vouches for (bos_token, the name of a role)
  kInput,     ///< a value that was passed in: a message, a tool, a document
};

/// Returns kInput if one of the two is.
constexpr Origin merged(Origin a, Origin b) { return a == Origin::kInput ? a : b; }

/// A string of bytes with an origin for each. Appending merges runs, so a text of one origin costs a plain string.
class Text {
 public:
  Text() = default;
  Text(std::string bytes, Origin origin) : bytes_(std::move(bytes)), first_(origin) {}

  const std::string& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  void append(std::string_view bytes, Origin origin);
  void append(const Text& other) { append(other, 0, other.size()); }
  /// Appends bytes [begin, end) of another text with their origins.
  void append(const Text& other, size_t begin, size_t end);

  /// Returns a copy of bytes [begin, end).
  Text part(size_t begin, size_t end) const;

  /// Returns kInput if any byte of [begin, end) is input; for an empty range the origin of the byte there or before it.
  Origin origin_of(size_t begin, size_t end) const;
  Origin origin() const { return changes_.empty() ? first_ : Origin::kInput; }

  /// Returns where the run that holds byte `at` ends.
  size_t run_end(size_t at) const;

 private:
  static Origin other_than(Origin origin) { return origin == Origin::kInput ? Origin::kTemplate : Origin::kInput; }
  size_t changes_up_to(size_t at) const;
  Origin last() const { return changes_.size() % 2 == 0 ? first_ : other_than(first_); }

  std::string bytes_;
  Origin first_ = Origin::kTemplate;
  std::vector<size_t> changes_;  // where the origin turns into the other one, ascending, within (0, size)
};

}  // namespace vitrine::templates
