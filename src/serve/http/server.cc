#define ASIO_STANDALONE
#define ASIO_NO_DEPRECATED
#include "serve/http/server.h"

#include <fmt/format.h>
#include <poll.h>

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
#include <atomic>
#include <list>
#include <utility>

#include "base/error.h"

namespace vitrine::serve {
namespace connections {  // named, since Server::State has members of these types

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

auto take_error(asio::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

Clock::duration seconds(double value) {
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
    co_return co_await tls_.async_read_some(buffer, take_error(error));
  }
  asio::awaitable<void> write(asio::const_buffer buffer, asio::error_code& error) override {
    co_await asio::async_write(tls_, buffer, take_error(error));
  }
  asio::awaitable<bool> shut_down() override {
    asio::error_code error;
    co_await tls_.async_shutdown(take_error(error));
    // Asio never wakes a read behind an end that was read already.
    co_return !error || error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  }
  tcp::socket& socket() override { return tls_.next_layer(); }

 private:
  asio::ssl::stream<tcp::socket> tls_;
};

class Connection;

}  // namespace connections

using namespace connections;

struct Server::State {
  State(const ServerOptions& given, RequestHandler& handler)
      : options(given), handler(handler), acceptor(io), workers(static_cast<size_t>(given.num_workers)), grace(io) {}

  void listen();
  asio::awaitable<void> accept();
  void close_idle();

  ServerOptions options;
  RequestHandler& handler;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  int port = 0;
  asio::thread_pool workers;
  std::unique_ptr<asio::ssl::context> tls;
  asio::steady_timer grace;
  std::list<std::weak_ptr<Connection>> connections;
  bool is_stopping = false;
  std::atomic<int64_t> num_open{0}, num_accepted{0}, num_refused{0};
};

namespace connections {

/// One client: requests one after the other. All of it runs on the thread of the connections.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server::State& server, std::unique_ptr<Stream> stream)
      : server_(server),
        options_(server.options),
        stream_(std::move(stream)),
        wake_(server.io),
        deadline_(server.io),
        buffer_(16 * 1024, '\0') {
    ++server_.num_open;
  }
  ~Connection() { --server_.num_open; }

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
      close_after(2);
      const bool has_ended = co_await stream_->shut_down();
      if (!has_ended) co_await drain();
    }
    close();
    deadline_.cancel();
  }

  void close() {
    is_closed_ = true;
    asio::error_code ignored;
    stream_->socket().close(ignored);
    wake_.cancel();
    if (responder_) responder_->leave();
  }
  bool is_idle() const { return is_idle_; }

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
      co_await refuse(parser.request(), server_.handler.protocol_error(*problem));
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
          refusal_ = server_.handler.check_head(parser.request());
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
      if (server_.is_stopping && parser.is_untouched()) co_return false;
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
    std::weak_ptr<Connection> weak = weak_from_this();
    auto responder = std::make_shared<Responder>(request.is_http_1_0, request.keeps_alive && !server_.is_stopping,
                                                 server_.handler.common_headers(request), [weak, &io = server_.io] {
                                                   asio::post(io, [weak] {
                                                     if (const auto self = weak.lock()) self->notice();
                                                   });
                                                 });
    responder_ = responder;
    const bool is_head = request.method == "HEAD";
    HttpRequest log_copy = request;
    log_copy.body.clear();
    asio::post(server_.workers, [&handler = server_.handler, request = std::move(request), responder]() mutable {
      handler.handle(std::move(request), responder);
    });
    watch();
    const bool is_sent = co_await send(*responder, is_head);
    server_.handler.completed(log_copy, *responder);
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
      if (is_closed_ || has_left()) {
        responder.leave();
        co_return false;
      }
      bool is_last = false;
      std::string bytes = responder.take(is_last);
      if (responder.is_streaming()) ended_by_close_ = true;
      if (is_head) bytes.resize(std::min(bytes.size(), bytes.find("\r\n\r\n") + 4));
      const auto wait = seconds(options_.keep_alive_s);
      if (bytes.empty() && !is_last && responder.is_streaming() && Clock::now() - last_news >= wait) {
        responder.write(": keep-alive\n\n");
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
        if (!is_last) continue;
      }
      if (is_last) co_return true;
      // Where the client has sent more, its leaving shows only when it is looked for.
      const auto until = has_input_ ? std::min<Clock::duration>(wait, std::chrono::milliseconds(100)) : wait;
      wake_.expires_after(until);
      asio::error_code ignored;
      co_await wake_.async_wait(take_error(ignored));
    }
  }

  asio::awaitable<void> refuse(HttpRequest& request, HttpResponse response) {
    Responder responder(request.is_http_1_0, false, server_.handler.common_headers(request), [] {});
    responder.send(std::move(response));
    bool is_last = false;
    const std::string bytes = responder.take(is_last);
    close_after(options_.write_timeout_s);
    asio::error_code error;
    co_await stream_->write(asio::buffer(bytes), error);
    server_.handler.completed(request, responder);
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

  bool has_left() {
    if (!stream_->socket().is_open()) return true;
    pollfd state{.fd = stream_->socket().native_handle(), .events = POLLRDHUP, .revents = 0};
    return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }

  /// Closes the connection unless it is called again in time. `keeps` leaves an earlier deadline's start as it is.
  void close_after(double timeout_s, bool keeps = false) {
    if (!keeps) deadline_start_ = Clock::now();
    was_late_ = false;
    const uint64_t round = ++deadline_round_;
    deadline_.expires_at(deadline_start_ + seconds(timeout_s));
    deadline_.async_wait([this, round, weak = weak_from_this()](asio::error_code error) {
      const auto self = weak.lock();
      if (error || !self || round != deadline_round_) return;
      was_late_ = true;
      // A reader that waits is told first, so that it can answer; everything else ends here.
      asio::error_code ignored;
      stream_->socket().cancel(ignored);
      if (responder_) close();
    });
  }

  Server::State& server_;
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
  bool ended_by_close_ = false;
};

