#include "serve/http/client_presence.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace vitrine::serve {

Presence client_presence(int descriptor) {
  pollfd state{.fd = descriptor, .events = POLLRDHUP, .revents = 0};
  if (poll(&state, 1, 0) <= 0) return Presence::kThere;
  if ((state.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return Presence::kGone;
  return Presence::kEndedInput;
}

void keep_asking(int descriptor) {
  const int on = 1, seconds = 10, times = 3;
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

bool ProbeTimes::take_due(Clock::time_point now) {
  if (now < next_) return false;
  next_ = now + pause_;
  pause_ *= 2;
  return true;
}

}  // namespace vitrine::serve
