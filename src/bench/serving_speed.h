// How fast the server writes parallel chats, beside what the engine alone writes in the same minute.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "autograd/execution_context.h"
#include "bench/chat_load.h"
#include "core/dtype.h"
#include "nn/transformer.h"

namespace vitrine::bench {

struct ServingPlan {
  std::vector<int64_t> chats = {1, 4, 16};  ///< at once
  int64_t tokens = 128;                     ///< of each answer
  int repetitions = 3;
};

/// One row: medians over repetitions; the percentiles are over all chats of all repetitions. Units: seconds.
struct ServingSpeed {
  int64_t chats = 1;
  int64_t prompt_tokens = 0, tokens = 0;  ///< of each
  double tokens_per_second = 0;           ///< generated in all chats, over the whole time, prompts included
  double first_token_p50_s = 0, first_token_p99_s = 0;
  double gap_p50_s = 0, gap_p99_s = 0;             ///< between pieces of text of one chat
  std::optional<double> engine_tokens_per_second;  ///< infer::Engine alone, writing behind as long a prompt
  std::optional<double> share;  ///< of the engine: the median over repetitions, each against the engine beside it
};

/// A server in this process over a model, on a free port of the loopback, with a store that goes with it.
class BenchServer {
 public:
  /// Errors: as of serve::Application.
  BenchServer(const std::filesystem::path& model, const autograd::Runtime& runtime, int64_t max_chats,
              std::optional<DType> cache_dtype);
  ~BenchServer();
  BenchServer(const BenchServer&) = delete;
  BenchServer& operator=(const BenchServer&) = delete;

  ServerAddress address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a server is held against.
struct EngineAlone {
  nn::Transformer& transformer;
  const autograd::Runtime& runtime;
  DType cache_dtype = DType::kF32;
};

/// Rounds of chats and, where `engine` is given, the engine alone in turns. Errors: as of run_chat_round and
/// measure_inference_speed.
std::vector<ServingSpeed> measure_serving_speed(const ServerAddress& address, const ServingPlan& plan,
                                                const std::optional<EngineAlone>& engine);

}  // namespace vitrine::bench