std::unique_ptr<asio::ssl::context> tls_context(const ServerOptions& options) {
  if (options.certificate_file.empty()) return nullptr;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
  asio::error_code error;
  context->use_certificate_chain_file(options.certificate_file.string(), error);
  if (error)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serve: '{}' is no certificate ({})", options.certificate_file.string(), error.message()),
                "give a PEM file with --tls-cert");
  context->use_private_key_file(options.key_file.string(), asio::ssl::context::pem, error);
  if (error)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("serve: '{}' is no key of that certificate ({})", options.key_file.string(), error.message()),
        "give its PEM file with --tls-key");
  return context;
}

}  // namespace connections

void Server::State::listen() {
  tls = tls_context(options);
  asio::error_code error;
  const asio::ip::address address =
      asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serve: '{}' is no address (expected 127.0.0.1, ::1, 0.0.0.0 …)", excerpt(options.host)),
                "give an address of this machine with --host");
  const tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (!error) port = acceptor.local_endpoint().port();
  if (error)
    throw Error(ErrorCode::kIo,
                fmt::format("serve: cannot listen on {} port {}: {}", options.host, options.port, error.message()),
                "another program may be there: --port names another, 0 takes any that is free");
}

asio::awaitable<void> Server::State::accept() {
  while (!is_stopping) {
    asio::error_code error;
    tcp::socket socket = co_await acceptor.async_accept(take_error(error));
    if (is_stopping) co_return;
    if (error) {  // such as no file descriptors: wait a moment
      asio::steady_timer pause(io, std::chrono::milliseconds(50));
      co_await pause.async_wait(take_error(error));
      continue;
    }
    ++num_accepted;
    if (num_open >= options.max_connections) {
      ++num_refused;
      continue;  // closed at once
    }
    socket.set_option(tcp::no_delay(true), error);
    std::unique_ptr<Stream> stream;
    if (tls)
      stream = std::make_unique<TlsStream>(std::move(socket), *tls);
    else
      stream = std::make_unique<Stream>(std::move(socket));
    const auto connection = std::make_shared<Connection>(*this, std::move(stream));
    std::erase_if(connections, [](const auto& each) { return each.expired(); });
    connections.push_back(connection);
    asio::co_spawn(io, connection->run(), asio::detached);
  }
}

void Server::State::close_idle() {
  for (const auto& each : connections)
    if (const auto connection = each.lock(); connection && connection->is_idle()) connection->close();
}

Server::Server(const ServerOptions& options, RequestHandler& handler)
    : state_(std::make_unique<State>(options, handler)) {
  state_->listen();
}

Server::~Server() = default;

int Server::port() const { return state_->port; }

void Server::run() {
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  state_->io.run();
  state_->workers.join();
}

void Server::stop() {
  asio::post(state_->io, [state = state_.get()] {
    if (std::exchange(state->is_stopping, true)) return;
    asio::error_code ignored;
    state->acceptor.close(ignored);
    state->close_idle();
    state->grace.expires_after(seconds(state->options.shutdown_grace_s));
    state->grace.async_wait([state](asio::error_code error) {
      if (error) return;
      for (const auto& each : state->connections)
        if (const auto connection = each.lock()) connection->close();
    });
    // With no connection left, nothing holds run() but the grace.
    asio::co_spawn(
        state->io,
        [state]() -> asio::awaitable<void> {
          asio::steady_timer pause(state->io);
          while (state->num_open > 0) {
            pause.expires_after(std::chrono::milliseconds(20));
            asio::error_code error;
            co_await pause.async_wait(take_error(error));
          }
          state->grace.cancel();
        },
        asio::detached);
  });
}

ServerStatistics Server::statistics() const { return {state_->num_open, state_->num_accepted, state_->num_refused}; }

}  // namespace vitrine::serve
