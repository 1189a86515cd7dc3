#include "bench/serving_speed.h"

#include <stdlib.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "bench/inference_speed.h"
#include "bench/timing.h"
#include "serve/application.h"

namespace vitrine::bench {
namespace {

namespace fs = std::filesystem;

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(share * last + 0.5)];
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

ServingSpeed measure_chats(const ServerAddress& address, const ServingPlan& plan, int64_t chats,
                           const std::optional<EngineAlone>& engine, int64_t& round) {
  ServingSpeed speed{.chats = chats, .tokens = plan.tokens};
  std::vector<double> served, alone, shares, first, gaps;
  speed.prompt_tokens = run_chat_round(address, chats, std::min<int64_t>(plan.tokens, 8), ++round).prompt_tokens;
  for (int i = 0; i < plan.repetitions; ++i) {
    const ChatRound result = run_chat_round(address, chats, plan.tokens, ++round);
    served.push_back(static_cast<double>(result.tokens) / result.seconds);
    append(first, result.first_token_s);
    append(gaps, result.gaps_s);
    if (!engine) continue;
    const InferencePlan write{.prompts = {},
                              .contexts = {speed.prompt_tokens},
                              .batches = {chats},
                              .tokens = plan.tokens,
                              .repetitions = 1,
                              .cache_dtype = engine->cache_dtype};
    alone.push_back(measure_inference_speed(engine->transformer, engine->runtime, write).front().tokens_per_second);
    shares.push_back(served.back() / alone.back());
  }
  speed.tokens_per_second = median(served);
  speed.first_token_p50_s = percentile(first, 0.5), speed.first_token_p99_s = percentile(first, 0.99);
  speed.gap_p50_s = percentile(gaps, 0.5), speed.gap_p99_s = percentile(gaps, 0.99);
  if (engine) speed.engine_tokens_per_second = median(alone), speed.share = median(shares);
  return speed;
}

}  // namespace

struct BenchServer::State {
  explicit State(fs::path made) : folder(std::move(made)) {}
  ~State() {
    if (application) application->stop();
    if (thread.joinable()) thread.join();
    application.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  fs::path folder;
  std::unique_ptr<serve::Application> application;
  std::thread thread;
};

BenchServer::BenchServer(const fs::path& model, const autograd::Runtime& runtime, int64_t max_chats,
                         std::optional<DType> cache_dtype) {
  std::string pattern = (fs::temp_directory_path() / "vitrine-bench-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw Error(ErrorCode::kIo, "bench serve: cannot make a folder for the server's store",
                "TMPDIR names a place that can be written");
  state_ = std::make_unique<State>(pattern);
  serve::ApplicationOptions options;
  options.server.port = 0;
  options.hub.default_model = model;
  options.hub.offers_other_models = false;
  options.hub.cache_dtype = cache_dtype;
  options.hub.engine.max_sequences = std::max<int64_t>(16, max_chats);
  options.hub.max_waiting = std::max<int64_t>(128, max_chats);
  options.store_file = state_->folder / "store.db";
  state_->application = std::make_unique<serve::Application>(options, runtime);
  state_->thread = std::thread([application = state_->application.get()] { application->run(); });
}

BenchServer::~BenchServer() = default;

ServerAddress BenchServer::address() const { return parse_server_address(state_->application->address()); }

std::vector<ServingSpeed> measure_serving_speed(const ServerAddress& address, const ServingPlan& plan,
                                                const std::optional<EngineAlone>& engine) {
  std::vector<ServingSpeed> rows;
  int64_t round = 0;
  for (const int64_t chats : plan.chats) rows.push_back(measure_chats(address, plan, chats, engine, round));
  return rows;
}

}  // namespace vitrine::bench
