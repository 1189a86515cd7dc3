#include "serve/http/responder.h"

#include <fmt/format.h>

#include <utility>

namespace vitrine::serve {

Responder::Responder(bool is_http_1_0, bool keeps_alive, HeaderFields common, std::function<void()> notify)
    : is_http_1_0_(is_http_1_0), keeps_alive_(keeps_alive), common_(std::move(common)), notify_(std::move(notify)) {}

void Responder::add_common(HttpResponse& response) const {
  response.headers.insert(response.headers.end(), common_.begin(), common_.end());
}

void Responder::send(HttpResponse response) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kUntouched) return;
    status_ = response.status;
    num_bytes_ = response.body.size();
    add_common(response);
    append_head(response, static_cast<int64_t>(response.body.size()), keeps_alive_);
    if (response.status != 204 && response.status != 304) outbox_ += response.body;
    state_ = State::kEnded;
    leave_ = {};
  }
  notify_();
}

void Responder::begin(HttpResponse head) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kUntouched) return;
    status_ = head.status;
    add_common(head);
    append_head(head, -1, keeps_alive_ && !is_http_1_0_);
    state_ = State::kStreaming;
  }
  notify_();
}

void Responder::append_head(const HttpResponse& response, int64_t body_bytes, bool keeps_alive) {
  outbox_ += std::string_view(response_head(response, body_bytes, keeps_alive, is_http_1_0_)).substr(num_probed_);
}

void Responder::append(std::string_view bytes) {
  if (is_http_1_0_) {
    outbox_ += bytes;
    return;
  }
  outbox_ += fmt::format("{:x}\r\n", bytes.size());
  outbox_ += bytes;
  outbox_ += "\r\n";
}

bool Responder::write(std::string_view bytes) {
  std::function<void()> leave;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kStreaming) return false;
    if (bytes.empty()) return true;
    if (outbox_.size() + bytes.size() > kMaxUnreadBytes) {
      state_ = State::kGone;
      outbox_.clear();
      leave = std::exchange(leave_, {});
    } else {
      num_bytes_ += bytes.size();
      append(bytes);
    }
  }
  notify_();
  if (leave) leave();
  return !is_gone();
}

void Responder::end() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kStreaming) return;
    if (!is_http_1_0_) outbox_ += "0\r\n\r\n";
    state_ = State::kEnded;
    leave_ = {};
  }
  notify_();
}

bool Responder::is_untouched() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kUntouched;
}

bool Responder::is_gone() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kGone;
}

void Responder::on_leave(std::function<void()> leave) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kEnded) return;
    if (state_ != State::kGone) {
      leave_ = std::move(leave);
      return;
    }
  }
  leave();
}

void Responder::probe() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kUntouched && num_probed_ < kResponseStart.size()) {
    outbox_ += kResponseStart[num_probed_++];
  } else if (state_ == State::kStreaming) {
    constexpr std::string_view kComment = ": keep-alive\n\n";
    num_bytes_ += kComment.size();
    append(kComment);
  }
}

std::string Responder::take(bool& is_last) {
  const std::lock_guard lock(mutex_);
  is_last = state_ == State::kEnded || state_ == State::kGone;
  return std::exchange(outbox_, {});
}

void Responder::leave() {
  std::function<void()> leave;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kEnded || state_ == State::kGone) return;
    state_ = State::kGone;
    outbox_.clear();
    leave = std::exchange(leave_, {});
  }
  if (leave) leave();
}

bool Responder::is_streaming() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kStreaming;
}

int Responder::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

size_t Responder::num_bytes() const {
  const std::lock_guard lock(mutex_);
  return num_bytes_;
}

}  // namespace vitrine::serve
