#include "serve/key_limits.h"

#include <fmt/format.h>

#include "serve/api_error.h"

namespace vitrine::serve {

void KeyLimits::enter(int key, const Responder& responder) {
  if (key < 0 || max_at_once_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (responder.is_gone()) return;  // it has left before it could enter
  int64_t& count = counts_[key];
  if (count >= max_at_once_) {
    ApiError error(429, fmt::format("this API key has {} requests at work, which is all that it may have", count), "",
                   "key_busy");
    error.retry_after_s = 1;
    throw error;
  }
  ++count;
  requests_.emplace(&responder, key);
}

void KeyLimits::leave(const Responder& responder) {
  if (max_at_once_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(&responder);
  if (found == requests_.end()) return;
  --counts_[found->second];
  requests_.erase(found);
}

}  // namespace vitrine::serve
