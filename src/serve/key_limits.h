// How many generations one API key may have at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "serve/http/responder.h"

namespace vitrine::serve {

/// Counts what is written for each key, by the number of the key; below 0 there is no key, and nothing is counted.
/// Threads: safe. Slots may outlive it.
class KeyLimits {
 public:
  /// 0: no bound.
  explicit KeyLimits(int64_t max_at_once) : state_(std::make_shared<State>()) { state_->max_at_once = max_at_once; }

  /// A generation that is over when the slot goes. Errors: ApiError 429 where the key has too many.
  std::shared_ptr<void> slot(int key);
  /// A request whose generation is over when its response is out. Errors: as of slot().
  void enter(int key, const Responder& responder);
  /// Its response is out, or its client has left: it may not have entered, and may not enter any more.
  void leave(const Responder& responder);

 private:
  struct State {
    int64_t max_at_once = 0;
    std::mutex mutex;
    std::map<int, int64_t> counts;

    void take(int key);  // with the mutex held
    void give_back(int key);
  };

  std::shared_ptr<State> state_;
  std::map<const Responder*, int> requests_;
};

}  // namespace vitrine::serve
