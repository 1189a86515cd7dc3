// How many generations one API key may have at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

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
  /// As many as there are, up to so many, and at least one. Errors: as of slot().
  std::vector<std::shared_ptr<void>> slots(int key, int64_t wanted);
  /// A request whose generation is over when its response is out. Errors: as of slot().
  void enter(int key, const Responder& responder);
  /// The request turned out to ask for so many generations, by that parameter. Errors: ApiError 400 where a key may
  /// never have that many, 429 where it has too many besides.
  void grow(const Responder& responder, int64_t num_generations, std::string_view param);
  /// Its response is out, or its client has left: it may not have entered, and may not enter any more.
  void leave(const Responder& responder);

 private:
  struct State {
    int64_t max_at_once = 0;
    std::mutex mutex;
    std::map<int, int64_t> counts;

    void take(int key, int64_t more = 1, int64_t own = 0);  // with the mutex held
    void give_back(int key);
  };

  std::shared_ptr<State> state_;
  std::map<const Responder*, std::pair<int, int64_t>> requests_;  // their keys, and how many they count
};

}  // namespace vitrine::serve
