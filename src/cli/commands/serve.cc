// vitrine serve: the API server; vitrine up: the same with the page.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/engine_options.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "core/blocks.h"
#include "model/model_store.h"
#include "serve/application.h"

namespace vitrine::cli {
namespace {

std::vector<OptionSpec> server_options() {
  return {
      {.name = "port",
       .kind = OptionKind::kInteger,
       .fallback = "8080",
       .help = "where to listen; 0: any port that is free",
       .min = 0,
       .max = 65535,
       .value_name = "N"},
      {.name = "host",
       .fallback = "127.0.0.1",
       .help = "the address to listen on; others than this machine can reach any but 127.0.0.1, which needs a key"},
      {.name = "api_key_file",
       .help = "a file with keys, one a line, of which every request has to bring one",
       .value_name = "FILE"},
      {.name = "max_per_key",
       .kind = OptionKind::kInteger,
       .fallback = "0",
       .help =
           "answers and embeddings that one key may have in the making at once; beyond them its clients are asked to "
           "come again (429); 0: no bound",
       .min = 0,
       .max = 1e6,
       .value_name = "N"},
      {.name = "allow_host", .help = "a further name by which clients may call the server", .repeated = true},
      {.name = "allow_origin",
       .help = "a page elsewhere that may call the server, as https://example.org",
       .repeated = true},
      {.name = "tls_cert", .help = "a certificate (PEM) to serve https with", .value_name = "FILE"},
      {.name = "tls_key", .help = "the certificate's key (PEM)", .value_name = "FILE"},
      {.name = "model_id", .help = "what clients call the model; else it is named after its file"},
      {.name = "only_this_model",
       .kind = OptionKind::kFlag,
       .help = "do not offer the fetched models and the runs below ./runs as well"},
      {.name = "adapter",
       .help =
           "a LoRA adapter (a PEFT folder) of the model, and what clients call the model with it: requests with and "
           "without adapters are answered together",
       .repeated = true,
       .value_name = "NAME=FOLDER"},
      {.name = "max_model_memory",
       .help = "for the weights of loaded models, as 8GB; else half of what the machine has",
       .value_name = "BYTES"},
      cache_type_option(),
      {.name = "cache_tokens",
       .kind = OptionKind::kInteger,
       .fallback = "0",
       .help = "tokens that the cache of a model holds; 0: two contexts, at least 16384",
       .min = 0,
       .max = 1e9},
      {.name = "max_parallel",
       .kind = OptionKind::kInteger,
       .fallback = "16",
       .help = "answers of a model that are written at once; others wait",
       .min = 1,
       .max = 4096},
      {.name = "max_queue",
       .kind = OptionKind::kInteger,
       .fallback = "128",
       .help = "answers of a model that may be written or wait; beyond them clients are asked to come again (429)",
       .min = 1,
       .max = 1e6},
      {.name = "max_body", .fallback = "16MB", .help = "of one request", .value_name = "BYTES"},
      {.name = "store",
       .help = "the file that keeps conversations and feedback; else vitrine.db beside the fetched models",
       .value_name = "FILE"},
      {.name = "log_requests", .kind = OptionKind::kFlag, .help = "print a line for each request"}};
}

serve::ApplicationOptions application_options(const ParsedOptions& options, Console& console, bool is_app) {
  serve::ApplicationOptions out;
  out.server.host = options.text("host");
  out.server.port = static_cast<int>(options.integer("port"));
  out.server.certificate_file = options.text("tls_cert");
  out.server.key_file = options.text("tls_key");
  if (out.server.certificate_file.empty() != out.server.key_file.empty())
    throw UsageError("--tls-cert and --tls-key go together", "give both, or neither");
  out.server.limits.max_body_bytes = static_cast<size_t>(std::max<int64_t>(1024, options.bytes("max_body")));
  out.hub.default_model = model_or_fetched(options, console, is_app ? "up" : "serve");
  out.hub.default_id = options.text("model_id");
  out.hub.adapters = serve::parse_named_adapters(options.texts("adapter"));
  out.hub.cache_dtype = dtype_from_name(options.text("cache_type"));
  out.hub.engine.cache_tokens = options.integer("cache_tokens");
  out.hub.engine.max_sequences = options.integer("max_parallel");
  out.hub.max_waiting = options.integer("max_queue");
  if (options.given("max_model_memory")) out.hub.max_memory_bytes = options.bytes("max_model_memory");
  out.hub.offers_other_models = !options.flag("only_this_model");
  out.sampling = sampling_settings(options);
  out.chosen_sampling = chosen_settings(options);
  if (!options.text("api_key_file").empty())
    out.api_keys = serve::parse_api_keys(read_file(options.text("api_key_file")));
  out.max_per_key = options.integer("max_per_key");
  out.allowed_hosts = options.texts("allow_host");
  out.allowed_origins = options.texts("allow_origin");
  out.version = VITRINE_VERSION;
  out.store_file = options.text("store").empty() ? model::models_folder().parent_path() / "vitrine.db"
                                                 : std::filesystem::path(options.text("store"));
  if (options.flag("log_requests")) out.log = [&console](std::string_view line) { console.note(line); };
  return out;
}

/// Shows the page in the desktop's browser, where there is a desktop.
void open_browser(const std::string& address) {
  if (!std::getenv("DISPLAY") && !std::getenv("WAYLAND_DISPLAY")) return;
  const char* const words[] = {"xdg-open", address.c_str(), nullptr};
  pid_t child = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  if (posix_spawnp(&child, words[0], &actions, nullptr, const_cast<char* const*>(words), environ) == 0)
    std::thread([child] { waitpid(child, nullptr, 0); }).detach();
  posix_spawn_file_actions_destroy(&actions);
}

int run_server(const ParsedOptions& options, bool is_app) {
  Console console(options);
  const autograd::Runtime runtime = make_runtime(options);
  serve::Application application(application_options(options, console, is_app), runtime);
  const StopSignals signals;
  const std::string host = options.text("host");
  console.note(fmt::format("{} {} on {}{} (Ctrl-C stops)", is_app ? "talk to" : "serving", application.model_id(),
                           application.address(),
                           host == "0.0.0.0" || host == "::" ? ", and on every address of this machine" : ""));
  if (is_app && !options.flag("no_browser")) open_browser(application.address());
  std::thread waiter([&] {
    while (!stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    application.stop();
  });
  application.run();
  waiter.join();
  console.note("stopped");
  return kDone;
}

int run_serve(const ParsedOptions& options) { return run_server(options, false); }
int run_up(const ParsedOptions& options) { return run_server(options, true); }

}  // namespace

Command up_command() {
  return {
      .name = "up",
      .summary = "Open the app: the server and its page, with the model at hand",
      .examples = {"vitrine up", "vitrine up -m smollm2 --port 9000 --no-browser"},
      .options =
          joined({{model_option(), {.name = "no_browser", .kind = OptionKind::kFlag, .help = "do not open a browser"}},
                  server_options(),
                  options_from_fields(infer::SamplingSettings().fields())}),
      .run = run_up,
      .notes =
          "The page is at the address that is printed. What is said there is kept in one file (--store), on this "
          "machine alone. What is said neither here nor on the page of how tokens are drawn is as the model's files "
          "do, as in serve."};
}

Command serve_command() {
  return {
      .name = "serve",
      .summary = "Serve models over the API of OpenAI's and Anthropic's clients",
      .examples = {"vitrine serve -m runs/nano", "vitrine serve -m smollm2 --port 9000",
                   "vitrine serve -m smollm2 --adapter tuned=my-adapter",
                   "vitrine serve -m smollm2 --host 0.0.0.0 --api-key-file keys.txt"},
      .options = joined({{model_option()}, server_options(), options_from_fields(infer::SamplingSettings().fields())}),
      .run = run_serve,
      .notes =
          "The settings of drawing are those of requests that do not set them. What neither they nor a request say is "
          "as "
          "the model's files do (generation_config.json, general.sampling.* of a GGUF file), the bound of an answer's "
          "tokens too. Ctrl-C lets the answers at hand "
          "end, for 30 seconds at most; a second one stops at once."};
}

}  // namespace vitrine::cli
