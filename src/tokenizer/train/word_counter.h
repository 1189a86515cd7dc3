// Counts the distinct words of a corpus, on all threads of a pool.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/thread_pool.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/word_key.h"

namespace vitrine::tokenizer {

/// Words and how often each occurs. Most words fit a WordKey and lie in one flat table; the few long ones in a map.
class WordTable {
 public:
  WordTable();

  /// Counts one word; `text_end` is where the memory behind it ends.
  void add(const char* word, size_t num_bytes, const char* text_end);
  /// Adds the counts of another table.
  void add(const WordTable& other);
  /// Calls visit(bytes, count) for each distinct word, in no particular order.
  void for_each(const std::function<void(std::string_view bytes, int64_t count)>& visit) const;

  size_t num_words() const { return num_short_ + long_.size(); }

 private:
  struct Slot {
    WordKey key;
    int64_t count = 0;
  };

  Slot& find_or_insert(const WordKey& key);
  void grow();

  std::vector<Slot> slots_;  // open addressing, at most half full; a count of 0 is a free slot
  int shift_;
  size_t num_short_ = 0;
  std::unordered_map<std::string, int64_t> long_;
};

/// Cuts documents into words and counts them. The counts do not depend on the number of threads.
class WordCounter {
 public:
  WordCounter(const PreTokenizer& pre_tokenizer, ThreadPool& pool);

  /// Counts the words of some documents, which need to live during the call only. `on_bytes`, when given, gets the
  /// number of bytes counted so far over all calls, on the calling thread, every few MiB.
  void add(std::span<const std::string_view> documents, const std::function<void(int64_t)>& on_bytes);

  /// Returns all counts; the counter is empty afterwards.
  WordTable take();

 private:
  PreTokenizer pre_tokenizer_;
  ThreadPool& pool_;
  std::vector<WordTable> tables_;  // one per thread
  int64_t num_bytes_ = 0;
};

/// Cuts a document into pieces of about `piece_bytes` at places where every pre-tokenizer has an edge whatever stands
/// around: between an ASCII letter and an ASCII space or newline.
std::vector<std::string_view> split_at_word_edges(std::string_view document, size_t piece_bytes);

}  // namespace vitrine::tokenizer
