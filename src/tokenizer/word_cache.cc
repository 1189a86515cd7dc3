#include "tokenizer/word_cache.h"

#include <utility>

namespace vitrine::tokenizer {

std::unique_ptr<WordCache> WordCachePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto cache = std::move(idle_.back());
      idle_.pop_back();
      return cache;
    }
  }
  return std::make_unique<WordCache>();
}

void WordCachePool::give_back(std::unique_ptr<WordCache> cache) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    idle_.push_back(std::move(cache));
  } catch (const std::bad_alloc&) {
    // The cache is dropped; the next call makes a new one.
  }
}

}  // namespace vitrine::tokenizer
