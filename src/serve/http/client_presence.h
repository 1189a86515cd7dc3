// Whether a client is still there while its response is made.
#pragma once

#include <chrono>

namespace vitrine::serve {

enum class Presence {
  kThere,
  kEndedInput,  ///< it sends no more: it may wait for its response, or have left
  kGone,
};

/// What the socket tells. The end of its input looks the same whether a client has left or only ended its sending; what
/// is sent tells them apart: who has left answers with a reset.
Presence client_presence(int descriptor);

/// Has the system ask from now on whether the other side is there at all, so that one that vanishes is noticed in the
/// end without a byte of ours.
void keep_asking(int descriptor);

/// When to send something to a client that has ended its input: at once, and then after ever longer pauses.
class ProbeTimes {
 public:
  using Clock = std::chrono::steady_clock;

  /// True once for each of the times.
  bool take_due(Clock::time_point now);

 private:
  Clock::time_point next_ = Clock::time_point::min();
  Clock::duration pause_ = std::chrono::milliseconds(100);
};

}  // namespace vitrine::serve
