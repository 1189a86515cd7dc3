// Token shards: documents as token ids in files that are mapped, checked and never changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "tokenizer/token_id.h"

namespace vitrine::data {

using tokenizer::TokenId;

/// The tokens of one document, stored in two or four bytes each; borrowed from a shard.
class TokenSpan {
 public:
  TokenSpan() = default;
  TokenSpan(const std::byte* tokens, int token_bytes, int64_t size, const std::byte* mask, int64_t mask_begin)
      : tokens_(tokens), mask_(mask), mask_begin_(mask_begin), size_(size), token_bytes_(token_bytes) {}

  int64_t size() const { return size_; }
  TokenId operator[](int64_t i) const {
    return token_bytes_ == 2 ? TokenId{reinterpret_cast<const uint16_t*>(tokens_)[i]}
                             : static_cast<TokenId>(reinterpret_cast<const uint32_t*>(tokens_)[i]);
  }
  /// True where the token is to be learnt when training on what the assistant says; true everywhere without a mask.
  bool is_learnt(int64_t i) const {
    const int64_t bit = mask_begin_ + i;
    return mask_ == nullptr || ((static_cast<unsigned>(mask_[bit / 8]) >> (bit % 8)) & 1u) != 0;
  }
  std::vector<TokenId> to_vector() const;

 private:
  const std::byte* tokens_ = nullptr;
  const std::byte* mask_ = nullptr;
  int64_t mask_begin_ = 0;
  int64_t size_ = 0;
  int token_bytes_ = 2;
};

/// What a shard says about itself.
struct ShardInfo {
  int64_t vocab_size = 0;
  std::string tokenizer_checksum;
  std::string split;
  std::string source;  ///< free text: what the documents were made from
  bool operator==(const ShardInfo&) const = default;
};

/// Collects documents and writes them as one shard.
class ShardBuilder {
 public:
  explicit ShardBuilder(ShardInfo info);
  /// Adds a document of at least one token. `loss_mask` is empty (all is learnt) or holds a flag for each token; the
  /// shard stores flags only when one of them is 0.
  /// Errors: kInvalidArgument for an id outside the vocabulary.
  void add(std::span<const TokenId> ids, std::span<const uint8_t> loss_mask = {});
  int64_t num_documents() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t num_tokens() const { return static_cast<int64_t>(offsets_.back()); }
  /// Writes the shard durably and returns its checksum, which covers every byte. The end of the builder. Errors: kIo.
  std::string write(const std::filesystem::path& path);

 private:
  ShardInfo info_;
  int token_bytes_;
  bool has_mask_ = false;
  std::vector<uint64_t> offsets_ = {0};
  std::string tokens_;
  std::string mask_;  // one bit a token, the lowest first
};

/// An open shard. Opening reads it once and verifies every byte: checksums, sizes, offsets, ids.
/// Threads: const methods are safe.
class Shard {
 public:
  /// Errors: kNotFound, kIo; kCorruptData, naming the file and the part; kUnsupported for a later version.
  explicit Shard(const std::filesystem::path& path);

  const ShardInfo& info() const { return info_; }
  int64_t num_documents() const { return num_documents_; }
  int64_t num_tokens() const { return num_tokens_; }
  bool has_mask() const { return mask_ != nullptr; }
  /// The checksum that ShardBuilder::write() returned.
  const std::string& checksum() const { return checksum_; }
  /// index in [0, num_documents()).
  TokenSpan document(int64_t index) const;

 private:
  void parse();

  std::filesystem::path path_;
  MappedFile map_;
  ShardInfo info_;
  std::string checksum_;
  int64_t num_documents_ = 0;
  int64_t num_tokens_ = 0;
  int token_bytes_ = 2;
  const uint64_t* offsets_ = nullptr;
  const std::byte* tokens_ = nullptr;
  const std::byte* mask_ = nullptr;
};

/// The shards of one split, seen as one list of documents. Threads: const methods are safe.
class ShardSet {
 public:
  /// Errors: as Shard; kMismatch when vocabularies or tokenizers differ.
  explicit ShardSet(const std::vector<std::filesystem::path>& paths);

  int64_t num_documents() const { return first_documents_.back(); }
  int64_t num_tokens() const { return num_tokens_; }
  int64_t vocab_size() const { return shards_.front().info().vocab_size; }
  const std::vector<Shard>& shards() const { return shards_; }
  TokenSpan document(int64_t index) const;

 private:
  std::vector<Shard> shards_;
  std::vector<int64_t> first_documents_ = {0};  // of each shard, and the total
  int64_t num_tokens_ = 0;
};

}  // namespace vitrine::data
