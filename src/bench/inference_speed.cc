#include "bench/inference_speed.h"

#include <algorithm>

#include "base/error.h"
#include "bench/machine_limits.h"
#include "bench/timing.h"
#include "core/rng.h"
#include "infer/engine.h"

namespace vitrine::bench {
namespace {

constexpr int64_t kPageTokens = 16;

int64_t held_bytes(const autograd::Weight& weight) {
  return weight.has_data() ? weight.data().num_bytes() : weight.stored().rows.num_bytes();
}

std::vector<int32_t> random_prompt(int64_t count, int64_t vocabulary, uint64_t seed) {
  Rng rng(seed, 78);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(vocabulary))));
  return ids;
}

infer::Request greedy(std::vector<int32_t> prompt, int64_t tokens) {
  infer::Request request;
  request.segments = {{.ids = std::move(prompt)}};
  request.sampling.temperature = 0;
  request.max_tokens = tokens;
  return request;
}

/// Does one pass. False: there is nothing left to do.
bool step(infer::Engine& engine, const InferenceObserver& observer) {
  if (observer.should_stop && observer.should_stop())
    throw Error(ErrorCode::kInterrupted, "bench infer: interrupted", "run the command again");
  return engine.step();
}

void run_all(infer::Engine& engine, const InferenceObserver& observer) {
  while (step(engine, observer)) {
  }
}

class Measurement {
 public:
  Measurement(nn::Transformer& transformer, const autograd::Runtime& runtime, const InferencePlan& plan,
              const InferenceObserver& observer)
      : transformer_(transformer),
        runtime_(runtime),
        plan_(plan),
        observer_(observer),
        work_(inference_work(transformer, plan.cache_dtype)),
        probe_(runtime.num_threads()) {
    infer::Engine engine(transformer, runtime, {.cache_tokens = 64});
    engine.submit(greedy({1, 2, 3}, 2));  // weights are laid out on first use
    run_all(engine, observer);
  }

  InferenceSpeed measure(const InferenceSpeed& row) { return row.writes ? write(row) : read_prompts(row); }

 private:
  /// From empty caches until each sequence has its first token.
  InferenceSpeed read_prompts(InferenceSpeed speed) {
    const int64_t tokens = speed.tokens, batch = speed.batch;
    const infer::EngineOptions options = engine_options(tokens, batch, /*share_prefixes=*/false);
    const double rows_a_pass = static_cast<double>(std::min(tokens * batch, options.max_batch_tokens));
    speed.bytes_per_token =
        static_cast<double>(work_.weight_bytes) / rows_a_pass +
        static_cast<double>(tokens) / 2 * static_cast<double>(work_.cache_bytes_per_key) / rows_a_pass;
    speed.operations_per_token = 2.0 * (static_cast<double>(work_.block_weights) +
                                        static_cast<double>(work_.head_weights) / static_cast<double>(tokens));
    infer::Engine engine(transformer_, runtime_, options);
    uint64_t seed = 1;
    return time(speed, [&] {
      for (int64_t i = 0; i < batch; ++i) engine.submit(greedy(ids(tokens, seed++), 1));
      const double begin = now_seconds();
      run_all(engine, observer_);
      return now_seconds() - begin;
    });
  }

  InferenceSpeed write(InferenceSpeed speed) {
    const int64_t context = speed.context, batch = speed.batch;
    const double keys = static_cast<double>(context) + static_cast<double>(plan_.tokens + 1) / 2;
    speed.bytes_per_token = static_cast<double>(work_.weight_bytes) / static_cast<double>(batch) +
                            keys * static_cast<double>(work_.cache_bytes_per_key);
    speed.operations_per_token = 2.0 * static_cast<double>(work_.block_weights + work_.head_weights);
    infer::Engine& engine = writer(context);
    return time(speed, [&] { return write_once(engine, context, batch); });
  }

  std::vector<int32_t> ids(int64_t count, uint64_t seed) const {
    return random_prompt(count, transformer_.config().vocab_size, seed);
  }

  infer::EngineOptions engine_options(int64_t tokens, int64_t batch, bool share_prefixes) const {
    return {.cache_dtype = plan_.cache_dtype,
            .page_tokens = kPageTokens,
            .cache_tokens = batch * (tokens + 4 * kPageTokens),
            .max_sequences = batch,
            .share_prefixes = share_prefixes};
  }

  /// One that has read the contexts already: later requests find them in its cache.
  infer::Engine& writer(int64_t context) {
    if (writer_ && writer_context_ == context) return *writer_;
    writer_.reset();
    const int64_t most = *std::max_element(plan_.batches.begin(), plan_.batches.end());
    writer_ = std::make_unique<infer::Engine>(transformer_, runtime_,
                                              engine_options(context + plan_.tokens, most, /*share_prefixes=*/true));
    writer_context_ = context;
    for (int64_t i = 0; context > 1 && i < most; ++i)
      writer_->submit(greedy(ids(context, static_cast<uint64_t>(i + 1)), 1));
    run_all(*writer_, observer_);
    return *writer_;
  }

