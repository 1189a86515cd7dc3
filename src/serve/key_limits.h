// How many requests of one API key are answered at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "serve/http/responder.h"

namespace vitrine::serve {

/// Counts requests by the number of their key. Threads: safe.
class KeyLimits {
 public:
  /// 0: no bound.
  explicit KeyLimits(int64_t max_at_once) : max_at_once_(max_at_once) {}

  /// A request begins; below 0 it has no key and is not counted. Errors: ApiError 429 where the key has too many.
  void enter(int key, const Responder& responder);
  /// Its response is out, or its client has left: it may not have entered, and may not enter any more.
  void leave(const Responder& responder);

 private:
  const int64_t max_at_once_;
  std::mutex mutex_;
  std::map<const Responder*, int> requests_;
  std::map<int, int64_t> counts_;
};

}  // namespace vitrine::serve
