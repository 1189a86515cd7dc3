// Remembers the tokens of short words. A hit is exact, so results never depend on what was encoded before.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/prefetch.h"
#include "tokenizer/token_id.h"
#include "tokenizer/word_key.h"

namespace vitrine::tokenizer {

/// A fixed-size table in which new words push out old ones. Threads: one at a time; see WordCachePool.
class WordCache {
 public:
  static constexpr size_t kMaxTokens = 4;

  struct Entry {
    WordKey key;
    std::array<TokenId, kMaxTokens> tokens;  ///< kNoToken behind the last
  };

  WordCache() : pairs_(new Pair[kNumPairs]()) {}

  /// Starts loading what find will look at.
  void prefetch(uint64_t hash) const { prefetch_line(&pairs_[hash >> kShift]); }

  /// Returns the entry of a word, or null.
  const Entry* find(const WordKey& key, uint64_t hash) const {
    const Pair& pair = pairs_[hash >> kShift];
    if (pair.entries[0].key == key) return &pair.entries[0];
    if (pair.entries[1].key == key) return &pair.entries[1];
    return nullptr;
  }

  /// Remembers a word of at most kMaxTokens tokens.
  void insert(const WordKey& key, uint64_t hash, std::span<const TokenId> tokens) {
    Pair& pair = pairs_[hash >> kShift];
    pair.entries[1] = pair.entries[0];
    pair.entries[0].key = key;
    pair.entries[0].tokens.fill(kNoToken);
    std::copy(tokens.begin(), tokens.end(), pair.entries[0].tokens.begin());
  }

 private:
  // 65,536 pairs of entries, one cache line each: 4 MiB. Measured on English text: 1 MiB was a fifth slower, 8 MiB no
  // faster on 20 MB.
  static constexpr int kBits = 16;
  static constexpr size_t kNumPairs = size_t{1} << kBits;
  static constexpr int kShift = 64 - kBits;

  struct alignas(64) Pair {
    std::array<Entry, 2> entries;
  };

  std::unique_ptr<Pair[]> pairs_;
};

/// Lends a cache to each call that encodes; there are as many as calls that ran at the same time. Threads: safe.
class WordCachePool {
 public:
  /// A borrowed cache; goes back when it is destroyed.
  class Loan {
   public:
    explicit Loan(WordCachePool& pool) : pool_(pool), cache_(pool.take()) {}
    ~Loan() { pool_.give_back(std::move(cache_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    WordCache& operator*() { return *cache_; }

   private:
    WordCachePool& pool_;
    std::unique_ptr<WordCache> cache_;
  };

 private:
  std::unique_ptr<WordCache> take();
  void give_back(std::unique_ptr<WordCache> cache) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCache>> idle_;
};

}  // namespace vitrine::tokenizer
