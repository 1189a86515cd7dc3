#include "tokenizer/train/merge_learner.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kHeader = 3;  // length, count low, count high

int64_t read_count(const int32_t* word) {
  int64_t count;
  std::memcpy(&count, word + 1, sizeof count);
  return count;
}

}  // namespace

MergeLearner::MergeLearner() {
  for (const uint8_t byte : bytes_in_alphabet_order()) {
    byte_ids_[byte] = find_or_add_token(std::string(1, static_cast<char>(byte)));
  }
}

TokenId MergeLearner::find_or_add_token(const std::string& bytes) {
  const auto [entry, is_new] = ids_.try_emplace(bytes, static_cast<TokenId>(vocabulary_.tokens.size()));
  if (is_new) vocabulary_.tokens.push_back(bytes);
  return entry->second;
}

void MergeLearner::add_word(std::string_view bytes, int64_t count) {
  if (bytes.size() < 2) return;
  const size_t start = words_.size();
  if (start + kHeader + bytes.size() >= UINT32_MAX || bytes.size() > INT32_MAX) {
    throw Error(ErrorCode::kOutOfMemory, "train tokenizer: too many distinct words (over 4 billion symbols)",
                "train on a sample of the text");
  }
  words_.resize(start + kHeader + bytes.size());
  words_[start] = static_cast<int32_t>(bytes.size());
  std::memcpy(&words_[start + 1], &count, sizeof count);
  for (size_t i = 0; i < bytes.size(); ++i) words_[start + kHeader + i] = byte_ids_[static_cast<uint8_t>(bytes[i])];
  word_starts_.push_back(static_cast<uint32_t>(start));
}

BpeVocabulary MergeLearner::learn(const Limits& limits) {
  for (WordGroups* groups : {&before_, &behind_, &between_}) groups->resize(limits.num_tokens);
  count_initial_pairs(limits.min_frequency);
  while (vocabulary_.tokens.size() < limits.num_tokens && !heap_.empty()) {
    const Candidate best = heap_.top();
    heap_.pop();
    PairTable::Entry& pair = pairs_.at(best.left, best.right);
    if (pair.count != best.count) {
      // Counts fall after a pair was put on the heap; it comes back at its true place.
      if (pair.count >= limits.min_frequency) heap_.push({pair.count, best.left, best.right});
      continue;
    }
    const std::string bytes =
        vocabulary_.tokens[static_cast<size_t>(best.left)] + vocabulary_.tokens[static_cast<size_t>(best.right)];
    if (limits.forbidden.contains(bytes)) continue;
    const Merge merge{best.left, best.right, find_or_add_token(bytes)};
    // A pair can come up again when another merge gives one of its parts anew; it is a merge only once.
    if (!pair.merged) vocabulary_.merges.push_back(merge);
    pair.merged = true;
    apply(merge, limits.min_frequency);
    if (limits.on_step) limits.on_step(vocabulary_.tokens.size());
  }
  return std::move(vocabulary_);
}

void MergeLearner::count_initial_pairs(int64_t min_frequency) {
  WordGroups groups;
  groups.resize(256 * 256);
  for (const uint32_t start : word_starts_) {
    const int32_t* word = &words_[start];
    const int64_t count = read_count(word);
    const int32_t* symbols = word + kHeader;
    for (int32_t i = 0; i + 1 < word[0]; ++i) {
      groups.add(static_cast<size_t>(symbols[i] * 256 + symbols[i + 1]), start, count);
    }
  }
  groups.drain([&](uint32_t number, const WordGroups::Group& group) {
    add_to_pair(static_cast<TokenId>(number / 256), static_cast<TokenId>(number % 256), group, min_frequency);
  });
}

void MergeLearner::add_to_pair(TokenId left, TokenId right, const WordGroups::Group& group, int64_t min_frequency) {
  PairTable::Entry& pair = pairs_.at(left, right);
  pair.count += group.count;
  std::ranges::copy(group.words, pairs_.add_words(pair, group.words.size()).begin());
  if (pair.count >= min_frequency) heap_.push({pair.count, left, right});
}

void MergeLearner::apply(const Merge& merge, int64_t min_frequency) {
  const auto [A, B, C] = merge;
  pairs_.for_each_list(pairs_.at(A, B), [&](std::span<const uint32_t> list) {
    constexpr size_t kAhead = 8;  // words lie all over memory
    for (size_t i = 0; i < list.size(); ++i) {
      if (i + kAhead < list.size()) __builtin_prefetch(&words_[list[i + kAhead]]);
      rewrite_word(list[i], merge);
    }
  });
  before_.drain([&](uint32_t number, const WordGroups::Group& group) {
    const auto neighbour = static_cast<TokenId>(number);
    pairs_.at(neighbour, merge.left).count -= group.count;
    add_to_pair(neighbour, merge.result, group, min_frequency);
  });
  behind_.drain([&](uint32_t number, const WordGroups::Group& group) {
    const auto neighbour = static_cast<TokenId>(number);
    pairs_.at(merge.right, neighbour).count -= group.count;
    add_to_pair(merge.result, neighbour, group, min_frequency);
  });
  between_.drain([&](uint32_t, const WordGroups::Group& group) {
    pairs_.at(merge.right, merge.left).count -= group.count;
    add_to_pair(merge.result, merge.result, group, min_frequency);
  });
  pairs_.at(A, B).count = 0;
}

void MergeLearner::rewrite_word(uint32_t start, const Merge& merge) {
  int32_t* word = &words_[start];
  const int64_t count = read_count(word);
  const int32_t length = word[0];
  int32_t* symbols = word + kHeader;
  int32_t written = 0;
  bool after_merge = false;
  for (int32_t i = 0; i < length;) {
    if (i + 1 < length && symbols[i] == merge.left && symbols[i + 1] == merge.right) {
      if (after_merge) {
        between_.add(0, start, count);
      } else if (written > 0) {
        before_.add(static_cast<size_t>(symbols[written - 1]), start, count);
      }
      symbols[written++] = merge.result;
      after_merge = true;
      i += 2;
    } else {
      if (after_merge) behind_.add(static_cast<size_t>(symbols[i]), start, count);
      symbols[written++] = symbols[i++];
      after_merge = false;
    }
  }
  word[0] = written;
}

}  // namespace vitrine::tokenizer