  /// Every step of what is timed gives each sequence one token.
  double write_once(infer::Engine& engine, int64_t context, int64_t batch) {
    int64_t written = 0;
    for (int64_t i = 0; i < batch; ++i) {
      infer::Request request =
          greedy(ids(std::max<int64_t>(context, 1), static_cast<uint64_t>(i + 1)), plan_.tokens + 2);
      request.on_token = [&](const infer::SampledToken&) { return ++written > 0; };
      engine.submit(std::move(request));
    }
    while (written < batch) step(engine, observer_);
    const int64_t before = written;
    const double begin = now_seconds();
    for (int64_t i = 0; i < plan_.tokens; ++i) step(engine, observer_);
    const double seconds = now_seconds() - begin;
    VITRINE_CHECK(written - before == plan_.tokens * batch, "bench infer: sequences do not go in step");
    run_all(engine, observer_);
    return seconds;
  }

  template <typename Run>
  InferenceSpeed time(InferenceSpeed speed, const Run& run) {
    std::vector<double> seconds, bandwidths;
    run();
    for (int i = 0; i < plan_.repetitions; ++i) {
      bandwidths.push_back(probe_.read_gbps());
      seconds.push_back(run());
    }
    bandwidths.push_back(probe_.read_gbps());
    speed.seconds = median(seconds);
    speed.tokens_per_second = static_cast<double>(speed.tokens * speed.batch) / speed.seconds;
    speed.read_gbps = median(bandwidths);
    return speed;
  }

  nn::Transformer& transformer_;
  const autograd::Runtime& runtime_;
  const InferencePlan& plan_;
  const InferenceObserver& observer_;
  const InferenceWork work_;
  const ReadProbe probe_;
  std::unique_ptr<infer::Engine> writer_;
  int64_t writer_context_ = 0;
};

/// What there is to measure, prompts first.
std::vector<InferenceSpeed> rows_of_plan(const InferencePlan& plan, int64_t context_length) {
  std::vector<InferenceSpeed> rows;
  for (const int64_t prompt : plan.prompts)
    for (const int64_t batch : plan.batches)
      if (prompt + 1 <= context_length) rows.push_back({.batch = batch, .tokens = prompt});
  for (const int64_t context : plan.contexts)
    for (const int64_t batch : plan.batches)
      if (context + plan.tokens + 2 <= context_length)
        rows.push_back({.writes = true, .batch = batch, .context = context, .tokens = plan.tokens});
  if (rows.empty() && !(plan.prompts.empty() && plan.contexts.empty()))
    throw Error(ErrorCode::kInvalidArgument,
                "bench infer: nothing fits the context of " + std::to_string(context_length),
                "give shorter prompts, contexts or fewer tokens");
  return rows;
}

}  // namespace

InferenceWork inference_work(nn::Transformer& transformer, DType cache_dtype) {
  const nn::TransformerConfig& config = transformer.config();
  InferenceWork work{.cache_bytes_per_key =
                         2 * config.layers * storage_bytes(cache_dtype, config.key_heads * config.head_width)};
  const nn::Parameter* const head = &transformer.head();
  transformer.visit([&](nn::Parameter& parameter) {
    if (parameter.shape().rank() != 2 || (parameter.role == autograd::ParameterRole::kEmbedding && &parameter != head))
      return;
    work.weight_bytes += held_bytes(parameter.weight);
    (&parameter == head ? work.head_weights : work.block_weights) += parameter.shape().num_elements();
  });
  return work;
}

std::vector<InferenceSpeed> measure_inference_speed(nn::Transformer& transformer, const autograd::Runtime& runtime,
                                                    const InferencePlan& plan, const InferenceObserver& observer) {
  std::vector<InferenceSpeed> rows = rows_of_plan(plan, transformer.config().context_length);
  if (rows.empty()) return rows;
  Measurement measurement(transformer, runtime, plan, observer);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (observer.on_begin) observer.on_begin(rows[i], i + 1, rows.size());
    rows[i] = measurement.measure(rows[i]);
    if (observer.on_row) observer.on_row(rows[i]);
  }
  return rows;
}

LookupSpeed measure_lookup_speed(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                                 const std::vector<int32_t>& prompt, int repetitions, DType cache_dtype,
                                 const InferenceObserver& observer) {
  constexpr int64_t kTokens = 96;
  LookupSpeed speed{.prompt_tokens = static_cast<int64_t>(prompt.size())};
  speed.tokens = std::min(kTokens, transformer.config().context_length - speed.prompt_tokens - 1);
  if (speed.tokens < 1)
    throw Error(ErrorCode::kInvalidArgument, "bench infer: the prompt for look-up leaves no room in the context",
                "leave --lookup out");
  infer::Engine engine(transformer, runtime, {.cache_dtype = cache_dtype});
  const auto write = [&](infer::Speculation speculation) {
    infer::Request request = greedy(prompt, speed.tokens + 1);
    request.speculation = speculation;
    double begin = 0;
    request.on_token = [&](const infer::SampledToken&) {
      if (begin == 0) begin = now_seconds();
      return true;
    };
    request.on_finish = [&](const infer::Completion& done) {
      speed.drafted_tokens = done.drafted_tokens, speed.accepted_tokens = done.accepted_tokens;
    };
    engine.submit(std::move(request));
    run_all(engine, observer);
    return static_cast<double>(speed.tokens) / (now_seconds() - begin);
  };
  std::vector<double> plain, lookup;
  for (int i = 0; i <= repetitions; ++i) {
    const double without = write(infer::Speculation::kNone), with = write(infer::Speculation::kLookup);
    if (i == 0) continue;  // the prompt had to be read
    plain.push_back(without);
    lookup.push_back(with);
  }
  speed.plain_tokens_per_second = median(plain);
  speed.lookup_tokens_per_second = median(lookup);
  return speed;
}

}  // namespace vitrine::bench
