// The tokens of a model as bytes, sorted once so that masks of any schema are made quickly.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "schema/byte_class.h"

namespace vitrine::schema {

using TokenId = uint32_t;

/// Tokens as a tree of bytes. The children of a node lie side by side, in the order of their bytes.
class TokenTrie {
 public:
  struct Node {
    ByteClasses classes = 0;   ///< of its byte and all bytes below
    uint32_t first_child = 0;
    uint32_t tokens_begin = 0;  ///< into tokens(); the next node's is the end
    uint32_t table = 0;         ///< 1 + its child table, 0 where it has few children
    uint16_t child_count = 0;
    uint8_t byte = 0;
    uint8_t characters = 0;  ///< most characters that begin in it and below on one path
  };
  /// The child of each byte, for nodes with many.
  struct ChildTable {
    uint64_t present[4] = {};
    uint8_t index[256] = {};
  };
  struct Entry {
    std::string_view bytes;
    TokenId token;
  };

  /// Builds the tree. Entries may come in any order; equal bytes share a node.
  explicit TokenTrie(std::vector<Entry> entries = {});

  static constexpr uint32_t kRoot = 0;
  const Node& node(uint32_t id) const { return nodes_[id]; }
  std::span<const TokenId> tokens(uint32_t id) const {
    return {tokens_.data() + nodes_[id].tokens_begin, tokens_.data() + nodes_[id + 1].tokens_begin};
  }
  /// Calls visit(child id) for each child whose byte is in the set of 256 bits.
  template <typename Visit>
  void for_children(uint32_t id, const uint64_t* bytes, const Visit& visit) const {
    const Node& node = nodes_[id];
    if (node.table == 0) {
      for (uint32_t child = node.first_child, end = child + node.child_count; child < end; ++child) {
        const uint8_t byte = nodes_[child].byte;
        if (bytes[byte >> 6] >> (byte & 63) & 1) visit(child);
      }
      return;
    }
    const ChildTable& table = tables_[node.table - 1];
    for (uint32_t word = 0; word < 4; ++word) {
      for (uint64_t left = table.present[word] & bytes[word]; left != 0; left &= left - 1) {
        const auto byte = word * 64 + static_cast<uint32_t>(__builtin_ctzll(left));
        visit(node.first_child + table.index[byte]);
      }
    }
  }

 private:
  void build(uint32_t id, std::span<const Entry> entries, size_t depth);

  std::vector<Node> nodes_;
  std::vector<TokenId> tokens_;
  std::vector<ChildTable> tables_;
};

/// A model's tokens. Built once when the model is loaded; knows nothing of any schema.
/// Threads: safe, it does not change.
class Vocabulary {
 public:
  /// Longest token in bytes that a mask can allow; longer ones are spelled by shorter ones.
  static constexpr size_t kMaxTokenBytes = 255;

  /// `tokens` are the bytes of each id; empty ones are never allowed. `end_ids` end a text (EOS and its like) and are
  /// allowed where it is complete; their bytes and those of `special_ids` are never text.
  /// Errors: kInvalidArgument for ids outside of the vocabulary, or no tokens.
  Vocabulary(std::span<const std::string_view> tokens, std::span<const TokenId> end_ids,
             std::span<const TokenId> special_ids = {});

  size_t size() const { return token_begin_.size() - 1; }
  /// Returns the number of 64-bit words of a mask, a multiple of four; bit i of word w stands for token 64 w + i.
  size_t mask_words() const { return words_; }
  /// Returns the bytes of a token; empty where it is special.
  std::string_view bytes(TokenId token) const;
  std::span<const TokenId> end_ids() const { return end_ids_; }
  bool is_end(TokenId token) const;

  const TokenTrie& trie() const { return trie_; }
  /// A token with a quote or a backslash, before which there are only whole plain characters of a JSON string.
  struct MarkedToken {
    TokenId token;
    uint32_t characters_before;
  };
  /// The trees of what follows the first quote or backslash of such tokens; their token ids index marked().
  const TokenTrie& after_quote() const { return after_quote_; }
  const TokenTrie& after_backslash() const { return after_backslash_; }
  const MarkedToken& marked(uint32_t index) const { return marked_[index]; }

  /// The numbers of characters that precede the first backslash of some token.
  std::span<const uint32_t> counts_before_backslash() const { return counts_before_backslash_; }
  /// Plain tokens of more than kMaxCounted characters, with their number in characters_before.
  std::span<const MarkedToken> long_plain() const { return long_plain_; }
  /// The tree of what follows the white space at the start of tokens, where there is any and something follows.
  const TokenTrie& after_space() const { return after_space_; }
  /// Returns the mask of the tokens that are white space alone.
  std::span<const uint64_t> space_mask() const { return space_mask_; }
  /// Letters of escapes after which many tokens go on with plain characters.
  static constexpr const char* kEscapeLetters = "bfnrt/";
  /// Returns the mask of the tokens that begin with such a letter and go on with plain characters of a JSON string.
  std::span<const uint64_t> escape_mask() const { return escape_mask_; }

  /// The most characters of a token that masks tell apart.
  static constexpr uint32_t kMaxCounted = 63;
  /// Writes the mask of the tokens whose first character is of the classes `first` and whose others are of the classes
  /// `rest` (the last one may be cut off), of at most `characters` characters where that is not above kMaxCounted.
  void fill_mask(ByteClasses first, ByteClasses rest, uint32_t characters, std::span<uint64_t> mask) const;
  /// Writes the mask of the plain ones of at most so many characters.
  void fill_plain_mask(uint32_t characters, std::span<uint64_t> mask) const;
  /// Returns the mask of all tokens that are plain characters of a JSON string.
  std::span<const uint64_t> plain_mask() const { return plain_mask_; }

 private:
  static constexpr int kClassesPerGroup = 6;
  static constexpr ByteClasses kGroupBits = (ByteClasses{1} << kClassesPerGroup) - 1;
  static constexpr int kGroups = (byte_class::kCount + kClassesPerGroup - 1) / kClassesPerGroup;

  void sort_token(TokenId token);

  std::vector<char> bytes_;
  std::vector<uint32_t> token_begin_;
  std::vector<TokenId> end_ids_;
  size_t words_ = 0;
  TokenTrie trie_, after_quote_, after_backslash_, after_space_;
  std::vector<MarkedToken> marked_, long_plain_;
  std::vector<uint32_t> counts_before_backslash_;
  std::vector<uint64_t> whole_mask_;    ///< tokens that are text from a whole character on
  std::vector<uint64_t> first_masks_;   ///< per class, the tokens whose first character is of it
  std::vector<uint64_t> rest_masks_;    ///< per class, the tokens that have it after their first character
  std::vector<uint64_t> rest_group_masks_;  ///< the same for kClassesPerGroup classes at once
  std::vector<uint64_t> count_masks_;   ///< per number, the tokens of at most so many characters
  std::vector<uint64_t> plain_mask_, space_mask_, escape_mask_;
};

}  // namespace vitrine::schema
