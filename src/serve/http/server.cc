#define ASIO_STANDALONE
#define ASIO_NO_DEPRECATED
#include "serve/http/server.h"

#include <fmt/format.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <list>
#include <utility>

#include "base/error.h"
#include "serve/http/connection.h"

namespace vitrine::serve {

using asio::ip::tcp;

namespace {

auto take_result(asio::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::unique_ptr<TlsSettings> tls_settings(const ServerOptions& options) {
  if (options.certificate_file.empty()) return nullptr;
  return std::make_unique<TlsSettings>(options.certificate_file, options.key_file);
}

}  // namespace

struct Server::State {
  State(const ServerOptions& given, RequestHandler& handler)
      : options(given),
        tls(tls_settings(options)),
        support{.options = options, .handler = handler, .io = io, .workers = workers, .tls = tls.get()},
        acceptor(io),
        workers(static_cast<size_t>(given.num_workers)),
        grace(io) {}

  void listen();
  asio::awaitable<void> accept();
  void stop();
  asio::awaitable<void> end_grace_when_all_are_closed();

  const ServerOptions options;
  const std::unique_ptr<TlsSettings> tls;
  ConnectionSupport support;
  asio::io_context io{1};  // behind what its connections refer to: with it they go
  tcp::acceptor acceptor;
  int port = 0;
  asio::thread_pool workers;
  asio::steady_timer grace;
  std::list<std::weak_ptr<Connection>> connections;
  std::atomic<int64_t> num_accepted{0}, num_refused{0};
};

void Server::State::listen() {
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
  while (!support.is_stopping) {
    asio::error_code error;
    tcp::socket socket = co_await acceptor.async_accept(take_result(error));
    if (support.is_stopping) co_return;
    if (error) {  // such as no file descriptors: wait a moment
      asio::steady_timer pause(io, std::chrono::milliseconds(50));
      co_await pause.async_wait(take_result(error));
      continue;
    }
    ++num_accepted;
    if (support.num_open >= options.max_connections) {
      ++num_refused;
      continue;  // closed at once
    }
    std::erase_if(connections, [](const auto& each) { return each.expired(); });
    const int descriptor = socket.release(error);
    if (!error) connections.push_back(start_connection(support, descriptor));
  }
}

void Server::State::stop() {
  if (std::exchange(support.is_stopping, true)) return;
  asio::error_code ignored;
  acceptor.close(ignored);
  for (const auto& each : connections)
    if (const auto connection = each.lock(); connection && connection->is_idle()) connection->close();
  grace.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(
      std::chrono::duration<double>(options.shutdown_grace_s)));
  grace.async_wait([this](asio::error_code error) {
    if (error) return;
    for (const auto& each : connections)
      if (const auto connection = each.lock()) connection->close();
  });
  asio::co_spawn(io, end_grace_when_all_are_closed(), asio::detached);
}

/// With no connection left, nothing holds run() but the grace.
asio::awaitable<void> Server::State::end_grace_when_all_are_closed() {
  asio::steady_timer pause(io);
  while (support.num_open > 0) {
    pause.expires_after(std::chrono::milliseconds(20));
    asio::error_code error;
    co_await pause.async_wait(take_result(error));
  }
  grace.cancel();
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
  asio::post(state_->io, [state = state_.get()] { state->stop(); });
}

ServerStatistics Server::statistics() const {
  return {state_->support.num_open, state_->num_accepted, state_->num_refused};
}

}  // namespace vitrine::serve
