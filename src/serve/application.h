// The server as a whole: models, routes, who may call them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http/server.h"
#include "serve/model_hub.h"

namespace vitrine::serve {

struct ApplicationOptions {
  ServerOptions server;
  HubOptions hub;
  std::filesystem::path store_file;          ///< conversations and feedback
  infer::SamplingSettings sampling;          ///< what neither a request sets nor the model's files say
  std::vector<std::string> chosen_sampling;  ///< those of them, by name, that go before what the model's files say
  std::vector<std::string> api_keys;         ///< empty: everybody may call
  int64_t max_per_key = 0;                   ///< generations of one key at once; 0: no bound
  std::vector<std::string> allowed_hosts;    ///< beside the address itself and localhost
  std::vector<std::string> allowed_origins;  ///< of pages elsewhere that may call, as https://example.org
  std::string version;
  /// Told of each response, with nothing that is secret; may be empty. Called on the thread of the connections.
  std::function<void(std::string_view line)> log;
};

/// Errors of the constructor: as of ModelHub and Server; kInvalidArgument where it would be open to others without a
/// key.
class Application {
 public:
  Application(const ApplicationOptions& options, const autograd::Runtime& runtime);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// "http://127.0.0.1:8080": one that can be opened, also where it listens on all of the machine's.
  std::string address() const;
  const std::string& model_id() const;
  /// Serves until stop().
  void run();
  /// Lets the answers at hand end. Threads: safe.
  void stop();

  struct State;  // of application.cc

 private:
  std::unique_ptr<State> state_;
};

/// The keys of a file: one a line, without those that are empty or begin with #.
/// Errors: kInvalidArgument for a file without any, or a key that is no printable ASCII of at least 8 characters.
std::vector<std::string> parse_api_keys(std::string_view text);

/// True for an address that only this machine reaches.
bool is_loopback(std::string_view host);

}  // namespace vitrine::serve
