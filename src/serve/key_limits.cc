#include "serve/key_limits.h"

#include <fmt/format.h>

#include "serve/api_error.h"

namespace vitrine::serve {

/// `own`: of those that are counted, what the request itself has.
void KeyLimits::State::take(int key, int64_t more, int64_t own) {
  int64_t& count = counts[key];
  if (count + more > max_at_once) {
    const int64_t others = count - own;
    ApiError error(
        429,
        fmt::format("this API key has {} {} at work, {}", others, others == 1 ? "generation" : "generations",
                    others >= max_at_once ? "which is all that it may have"
                                          : fmt::format("and may have {} at once: there is no room for {} more",
                                                        max_at_once, own + more)),
        "", "key_busy");
    error.retry_after_s = 1;
    throw error;
  }
  count += more;
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

std::vector<std::shared_ptr<void>> KeyLimits::slots(int key, int64_t wanted) {
  std::vector<std::shared_ptr<void>> slots{slot(key)};
  try {
    while (static_cast<int64_t>(slots.size()) < wanted) slots.push_back(slot(key));
  } catch (const ApiError&) {  // these have to do
  }
  return slots;
}

void KeyLimits::enter(int key, const Responder& responder) {
  if (key < 0 || state_->max_at_once == 0) return;
  const std::lock_guard lock(state_->mutex);
  if (responder.is_gone()) return;  // it has left before it could enter
  state_->take(key);
  requests_.emplace(&responder, std::pair(key, 1));
}

void KeyLimits::grow(const Responder& responder, int64_t num_generations, std::string_view param) {
  if (state_->max_at_once == 0 || num_generations <= 1) return;
  const std::lock_guard lock(state_->mutex);
  const auto found = requests_.find(&responder);
  if (found == requests_.end()) return;
  if (num_generations > state_->max_at_once)
    throw bad_request(
        fmt::format("this API key may have {} {} at once, and the request asks for {}", state_->max_at_once,
                    state_->max_at_once == 1 ? "generation" : "generations", num_generations),
        param, "too_many_generations");
  auto& [key, own] = found->second;
  state_->take(key, num_generations - own, own);
  own = num_generations;
}

void KeyLimits::leave(const Responder& responder) {
  if (state_->max_at_once == 0) return;
  const std::lock_guard lock(state_->mutex);
  const auto found = requests_.find(&responder);
  if (found == requests_.end()) return;
  state_->counts[found->second.first] -= found->second.second;
  requests_.erase(found);
}

}  // namespace vitrine::serve
