#include "schema/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "schema/char_decoder.h"
#include "schema/formats.h"

namespace vitrine::schema {
namespace {

constexpr uint16_t kTableFrom = 17;  // children from which on a node has a table

/// Where a token leaves the plain characters of a JSON string.
struct TokenShape {
  ByteClasses first = 0, rest = 0;  ///< classes of the first character, and of those after it
  bool is_broken = false;           ///< has bytes that no text has after a whole character
  uint32_t characters = 0;
  size_t mark_at =
      std::string_view::npos;  ///< the first quote or backslash, where only whole plain characters precede it
  uint32_t characters_before = 0;
};

TokenShape token_shape_of(std::string_view bytes) {
  TokenShape shape;
  PartialCharacter partial;
  bool is_plain = true;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    const ByteClasses byte_class = byte_class::kTable[byte];
    const bool is_boundary = partial.is_none();
    if (partial.take(byte, Spelling::kPlain).step == PartialCharacter::Step::kRefused) {
      shape.is_broken = true;
      return shape;
    }
    if (!is_boundary) continue;
    (shape.characters == 0 ? shape.first : shape.rest) |= byte_class;
    if ((byte == '"' || byte == '\\') && is_plain) shape.mark_at = i, shape.characters_before = shape.characters;
    if ((byte_class & byte_class::kPlain) == 0) is_plain = false;
    ++shape.characters;
  }
  return shape;
}

/// Four words at a time: the compiler makes vector instructions of it.
typedef uint64_t Words __attribute__((vector_size(32), aligned(8), may_alias));
constexpr size_t kWordsPerStep = sizeof(Words) / sizeof(uint64_t);

// Built for wider registers as well, and chosen when the program starts.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define VITRINE_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define VITRINE_WIDE
#endif

/// The classes of more than one character, with their members.
struct AsciiClass {
  ByteClasses bit = 0;
  AsciiSet members;
};
constexpr auto kAsciiClasses = [] {
  std::array<AsciiClass, byte_class::kFirstPunctuation - 1> classes{};
  size_t count = 0;
  for (int c = 0; c < byte_class::kFirstPunctuation; ++c) {
    if (byte_class::bit(c) == byte_class::kNonAscii) continue;
    AsciiClass& one = classes[count++];
    one.bit = byte_class::bit(c);
    for (uint32_t byte = 0; byte < 128; ++byte) {
      if (byte_class::kTable[byte] == one.bit) one.members.add(byte, byte);
    }
  }
  return classes;
}();

/// The classes of the marks in a set. Marks stand in four ranges of ASCII, and their classes are in the same order.
ByteClasses marks_of(const AsciiSet& set) {
  const uint64_t low = set.bits[0], high = set.bits[1];
  const uint64_t marks = (low >> '!' & 0x7FFF) | (low >> ':' & 0x3F) << 15 | (high & 1) << 21 |
                         (high >> ('[' - 64) & 0x3F) << 22 | (high >> ('{' - 64) & 0xF) << 28;
  return marks << byte_class::kFirstPunctuation;
}

void set_bit(std::vector<uint64_t>& masks, size_t offset, TokenId token) {
  masks[offset + token / 64] |= uint64_t{1} << token % 64;
}

/// Writes the tokens of `start` that are in one of `wanted`, if that is asked for, and in none of `missing`.
VITRINE_WIDE void combine(const uint64_t* start, bool wants_some, std::span<const uint64_t* const> wanted,
                          std::span<const uint64_t* const> missing, std::span<uint64_t> mask) {
  for (size_t w = 0; w < mask.size(); w += kWordsPerStep) {
    Words words = *reinterpret_cast<const Words*>(start + w);
    if (wants_some) {
      Words some = {};
      for (const uint64_t* one : wanted) some |= *reinterpret_cast<const Words*>(one + w);
      words &= some;
    }
    Words none = {};
    for (const uint64_t* one : missing) none |= *reinterpret_cast<const Words*>(one + w);
    *reinterpret_cast<Words*>(mask.data() + w) = words & ~none;
  }
}

}  // namespace

AsciiSet members_of(ByteClasses classes) {
  static constexpr auto kMembers = [] {
    std::array<AsciiSet, byte_class::kCount> members{};
    for (uint32_t byte = 0; byte < 128; ++byte) {
      for (int c = 0; c < byte_class::kCount; ++c) {
        if (byte_class::kTable[byte] == byte_class::bit(c)) members[static_cast<size_t>(c)].add(byte, byte);
      }
    }
    return members;
  }();
  AsciiSet set;
  for (ByteClasses left = classes; left != 0; left &= left - 1) {
    const AsciiSet& members = kMembers[static_cast<size_t>(__builtin_ctzll(left))];
    set.bits[0] |= members.bits[0], set.bits[1] |= members.bits[1];
  }
  return set;
}

ByteClasses classes_touched(const AsciiSet& set) {
  ByteClasses classes = marks_of(set);
  for (const AsciiClass& one : kAsciiClasses) {
    if (((set.bits[0] & one.members.bits[0]) | (set.bits[1] & one.members.bits[1])) != 0) classes |= one.bit;
  }
  return classes;
}

