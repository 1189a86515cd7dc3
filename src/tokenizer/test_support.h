// What the tests of this folder share: where files lie, random bytes, a small trained tokenizer.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/thread_pool.h"
#include "tokenizer/trainer.h"

namespace vitrine::tokenizer {

inline std::filesystem::path repository_root() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}

/// The folder of shared data, which need not be there.
inline std::filesystem::path shared_folder() {
  const char* given = std::getenv("VITRINE_SHARED");
  return given != nullptr ? std::filesystem::path(given) : repository_root() / ".." / "shared";
}

inline std::filesystem::path golden_folder() { return repository_root() / "tests" / "golden" / "tokenizer"; }

inline std::string golden_corpus() { return read_file(golden_folder() / "corpus.txt"); }

/// Bytes from a small choice, so that words, merges and broken characters come up often.
inline std::string random_bytes(std::mt19937& random, size_t max_size) {
  static constexpr std::string_view kPieces[] = {"a",        "b",    "the",  " ",      "  ",     "\n",       "\r",
                                                 "\t",       "'s",   "'LL",  "7",      "12",     ".",        "!?",
                                                 "é",        "日",   "🙂", "\xC3",   "\xE2",   "\xF0\x9F", "\x80",
                                                 "\xED\xA0", "\xFF", "\xC0", "\u3000", "\u0301", "<|end|>"};
  std::string text;
  const size_t size = random() % (max_size + 1);
  while (text.size() < size) {
    if (random() % 8 == 0) {
      text += static_cast<char>(random() & 0xFF);
    } else {
      text += kPieces[random() % std::size(kPieces)];
    }
  }
  return text;
}

inline Tokenizer train_on(std::string_view text, TrainOptions options, int num_threads = 1) {
  ThreadPool pool(num_threads);
  return train_bpe(options, std::span(&text, 1), pool);
}

/// A tokenizer of 600 entries from the golden corpus.
inline Tokenizer small_tokenizer(const std::string& pre_tokenizer) {
  return train_on(golden_corpus(), {.vocab_size = 600,
                                    .pre_tokenizer = pre_tokenizer,
                                    .special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}});
}

/// The bytes of a byte-level tokenizer's tokens, and its merges.
inline BpeVocabulary vocabulary_of(const Tokenizer& tokenizer) {
  BpeVocabulary vocabulary{.tokens = {}, .merges = tokenizer.merges()};
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) vocabulary.tokens.emplace_back(tokenizer.token_bytes(id));
  return vocabulary;
}

/// A folder that is removed with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-tokenizer-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace vitrine::tokenizer
