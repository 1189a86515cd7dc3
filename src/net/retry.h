// Trying again after failures that may pass.
#pragma once

#include <functional>
#include <string>

#include "net/http_client.h"

namespace vitrine::net {

/// How transfers of one job behave.
struct TransferSettings {
  int64_t stall_seconds = 30;
  int64_t max_attempts = 5;                         ///< in a row without a byte more
  StopQuestion should_stop;                         ///< may be empty
  std::function<void(const std::string&)> on_wait;  ///< told why and how long; may be empty
};

/// Counts attempts and waits between them, twice as long each time, at least as long as the server asks.
class Retries {
 public:
  explicit Retries(const TransferSettings& settings) : settings_(settings) {}

  /// Call it in the handler of a failed attempt: waits, or throws the failure on when there were too many or the server
  /// asks for minutes. Errors: kInterrupted.
  void wait(const TransientError& failure, bool made_progress);

 private:
  const TransferSettings& settings_;
  int64_t attempts_ = 0;
};

/// A text, with attempts.
std::string fetch_text(HttpRequest request, size_t max_bytes, const TransferSettings& settings);

}  // namespace vitrine::net