ByteClasses classes_within(const AsciiSet& set) {
  ByteClasses classes = marks_of(set);
  for (const AsciiClass& one : kAsciiClasses) {
    if (((~set.bits[0] & one.members.bits[0]) | (~set.bits[1] & one.members.bits[1])) == 0) classes |= one.bit;
  }
  return classes;
}

TokenTrie::TokenTrie(std::vector<Entry> entries) {
  std::ranges::stable_sort(entries, {}, &Entry::bytes);
  nodes_.emplace_back();
  // Nodes get their tokens in the order of their ids, so that one number per node bounds its list.
  std::vector<std::pair<uint32_t, TokenId>> placed;
  struct Work {
    uint32_t id;
    size_t begin, end, depth;
  };
  std::vector<Work> stack{{kRoot, 0, entries.size(), 0}};
  while (!stack.empty()) {
    const Work work = stack.back();
    stack.pop_back();
    size_t i = work.begin;
    while (i < work.end && entries[i].bytes.size() == work.depth) placed.emplace_back(work.id, entries[i++].token);
    const auto first_child = static_cast<uint32_t>(nodes_.size());
    std::vector<Work> children;
    while (i < work.end) {
      const auto byte = static_cast<uint8_t>(entries[i].bytes[work.depth]);
      const size_t begin = i;
      while (i < work.end && static_cast<uint8_t>(entries[i].bytes[work.depth]) == byte) ++i;
      children.push_back({static_cast<uint32_t>(nodes_.size()), begin, i, work.depth + 1});
      nodes_.push_back({.classes = byte_class::kTable[byte], .byte = byte});
    }
    nodes_[work.id].first_child = first_child;
    nodes_[work.id].child_count = static_cast<uint16_t>(children.size());
    if (children.size() >= kTableFrom) {
      nodes_[work.id].table = static_cast<uint32_t>(tables_.size() + 1);
      ChildTable& table = tables_.emplace_back();
      for (size_t k = 0; k < children.size(); ++k) {
        const uint8_t byte = nodes_[first_child + k].byte;
        table.present[byte >> 6] |= uint64_t{1} << (byte & 63);
        table.index[byte] = static_cast<uint8_t>(k);
      }
    }
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  // A node's children have larger ids: from the end, each is complete before its parent.
  for (size_t id = nodes_.size(); id-- > 0;) {
    Node& node = nodes_[id];
    uint8_t most = 0;
    for (uint32_t child = node.first_child; child < node.first_child + node.child_count; ++child) {
      node.classes |= nodes_[child].classes;
      most = std::max(most, nodes_[child].characters);
    }
    const bool begins_character = id != kRoot && (node.byte & 0xC0) != 0x80;
    node.characters = static_cast<uint8_t>(std::min(255, most + (begins_character ? 1 : 0)));
  }
  std::ranges::stable_sort(placed, {}, &std::pair<uint32_t, TokenId>::first);
  nodes_.emplace_back();
  size_t at = 0;
  for (uint32_t id = 0; id < nodes_.size(); ++id) {
    while (at < placed.size() && placed[at].first < id) tokens_.push_back(placed[at++].second);
    nodes_[id].tokens_begin = static_cast<uint32_t>(tokens_.size());
  }
}

Vocabulary::Vocabulary(std::span<const std::string_view> tokens, std::span<const TokenId> end_ids,
                       std::span<const TokenId> special_ids)
    : end_ids_(end_ids.begin(), end_ids.end()) {
  if (tokens.empty()) throw Error(ErrorCode::kInvalidArgument, "vocabulary: it has no tokens");
  std::vector<bool> is_special(tokens.size(), false);
  for (std::span<const TokenId> ids : {end_ids, special_ids}) {
    for (TokenId id : ids) {
      if (id >= tokens.size()) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("vocabulary: a special token is outside of it (got {}, expected less than {})", id,
                                tokens.size()));
      }
      is_special[id] = true;
    }
  }
  words_ = (tokens.size() + 63) / 64;
  words_ = (words_ + kWordsPerStep - 1) / kWordsPerStep * kWordsPerStep;
  token_begin_.push_back(0);
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (!is_special[id]) bytes_.insert(bytes_.end(), tokens[id].begin(), tokens[id].end());
    token_begin_.push_back(static_cast<uint32_t>(bytes_.size()));
  }
  whole_mask_.assign(words_, 0);
  for (std::vector<uint64_t>* mask : {&plain_mask_, &space_mask_, &escape_mask_}) mask->assign(words_, 0);
  first_masks_.assign(words_ * byte_class::kCount, 0);
  rest_masks_.assign(words_ * byte_class::kCount, 0);
  rest_group_masks_.assign(words_ * kGroups, 0);
  count_masks_.assign(words_ * (kMaxCounted + 1), 0);
  std::vector<TokenTrie::Entry> entries, quoted, escaped, spaced;
  for (TokenId id = 0; id < tokens.size(); ++id) {
    const std::string_view text = bytes(id);
    if (text.empty() || text.size() > kMaxTokenBytes) continue;
    entries.push_back({text, id});
    sort_token(id);
    const TokenShape shape = token_shape_of(text);
    if (shape.mark_at != std::string_view::npos) {
      const TokenTrie::Entry entry{text.substr(shape.mark_at + 1), static_cast<TokenId>(marked_.size())};
      (text[shape.mark_at] == '"' ? quoted : escaped).push_back(entry);
      marked_.push_back({id, shape.characters_before});
      if (text[shape.mark_at] == '\\') counts_before_backslash_.push_back(shape.characters_before);
    }
    const size_t space = std::min(text.find_first_not_of(" \t\n\r"), text.size());
    if (space > 0 && space < text.size()) spaced.push_back({text.substr(space), id});
    if (space == text.size()) set_bit(space_mask_, 0, id);
    if (shape.characters > kMaxCounted && !shape.is_broken && ((shape.first | shape.rest) & ~byte_class::kPlain) == 0) {
      long_plain_.push_back({id, shape.characters});
    }
  }
  std::ranges::sort(counts_before_backslash_);
  const auto repeated = std::ranges::unique(counts_before_backslash_);
  counts_before_backslash_.erase(repeated.begin(), repeated.end());
  trie_ = TokenTrie(std::move(entries));
  after_quote_ = TokenTrie(std::move(quoted));
  after_backslash_ = TokenTrie(std::move(escaped));
  after_space_ = TokenTrie(std::move(spaced));
  fill_mask(byte_class::kPlain, byte_class::kPlain, kMaxCounted + 1, plain_mask_);
  for (size_t w = 0; w < words_; ++w) {
    for (uint64_t left = plain_mask_[w]; left != 0; left &= left - 1) {
      const auto id = static_cast<TokenId>(w * 64 + static_cast<size_t>(__builtin_ctzll(left)));
      if (std::string_view(kEscapeLetters).find(bytes(id)[0]) != std::string_view::npos) set_bit(escape_mask_, 0, id);
    }
  }
  for (std::string_view name : format_names()) find_format(name);  // these tables know no schema either
}

