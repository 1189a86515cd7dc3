// What a step reads next, learnt from the step before: decoding reads the same weights in the same order, token after
// token.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine {

/// Remembers, for the places where each piece of work began to read, where the following one began, thread by thread.
/// Places are compared and handed out, never read. Threads: none of its own; one caller at a time.
class LookAhead {
 public:
  static constexpr int kMaxThreads = 16;
  static constexpr int kStreams = 2;  // places that a thread reads from in turns
  using Places = std::array<const std::byte*, kMaxThreads * kStreams>;

  /// Work begins, thread t at starts[kStreams * t] and behind. Returns where the one after it began last time; null
  /// where that is not known.
  Places follow(std::span<const std::byte* const> starts);

 private:
  struct Entry {
    const std::byte* key = nullptr;
    Places next{};
  };
  Entry& entry(const std::byte* key);

  std::vector<Entry> entries_ = std::vector<Entry>(1024);
  Entry* last_ = nullptr;
};

}  // namespace vitrine
