// Gathers (number, word) observations and hands them back grouped by number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::tokenizer {

/// Grouping by counting: memory for each possible number, time only for those seen.
class WordGroups {
 public:
  struct Group {
    int64_t count;                    ///< how often, over all words
    std::span<const uint32_t> words;  ///< in the order of add
  };

  /// Allows numbers below `num_numbers`.
  void resize(size_t num_numbers) { slots_.resize(num_numbers); }

  /// Notes that `number` occurs once in `word`, which itself occurs `count` times. Calls for one word must follow each
  /// other, so that a word enters a group once.
  void add(size_t number, uint32_t word, int64_t count) {
    Slot& slot = slots_[number];
    if (slot.count == 0) touched_.push_back(static_cast<uint32_t>(number));
    slot.count += count;
    if (slot.num_words > 0 && slot.last_word == word) return;
    slot.last_word = word;
    ++slot.num_words;
    seen_.push_back({static_cast<uint32_t>(number), word});
  }

  /// Calls visit(number, group) for each number seen, in the order in which they were first seen, and forgets all.
  template <typename Visit>
  void drain(Visit visit) {
    group();
    size_t start = 0;
    for (const uint32_t number : touched_) {
      const Slot slot = slots_[number];
      slots_[number] = Slot();
      visit(number, Group{slot.count, std::span<const uint32_t>(grouped_).subspan(start, slot.num_words)});
      start += slot.num_words;
    }
    touched_.clear();
    seen_.clear();
  }

 private:
  struct Slot {
    int64_t count = 0;
    uint32_t num_words = 0;
    uint32_t last_word = 0;
    size_t place = 0;
  };
  struct Seen {
    uint32_t number;
    uint32_t word;
  };

  void group() {
    size_t place = 0;
    for (const uint32_t number : touched_) {
      slots_[number].place = place;
      place += slots_[number].num_words;
    }
    grouped_.resize(place);
    for (const Seen& seen : seen_) grouped_[slots_[seen.number].place++] = seen.word;
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> touched_;
  std::vector<Seen> seen_;
  std::vector<uint32_t> grouped_;
};

}  // namespace vitrine::tokenizer
