#include "net/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace vitrine::net {
namespace {

constexpr double kFirstWaitSeconds = 0.5, kLongestWaitSeconds = 30;
constexpr int64_t kLongestRetryAfterSeconds = 60;

void sleep_unless_stopped(double seconds, const StopQuestion& should_stop) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (should_stop && should_stop()) throw Error(ErrorCode::kInterrupted, "interrupted");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

void Retries::wait(const TransientError& failure, bool made_progress) {
  attempts_ = made_progress ? 1 : attempts_ + 1;
  if (attempts_ >= settings_.max_attempts || failure.retry_after_seconds() > kLongestRetryAfterSeconds) throw failure;
  const double doubled = kFirstWaitSeconds * std::exp2(static_cast<double>(attempts_ - 1));
  const double seconds =
      std::max(std::min(doubled, kLongestWaitSeconds), static_cast<double>(failure.retry_after_seconds()));
  if (settings_.on_wait) settings_.on_wait(fmt::format("{}; again in {:.1f} s", failure.message(), seconds));
  sleep_unless_stopped(seconds, settings_.should_stop);
}

std::string fetch_text(HttpRequest request, size_t max_bytes, const TransferSettings& settings) {
  request.stall_seconds = settings.stall_seconds;
  request.should_stop = settings.should_stop;
  for (Retries retries(settings);;) {
    try {
      return http_get_text(request, max_bytes);
    } catch (const TransientError& failure) {
      retries.wait(failure, /*made_progress=*/false);
    }
  }
}

}  // namespace vitrine::net
