#define ASIO_STANDALONE
#define ASIO_NO_DEPRECATED
#include "serve/http/connection.h"

#include <fmt/format.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <utility>

#include "base/error.h"
#include "serve/http/client_presence.h"

namespace vitrine::serve {

struct TlsSettings::Context {
  asio::ssl::context tls{asio::ssl::context::tls_server};
};

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

auto take_error(asio::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

Clock::duration clock_seconds(double value) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

/// A socket, plain or with TLS. One read and one write at a time.
class Stream {
 public:
  explicit Stream(tcp::socket socket) : socket_(std::move(socket)) {}
  virtual ~Stream() = default;
  virtual asio::awaitable<void> handshake(asio::error_code& error) {
    error = {};
    co_return;
  }
  virtual asio::awaitable<size_t> read_some(asio::mutable_buffer buffer, asio::error_code& error) {
    co_return co_await socket_.async_read_some(buffer, take_error(error));
  }
  virtual asio::awaitable<void> write(asio::const_buffer buffer, asio::error_code& error) {
    co_await asio::async_write(socket_, buffer, take_error(error));
  }
  /// Says that nothing more will come. True: nothing will come from the other side either.
  virtual asio::awaitable<bool> shut_down() {
    asio::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return false;
  }
  virtual tcp::socket& socket() { return socket_; }

 protected:
  tcp::socket socket_;
};

class TlsStream : public Stream {
 public:
  TlsStream(tcp::socket socket, asio::ssl::context& context)
      : Stream(tcp::socket(socket.get_executor())), tls_(std::move(socket), context) {}
  asio::awaitable<void> handshake(asio::error_code& error) override {
    co_await tls_.async_handshake(asio::ssl::stream_base::server, take_error(error));
  }
  asio::awaitable<size_t> read_some(asio::mutable_buffer buffer, asio::error_code& error) override {
    const size_t count = co_await tls_.async_read_some(buffer, take_error(error));
    has_ended_ = is_end(error);
    co_return count;
  }
  asio::awaitable<void> write(asio::const_buffer buffer, asio::error_code& error) override {
    co_await asio::async_write(tls_, buffer, take_error(error));
  }
  asio::awaitable<bool> shut_down() override {
    // Asio never wakes a read behind an end that was read already: no answer to our end is waited for then.
    if (has_ended_) SSL_set_shutdown(tls_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    asio::error_code error;
    co_await tls_.async_shutdown(take_error(error));
    co_return has_ended_ || !error || is_end(error);
  }
  tcp::socket& socket() override { return tls_.next_layer(); }

 private:
  static bool is_end(const asio::error_code& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  }

  bool has_ended_ = false;  // the other side has
  asio::ssl::stream<tcp::socket> tls_;
};

class SocketConnection : public Connection, public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(ConnectionSupport& support, std::unique_ptr<Stream> stream)
      : support_(support),
        options_(support.options),
        stream_(std::move(stream)),
        wake_(support.io),
        deadline_(support.io),
        buffer_(16 * 1024, '\0') {
    ++support_.num_open;
  }
  ~SocketConnection() override { --support_.num_open; }

  asio::awaitable<void> run() {
    const auto self = shared_from_this();
    asio::error_code error;
    close_after(options_.head_timeout_s);
    co_await stream_->handshake(error);
    while (!error && !is_closed_) {
      const bool goes_on = co_await serve_one();
      if (!goes_on) break;
    }
    if (!is_closed_) {
      is_ending_ = true;
      close_after(2);
      const bool has_ended = co_await stream_->shut_down();
      if (!has_ended) co_await drain();
    }
    close();
    deadline_.cancel();
  }

  void close() override {
    is_closed_ = true;
    asio::error_code ignored;
    stream_->socket().close(ignored);
    wake_.cancel();
    if (responder_) responder_->leave();
  }
  bool is_idle() const override { return is_idle_; }

 private:
  /// There is something to send; or the client has left so much unread that it is given up.
  void notice() {
    if (responder_ && responder_->is_gone()) return close();
    wake_.cancel();
  }

  /// Reads, handles and answers one request. False: the connection ends.
  asio::awaitable<bool> serve_one() {
    RequestParser parser(options_.limits);
    std::optional<ProtocolError> problem;
    const bool is_read = co_await read_request(parser, problem);
    if (problem) {
      co_await refuse(parser.request(), support_.handler.protocol_error(*problem));
      co_return false;
    }
    if (!is_read) co_return false;
    if (refusal_) {
      HttpResponse response = std::move(*refusal_);
      refusal_.reset();
      co_await refuse(parser.request(), std::move(response));
      co_return false;
    }
    co_return co_await answer(parser.request());
  }

  /// False: the client left, or took too long between requests.
  asio::awaitable<bool> read_request(RequestParser& parser, std::optional<ProtocolError>& problem) {
    is_idle_ = true;
    close_after(options_.idle_timeout_s);
    bool has_head_deadline = false, has_body_deadline = false;
    for (;;) {
      try {
        consume(parser);
        if (parser.has_head() && !has_body_deadline) {
          refusal_ = support_.handler.check_head(parser.request());
          if (refusal_) co_return true;
          parser.accept_body();
          has_body_deadline = true;
          close_after(options_.body_timeout_s);
          consume(parser);
        }
      } catch (const ProtocolError& error) {
        problem = error;
        co_return false;
      }
      if (parser.is_done()) break;
      if (support_.is_stopping && parser.is_untouched()) co_return false;
      if (!parser.is_untouched() && !has_head_deadline) {
        has_head_deadline = true;
        is_idle_ = false;
        if (!has_body_deadline) close_after(options_.head_timeout_s);
      }
      if (has_body_deadline && parser.expects_continue() && parser.body_bytes() == 0 && !sent_continue_) {
        sent_continue_ = true;
        asio::error_code error;
        co_await stream_->write(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), error);
        if (error) co_return false;
      }
      asio::error_code error;
      begin_ = 0;
      end_ = co_await stream_->read_some(asio::buffer(buffer_), error);
      if (error && was_late_ && !parser.is_untouched()) problem = ProtocolError{408, "the request took too long"};
      if (error) co_return false;
      if (has_body_deadline)
        close_after(options_.body_timeout_s + static_cast<double>(parser.body_bytes()) / 65536, true);
    }
    is_idle_ = sent_continue_ = false;
    co_return true;
  }

  void consume(RequestParser& parser) {
    begin_ += parser.feed(std::string_view(buffer_).substr(begin_, end_ - begin_));
  }

  asio::awaitable<bool> answer(HttpRequest& request) {
    deadline_.cancel();
    ++deadline_round_;
    std::weak_ptr<SocketConnection> weak = weak_from_this();
    auto responder = std::make_shared<Responder>(request.is_http_1_0, request.keeps_alive && !support_.is_stopping,
                                                 support_.handler.common_headers(request), [weak, &io = support_.io] {
                                                   asio::post(io, [weak] {
                                                     if (const auto self = weak.lock()) self->notice();
                                                   });
                                                 });
    responder_ = responder;
    const bool is_head = request.method == "HEAD";
    HttpRequest log_copy = request;
    log_copy.body.clear();
    asio::post(support_.workers, [&handler = support_.handler, request = std::move(request), responder]() mutable {
      handler.handle(std::move(request), responder);
    });
    watch();
    const bool is_sent = co_await send(*responder, is_head);
    support_.handler.completed(log_copy, *responder);
    responder_.reset();
    stop_watching();
    co_return is_sent && responder->keeps_alive() && !(responder->is_gone()) && log_copy.keeps_alive &&
        !(log_copy.is_http_1_0 && ended_by_close_);
  }

  /// Sends what the responder has as it comes. False where the client left.
  asio::awaitable<bool> send(Responder& responder, bool is_head) {
    ended_by_close_ = false;
    auto last_news = Clock::now();
    for (;;) {
      if (is_closed_ || look_for_client(responder) == Presence::kGone) {
        responder.leave();
        co_return false;
      }
      bool is_last = false;
      std::string bytes = responder.take(is_last);
      if (responder.is_streaming()) ended_by_close_ = true;
      const size_t end_of_head = is_head ? bytes.find("\r\n\r\n") : std::string::npos;
      if (end_of_head != std::string::npos) bytes.resize(end_of_head + 4);
      const auto wait = clock_seconds(options_.keep_alive_s);
      if (bytes.empty() && !is_last && responder.is_streaming() && Clock::now() - last_news >= wait) {
        responder.probe();
        continue;
      }
      if (!bytes.empty()) {
        last_news = Clock::now();
        for (size_t at = 0; at < bytes.size();) {
          const size_t count = std::min<size_t>(bytes.size() - at, 64 * 1024);
          close_after(options_.write_timeout_s);
          asio::error_code error;
          co_await stream_->write(asio::buffer(bytes.data() + at, count), error);
          if (error) {
            responder.leave();
            co_return false;
          }
          at += count;
        }
        deadline_.cancel();
        ++deadline_round_;
        if (end_of_head != std::string::npos && !is_last) responder.leave();  // a stream, of which no more is asked for
        if (!is_last) continue;
      }
      if (is_last) co_return true;
      // Where the client has sent more, its leaving shows only when it is looked for.
      wake_.expires_after(has_input_ ? std::min<Clock::duration>(wait, std::chrono::milliseconds(100)) : wait);
      asio::error_code ignored;
      co_await wake_.async_wait(take_error(ignored));
    }
  }

  asio::awaitable<void> refuse(HttpRequest& request, HttpResponse response) {
    Responder responder(request.is_http_1_0, false, support_.handler.common_headers(request), [] {});
    responder.send(std::move(response));
    bool is_last = false;
    const std::string bytes = responder.take(is_last);
    close_after(options_.write_timeout_s);
    asio::error_code error;
    co_await stream_->write(asio::buffer(bytes), error);
    support_.handler.completed(request, responder);
  }

  /// Reads on for a moment, so that a client that is still sending sees the answer and not a reset.
  asio::awaitable<void> drain() {
    asio::error_code error;
    for (size_t left = 1u << 20; !error && left > 0 && !is_closed_;) {
      // Of the socket itself: what comes behind the end of TLS has no meaning any more.
      const size_t count = co_await stream_->socket().async_read_some(asio::buffer(buffer_), take_error(error));
      left -= std::min(left, count);
    }
  }

  /// Tells of the client's leaving while its response is made.
  void watch() {
    has_input_ = begin_ < end_;
    probes_.reset();
    const uint64_t round = ++watch_round_;
    stream_->socket().async_wait(tcp::socket::wait_read,
                                 [this, round, self = shared_from_this()](asio::error_code error) {
                                   if (round != watch_round_) return;
                                   has_input_ = !error;
                                   wake_.cancel();
                                 });
  }
  void stop_watching() {
    ++watch_round_;
    asio::error_code ignored;
    if (stream_->socket().is_open()) stream_->socket().cancel(ignored);
  }

  /// A client that ended its input is sent something small at times: who has left answers that with a reset.
  Presence look_for_client(Responder& responder) {
    if (!stream_->socket().is_open()) return Presence::kGone;
    const int descriptor = stream_->socket().native_handle();
    const Presence presence = client_presence(descriptor);
    if (presence != Presence::kEndedInput) return presence;
    if (!probes_) {
      probes_.emplace();
      keep_asking(descriptor);
      const uint64_t round = watch_round_;
      stream_->socket().async_wait(tcp::socket::wait_error, [this, round, self = shared_from_this()](asio::error_code) {
        if (round == watch_round_) wake_.cancel();
      });
    }
    if (probes_->take_due(Clock::now())) responder.probe();
    return presence;
  }

  /// Closes the connection unless it is called again in time. `keeps` leaves an earlier deadline's start as it is.
  void close_after(double timeout_s, bool keeps = false) {
    if (!keeps) deadline_start_ = Clock::now();
    was_late_ = false;
    const uint64_t round = ++deadline_round_;
    deadline_.expires_at(deadline_start_ + clock_seconds(timeout_s));
    deadline_.async_wait([this, round, weak = weak_from_this()](asio::error_code error) {
      const auto self = weak.lock();
      if (error || !self || round != deadline_round_) return;
      was_late_ = true;
      // A reader that waits is told first, so that it can answer; everything else ends here.
      asio::error_code ignored;
      stream_->socket().cancel(ignored);
      if (responder_ || is_ending_) close();
    });
  }

  ConnectionSupport& support_;
  const ServerOptions& options_;
  std::unique_ptr<Stream> stream_;
  asio::steady_timer wake_, deadline_;
  std::string buffer_;
  size_t begin_ = 0, end_ = 0;  // of the buffer, what is not parsed yet
  std::shared_ptr<Responder> responder_;
  std::optional<HttpResponse> refusal_;
  Clock::time_point deadline_start_;
  uint64_t deadline_round_ = 0, watch_round_ = 0;
  bool is_closed_ = false, is_idle_ = true, was_late_ = false, sent_continue_ = false, has_input_ = false;
  bool ended_by_close_ = false, is_ending_ = false;
  std::optional<ProbeTimes> probes_;  // where the client has ended its input
};

}  // namespace

TlsSettings::TlsSettings(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file)
    : context_(std::make_unique<Context>()) {
  asio::ssl::context& tls = context_->tls;
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  asio::error_code error;
  tls.use_certificate_chain_file(certificate_file.string(), error);
  if (error)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serve: '{}' is no certificate ({})", certificate_file.string(), error.message()),
                "give a PEM file with --tls-cert");
  tls.use_private_key_file(key_file.string(), asio::ssl::context::pem, error);
  if (error)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serve: '{}' is no key of that certificate ({})", key_file.string(), error.message()),
                "give its PEM file with --tls-key");
}

TlsSettings::~TlsSettings() = default;

std::shared_ptr<Connection> start_connection(ConnectionSupport& support, int descriptor) {
  tcp::socket socket(support.io, tcp::v4(), descriptor);  // of either version: nothing here asks which
  asio::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  std::unique_ptr<Stream> stream;
  if (support.tls)
    stream = std::make_unique<TlsStream>(std::move(socket), support.tls->context().tls);
  else
    stream = std::make_unique<Stream>(std::move(socket));
  auto connection = std::make_shared<SocketConnection>(support, std::move(stream));
  asio::co_spawn(support.io, connection->run(), asio::detached);
  return connection;
}

}  // namespace vitrine::serve
