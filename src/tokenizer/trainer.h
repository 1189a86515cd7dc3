// Trains a byte-level BPE tokenizer from raw text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/train/word_counter.h"

namespace vitrine::tokenizer {

/// Where training stands. Counting: bytes read, total unknown (0). Merging: tokens found, of how many.
struct TrainProgress {
  enum class Stage { kCounting, kMerging };
  Stage stage;
  int64_t done;
  int64_t total;
};

struct TrainOptions {
  int64_t vocab_size = 8192;                              ///< the 256 bytes and the special tokens included
  std::string pre_tokenizer = "qwen2";                    ///< a name of the catalog
  std::vector<std::string> special_tokens;                ///< get the highest ids, in this order
  int64_t min_frequency = 2;                              ///< pairs that occur less often never become a token
  std::function<void(const TrainProgress&)> on_progress;  ///< called on the calling thread, when given
};

/// Takes the text in any number of portions, then learns the merges. Bytes have ids 0 to 255 in the order of the byte
/// alphabet, then merges, then special tokens. The result depends on the options and the multiset of documents alone.
/// Memory: grows with the number of distinct words, not with the text.
class BpeTrainer {
 public:
  /// Errors: kInvalidArgument for an unknown pre-tokenizer, a vocabulary too small for the bytes and special tokens, or
  /// a special token that is empty, one byte, not UTF-8 or there twice.
  BpeTrainer(TrainOptions options, ThreadPool& pool);

  /// Counts the words of some documents, which need to live during the call only. Words never cross documents.
  void add(std::span<const std::string_view> documents);

  /// Learns the merges; the end of the trainer. Errors: kInvalidArgument when there was no text, or not enough of it
  /// for the vocabulary; the message says how many entries it gives.
  Tokenizer finish();

 private:
  TrainOptions options_;
  const PreTokenizer& pre_tokenizer_;
  WordCounter counter_;
};

/// Trains from documents in memory. Errors: as BpeTrainer.
Tokenizer train_bpe(const TrainOptions& options, std::span<const std::string_view> documents, ThreadPool& pool);

}  // namespace vitrine::tokenizer
