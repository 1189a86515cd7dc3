// One client of the server: its socket, with TLS or without, and its requests one after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "serve/http/server.h"

namespace asio {
class io_context;
class thread_pool;
}  // namespace asio

namespace vitrine::serve {

/// Reads certificate and key. Errors: kInvalidArgument for files that are none, or do not belong together.
class TlsSettings {
 public:
  TlsSettings(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file);
  ~TlsSettings();

  struct Context;
  Context& context() const { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

/// What all connections of a server share.
struct ConnectionSupport {
  const ServerOptions& options;
  RequestHandler& handler;
  asio::io_context& io;        ///< all of a connection runs on its thread
  asio::thread_pool& workers;  ///< for the handler
  const TlsSettings* tls;      ///< null: without
  bool is_stopping = false;    ///< no connection takes a further request
  std::atomic<int64_t> num_open{0};
};

/// Threads: that of the connections.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void close() = 0;
  /// Between two requests.
  virtual bool is_idle() const = 0;
};

/// Takes a socket that was accepted, and serves it until it is closed.
std::shared_ptr<Connection> start_connection(ConnectionSupport& support, int descriptor);

}  // namespace vitrine::serve
