// Some words at a time: all are looked for in the cache at once, so that their memory latencies overlap.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/models/model.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/word_cache.h"

namespace vitrine::tokenizer {

class WordBatch {
 public:
  bool is_full() const { return num_words_ == words_.size(); }

  /// Adds a word of a text that ends at `text_end`; the batch must not be full.
  void add(std::string_view bytes, const char* text_end, const WordCache& cache) {
    Word& word = words_[num_words_++];
    word.bytes = bytes;
    if (bytes.size() > WordKey::kMaxBytes) return;
    word.key = make_word_key(bytes.data(), bytes.size(), text_end);
    word.hash = word.key.hash();
    cache.prefetch(word.hash);
  }

  /// Appends the tokens of the words, remembers those of new ones, and empties the batch.
  void encode(const Model& model, WordCache& cache, std::vector<TokenId>& out) {
    for (const Word& word : std::span(words_).first(num_words_)) {
      if (word.bytes.size() > WordKey::kMaxBytes) {
        model.append_word(word.bytes, out);
      } else if (const WordCache::Entry* entry = cache.find(word.key, word.hash)) {
        for (const TokenId token : entry->tokens) {
          if (token == kNoToken) break;
          out.push_back(token);
        }
      } else {
        const auto num_before = static_cast<ptrdiff_t>(out.size());
        model.append_word(word.bytes, out);
        const std::span<const TokenId> tokens(out.begin() + num_before, out.end());
        if (tokens.size() <= WordCache::kMaxTokens) cache.insert(word.key, word.hash, tokens);
      }
    }
    num_words_ = 0;
  }

 private:
  struct Word {
    std::string_view bytes;
    WordKey key;
    uint64_t hash;
  };
  std::array<Word, 32> words_;
  size_t num_words_ = 0;
};

/// Encodes the words that a scanner cuts a text into.
inline void encode_scanned(std::string_view text, const char* (*word_end)(const char*, const char*),
                           const Model& model, WordCache& cache, std::vector<TokenId>& out) {
  WordBatch batch;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    while (at != end && !batch.is_full()) {
      const char* next = word_end(at, end);
      batch.add({at, static_cast<size_t>(next - at)}, end, cache);
      at = next;
    }
    batch.encode(model, cache, out);
  }
}

}  // namespace vitrine::tokenizer
