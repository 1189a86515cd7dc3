#include "tokenizer/trainer.h"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/train/merge_learner.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr int64_t kNumBytes = 256;
constexpr int64_t kMaxVocabSize = int64_t{1} << 24;
constexpr int64_t kStepsPerReport = 256;

[[noreturn]] void refuse_training(std::string what, std::string hint) {
  throw Error(ErrorCode::kInvalidArgument, "train tokenizer: " + std::move(what), std::move(hint));
}

void check_options(const TrainOptions& options) {
  std::unordered_set<std::string> names;
  for (const std::string& name : options.special_tokens) {
    const auto bytes = from_byte_alphabet(name);
    if (name.empty() || !is_valid_utf8(name) || (bytes && bytes->size() == 1)) {
      refuse_training(
          fmt::format("special token '{}' cannot be told from a byte (expected UTF-8 of two characters or more)",
                      is_valid_utf8(name) ? name : "?"),
          "name it like <|end|>");
    }
    if (!names.insert(name).second)
      refuse_training(fmt::format("special token '{}' is given twice", name), "name it once");
  }
  const int64_t smallest = kNumBytes + static_cast<int64_t>(options.special_tokens.size());
  if (options.vocab_size < smallest || options.vocab_size > kMaxVocabSize) {
    refuse_training(
        fmt::format("vocab_size does not fit (got {}, expected {} to {})", options.vocab_size, smallest, kMaxVocabSize),
        "it counts the 256 bytes and the special tokens");
  }
}

/// Byte strings that a tokenizer.json would write like one of the special tokens.
std::unordered_set<std::string> forbidden_tokens(const std::vector<std::string>& special_tokens) {
  std::unordered_set<std::string> forbidden;
  for (const std::string& name : special_tokens) {
    if (const auto bytes = from_byte_alphabet(name)) forbidden.insert(*bytes);
  }
  return forbidden;
}

}  // namespace

BpeTrainer::BpeTrainer(TrainOptions options, ThreadPool& pool)
    : options_((check_options(options), std::move(options))),
      pre_tokenizer_(find_pre_tokenizer(options_.pre_tokenizer)),
      counter_(pre_tokenizer_, pool) {}

void BpeTrainer::add(std::span<const std::string_view> documents) {
  std::function<void(int64_t)> report;
  if (options_.on_progress) {
    report = [&](int64_t bytes) { options_.on_progress({TrainProgress::Stage::kCounting, bytes, 0}); };
  }
  counter_.add(documents, report);
}

Tokenizer BpeTrainer::finish() {
  MergeLearner learner;
  {
    const WordTable words = counter_.take();
    if (words.num_words() == 0) refuse_training("the text is empty", "give at least one file with text");
    words.for_each([&](std::string_view bytes, int64_t count) { learner.add_word(bytes, count); });
  }
  const auto num_special = static_cast<int64_t>(options_.special_tokens.size());
  const int64_t num_tokens = options_.vocab_size - num_special;
  MergeLearner::Limits limits{static_cast<size_t>(num_tokens), std::max<int64_t>(1, options_.min_frequency),
                              forbidden_tokens(options_.special_tokens), nullptr};
  if (options_.on_progress) {
    limits.on_step = [&](size_t done) {
      const auto found = static_cast<int64_t>(done);
      if (found % kStepsPerReport != 0 && found != num_tokens) return;
      options_.on_progress({TrainProgress::Stage::kMerging, found, num_tokens});
    };
  }
  BpeVocabulary vocabulary = learner.learn(limits);
  const auto found = static_cast<int64_t>(vocabulary.tokens.size());
  if (found < num_tokens) {
    refuse_training(
        fmt::format("the text gives {} entries (got vocab_size {})", found + num_special, options_.vocab_size),
        fmt::format("lower vocab_size to {} or less, give more text, or lower min_frequency (it is {})",
                    found + num_special, limits.min_frequency));
  }
  std::vector<TokenId> special_ids;
  for (const std::string& name : options_.special_tokens) {
    special_ids.push_back(static_cast<TokenId>(vocabulary.tokens.size()));
    vocabulary.tokens.push_back(name);
  }
  return Tokenizer(pre_tokenizer_, std::move(vocabulary), special_ids);
}

Tokenizer train_bpe(const TrainOptions& options, std::span<const std::string_view> documents, ThreadPool& pool) {
  BpeTrainer trainer(options, pool);
  trainer.add(documents);
  return trainer.finish();
}

}  // namespace vitrine::tokenizer
