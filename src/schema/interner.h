// Hash tables for numbers that are given out in order: small, without removal.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrine::schema {

/// Mixes one more number into a hash.
inline uint64_t mix_hash(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 32;
}

/// Finds which of the numbered things equals a new one. The things themselves are kept elsewhere.
class Interner {
 public:
  /// Returns the number of the thing with this hash for which equal(number) holds, or `next` after noting it as new.
  template <typename Equal>
  uint32_t find_or_add(uint64_t hash, uint32_t next, const Equal& equal) {
    if (used_ * 2 >= slots_.size()) grow();
    const size_t mask = slots_.size() - 1;
    const auto tag = static_cast<uint32_t>(hash >> 32);
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots_[i];
      if (slot.number == kFree) {
        slot = {hash, next};
        ++used_;
        return next;
      }
      if (static_cast<uint32_t>(slot.hash >> 32) == tag && equal(slot.number)) return slot.number;
    }
  }

 private:
  static constexpr uint32_t kFree = 0xFFFFFFFF;
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = kFree;
  };

  void grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : old.size() * 2, Slot());
    const size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number == kFree) continue;
      size_t i = slot.hash & mask;
      while (slots_[i].number != kFree) i = (i + 1) & mask;
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

/// A map from 64-bit numbers.
template <typename Value>
class NumberMap {
 public:
  /// Returns the value of a key, or null.
  const Value* find(uint64_t key) const {
    if (slots_.empty()) return nullptr;
    const size_t mask = slots_.size() - 1;
    for (size_t i = mix_hash(0, key) & mask; slots_[i].key != kFree; i = (i + 1) & mask) {
      if (slots_[i].key == key) return &slots_[i].value;
    }
    return nullptr;
  }
  /// Adds a key that is not there. The key may not be 2^64 - 1.
  void add(uint64_t key, Value value) {
    if (used_ * 2 >= slots_.size()) grow();
    place(key, value);
    ++used_;
  }

 private:
  static constexpr uint64_t kFree = ~uint64_t{0};
  struct Slot {
    uint64_t key = kFree;
    Value value{};
  };

  void place(uint64_t key, Value value) {
    const size_t mask = slots_.size() - 1;
    size_t i = mix_hash(0, key) & mask;
    while (slots_[i].key != kFree) i = (i + 1) & mask;
    slots_[i] = {key, value};
  }
  void grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.empty() ? 256 : old.size() * 2, Slot());
    for (const Slot& slot : old) {
      if (slot.key != kFree) place(slot.key, slot.value);
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace vitrine::schema
