#include "serve/key_limits.h"

#include <fmt/format.h>

#include "serve/api_error.h"

namespace vitrine::serve {

void KeyLimits::State::take(int key) {
  int64_t& count = counts[key];
  if (count >= max_at_once) {
    ApiError error(429,
                   fmt::format("this API key has {} {} at work, which is all that it may have", count,
                               count == 1 ? "generation" : "generations"),
                   "", "key_busy");
    error.retry_after_s = 1;
    throw error;
  }
  ++count;
}

void KeyLimits::State::give_back(int key) {
  const std::lock_guard lock(mutex);
  --counts[key];
}

std::shared_ptr<void> KeyLimits::slot(int key) {
  if (key < 0 || state_->max_at_once == 0) return nullptr;
  const std::lock_guard lock(state_->mutex);
  state_->take(key);
  return {static_cast<void*>(state_.get()), [state = state_, key](void*) { state->give_back(key); }};
}

void KeyLimits::enter(int key, const Responder& responder) {
  if (key < 0 || state_->max_at_once == 0) return;
  const std::lock_guard lock(state_->mutex);
  if (responder.is_gone()) return;  // it has left before it could enter
  state_->take(key);
  requests_.emplace(&responder, key);
}

void KeyLimits::leave(const Responder& responder) {
  if (state_->max_at_once == 0) return;
  const std::lock_guard lock(state_->mutex);
  const auto found = requests_.find(&responder);
  if (found == requests_.end()) return;
  --state_->counts[found->second];
  requests_.erase(found);
}

}  // namespace vitrine::serve
