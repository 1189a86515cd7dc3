#include "tokenizer/added_token_matcher.h"

#include <algorithm>

#include "tokenizer/unicode/categories.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

/// Returns the character that ends at `end`; U+FFFD where none does.
Utf8Char read_backward(std::string_view text, size_t end) {
  const size_t farthest = end > 4 ? end - 4 : 0;
  for (size_t begin = end; begin-- > farthest;) {
    if ((static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) continue;
    const Utf8Char character = read_utf8(text.data() + begin, text.data() + end);
    if (character.status == Utf8Status::kValid && begin + character.length == end) return character;
    break;
  }
  return {0xFFFD, 1, Utf8Status::kInvalid};
}

bool is_word_before(std::string_view text, size_t end) {
  return end > 0 && is_word_character(read_backward(text, end).code_point);
}

bool is_word_behind(std::string_view text, size_t begin) {
  return begin < text.size() && is_word_character(read_utf8(text.data() + begin, text.data() + text.size()).code_point);
}

size_t begin_of_spaces_before(std::string_view text, size_t end) {
  while (end > 0) {
    const Utf8Char character = read_backward(text, end);
    if (character.status != Utf8Status::kValid || !is_white_space(character.code_point)) break;
    end -= character.length;
  }
  return end;
}

size_t end_of_spaces_behind(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const Utf8Char character = read_utf8(text.data() + begin, text.data() + text.size());
    if (!is_white_space(character.code_point)) break;
    begin += character.length;
  }
  return begin;
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<Entry> entries) : entries_(std::move(entries)) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const std::string& pattern = entries_[i].pattern;
    if (pattern.empty()) continue;
    // Of two with one pattern the first counts.
    if (trie_.find(pattern) < 0) trie_.add(pattern, static_cast<int32_t>(i));
    starts_[static_cast<uint8_t>(pattern[0])] = true;
    has_plain_ = has_plain_ || !entries_[i].token.special;
  }
}

int32_t AddedTokenMatcher::longest_at(std::string_view text, size_t at) const {
  int32_t longest = -1;
  uint32_t node = Trie::kRoot;
  for (; at < text.size(); ++at) {
    node = trie_.step(node, static_cast<uint8_t>(text[at]));
    if (node == Trie::kNoNode) break;
    if (trie_.value(node) >= 0) longest = trie_.value(node);
  }
  return longest;
}

bool AddedTokenMatcher::is_blocked(const AddedToken& token, std::string_view text, size_t begin, size_t end) const {
  return token.single_word && (is_word_before(text, begin) || is_word_behind(text, end));
}

void AddedTokenMatcher::for_each_part(std::string_view text, bool with_special,
                                      const std::function<void(const Part&)>& use) const {
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const int32_t found = starts_[static_cast<uint8_t>(text[at])] ? longest_at(text, at) : -1;
    if (found < 0) {
      ++at;
      continue;
    }
    const Entry& entry = entries_[static_cast<size_t>(found)];
    size_t begin = at, end = at + entry.pattern.size();
    at = end;  // one that does not count hides what overlaps it all the same
    if ((entry.token.special && !with_special) || is_blocked(entry.token, text, begin, end)) continue;
    if (entry.token.lstrip) begin = std::max(begin_of_spaces_before(text, begin), done);
    if (entry.token.rstrip) end = end_of_spaces_behind(text, end);
    if (done < begin) use({kNoToken, done, begin});
    use({entry.token.id, begin, end});
    done = end;
  }
  if (done < text.size()) use({kNoToken, done, text.size()});
}

}  // namespace vitrine::tokenizer