void Vocabulary::sort_token(TokenId token) {
  const TokenShape shape = token_shape_of(bytes(token));
  if (shape.is_broken) return;
  set_bit(whole_mask_, 0, token);
  for (int c = 0; c < byte_class::kCount; ++c) {
    if (shape.first & byte_class::bit(c)) set_bit(first_masks_, static_cast<size_t>(c) * words_, token);
    if ((shape.rest & byte_class::bit(c)) == 0) continue;
    set_bit(rest_masks_, static_cast<size_t>(c) * words_, token);
    set_bit(rest_group_masks_, static_cast<size_t>(c / kClassesPerGroup) * words_, token);
  }
  for (uint32_t n = shape.characters; n <= kMaxCounted; ++n) set_bit(count_masks_, n * words_, token);
}

std::string_view Vocabulary::bytes(TokenId token) const {
  return {bytes_.data() + token_begin_[token], token_begin_[token + 1] - token_begin_[token]};
}

bool Vocabulary::is_end(TokenId token) const { return std::ranges::find(end_ids_, token) != end_ids_.end(); }

void Vocabulary::fill_mask(ByteClasses first, ByteClasses rest, uint32_t characters, std::span<uint64_t> mask) const {
  // Tokens without what is missing. Of the first character either the classes that it has or those that it lacks are
  // gone through, whichever are fewer; of the others, classes that are missing together have one table.
  const bool is_narrow = __builtin_popcountll(first) <= byte_class::kCount / 2;
  std::array<const uint64_t*, byte_class::kCount * 2> wanted, missing;
  size_t wanted_count = 0, missing_count = 0;
  for (int c = 0; c < byte_class::kCount; ++c) {
    const size_t offset = static_cast<size_t>(c) * words_;
    const bool has_first = (first & byte_class::bit(c)) != 0;
    if (is_narrow && has_first) wanted[wanted_count++] = first_masks_.data() + offset;
    if (!is_narrow && !has_first) missing[missing_count++] = first_masks_.data() + offset;
  }
  for (int group = 0; group < kGroups; ++group) {
    const ByteClasses of_group = kGroupBits << group * kClassesPerGroup & byte_class::kAll;
    if ((rest & of_group) == 0) {
      missing[missing_count++] = rest_group_masks_.data() + static_cast<size_t>(group) * words_;
      continue;
    }
    for (ByteClasses left = of_group & ~rest; left != 0; left &= left - 1) {
      missing[missing_count++] = rest_masks_.data() + static_cast<size_t>(__builtin_ctzll(left)) * words_;
    }
  }
  const uint64_t* start = characters <= kMaxCounted ? count_masks_.data() + characters * words_ : whole_mask_.data();
  combine(start, is_narrow, {wanted.data(), wanted_count}, {missing.data(), missing_count}, mask);
}

void Vocabulary::fill_plain_mask(uint32_t characters, std::span<uint64_t> mask) const {
  const uint64_t* few = count_masks_.data() + std::min(characters, kMaxCounted) * words_;
  for (size_t w = 0; w < words_; ++w) mask[w] = plain_mask_[w] & few[w];
}

}  // namespace vitrine::schema
