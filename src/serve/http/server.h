// Connections: HTTP/1.1 over TCP, with TLS where a certificate is given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "serve/http/request_parser.h"
#include "serve/http/responder.h"

namespace vitrine::serve {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;                                   ///< 0: one that is free
  std::filesystem::path certificate_file, key_file;  ///< PEM; empty: no TLS
  RequestLimits limits;
  int64_t max_connections = 4096;
  int num_workers = 3;           ///< threads that handlers run on
  double head_timeout_s = 10;    ///< from the first byte of a request to the end of its head
  double body_timeout_s = 30;    ///< and for its body, plus a second for every 64 KB
  double idle_timeout_s = 75;    ///< between requests
  double write_timeout_s = 60;   ///< for a piece that the client does not read
  double keep_alive_s = 10;      ///< a stream without news sends a comment so often
  double shutdown_grace_s = 30;  ///< streams may go on for so long when the server stops
};

/// What requests are given to. Threads: check_head() is called on the thread of the connections and must be quick;
/// handle() on a worker, several at a time.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// Refuses a request before its body is read, with the response, or lets it pass.
  virtual std::optional<HttpResponse> check_head(const HttpRequest& request) = 0;
  /// The response to what is no request of HTTP.
  virtual HttpResponse protocol_error(const ProtocolError& error) = 0;
  /// Header fields of every response to this request.
  virtual HeaderFields common_headers(const HttpRequest& request) = 0;
  virtual void handle(HttpRequest request, const std::shared_ptr<Responder>& responder) = 0;
  /// A response is out, or its client has left.
  virtual void completed(const HttpRequest& request, const Responder& responder) = 0;
};

struct ServerStatistics {
  int64_t open_connections = 0;
  int64_t accepted_connections = 0, refused_connections = 0;
};

/// Listens from the constructor on; run() serves. Errors: kIo where the address cannot be bound; kInvalidArgument for a
/// certificate or a host name that is none.
class Server {
 public:
  Server(const ServerOptions& options, RequestHandler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  /// Serves until stop(), and then until the responses at hand are out or the grace is over.
  void run();
  /// Takes no new requests. Threads: safe.
  void stop();
  /// Threads: safe.
  ServerStatistics statistics() const;

  struct State;  // of server.cc

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::serve
