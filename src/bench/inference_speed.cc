#include "bench/inference_speed.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "bench/machine_limits.h"
#include "bench/timing.h"
#include "core/rng.h"

namespace vitrine::bench {
namespace {

int64_t held_bytes(const autograd::Weight& weight) {
  return weight.has_data() ? weight.data().num_bytes() : weight.stored().rows.num_bytes();
}

/// One sequence of random tokens that goes through the model.
class Sequence {
 public:
  Sequence(const nn::Transformer& transformer, const autograd::Runtime& runtime, int64_t capacity)
      : transformer_(transformer),
        context_(runtime.execution_context()),
        cache_(transformer.config(), capacity),
        rng_(1, 78) {}

  /// Runs `count` tokens in one pass, and the head on the last of them.
  void advance(int64_t count) {
    const Tensor ids = Tensor::empty({1, count}, DType::kI32);
    for (int32_t& id : ids.ints())
      id = static_cast<int32_t>(rng_.next_below(static_cast<uint64_t>(transformer_.config().vocab_size)));
    const autograd::Variable hidden = transformer_.hidden(context_, {.ids = ids, .cache = &cache_});
    const Tensor last = hidden.data.reshaped({count, transformer_.config().width}).slice_rows(count - 1, count);
    sink_ += transformer_.logits(context_, autograd::constant(last)).f32()[0];
  }
  void set_length(int64_t length) { cache_.length = length; }

 private:
  const nn::Transformer& transformer_;
  autograd::ExecutionContext context_;
  nn::KvCache cache_;
  Rng rng_;
  float sink_ = 0;
};

class Measurement {
 public:
  Measurement(nn::Transformer& transformer, const autograd::Runtime& runtime, const InferencePlan& plan)
      : transformer_(transformer), runtime_(runtime), plan_(plan), work_(inference_work(transformer)) {
    int64_t longest = 0;
    for (const int64_t prompt : plan.prompts) longest = std::max(longest, prompt);
    for (const int64_t context : plan.contexts) longest = std::max(longest, context + plan.tokens);
    if (longest > transformer.config().context_length)
      throw Error(ErrorCode::kInvalidArgument,
                  "bench infer: " + std::to_string(longest) + " tokens do not fit the context (expected at most " +
                      std::to_string(transformer.config().context_length) + ")",
                  "give a shorter prompt, context or number of tokens");
    sequence_ = std::make_unique<Sequence>(transformer, runtime, longest);
    sequence_->advance(1);  // weights are laid out on first use
  }

  InferenceSpeed read_prompt(int64_t tokens) {
    InferenceSpeed speed{.tokens = tokens};
    const auto count = static_cast<double>(tokens);
    speed.bytes_per_token = static_cast<double>(work_.weight_bytes) / count;
    speed.operations_per_token =
        2.0 * (static_cast<double>(work_.block_weights) + static_cast<double>(work_.head_weights) / count);
    return time(speed, [&] {
      sequence_->set_length(0);
      const double begin = now_seconds();
      sequence_->advance(tokens);
      return now_seconds() - begin;
    });
  }

  InferenceSpeed write(int64_t context) {
    InferenceSpeed speed{.writes = true, .context = context, .tokens = plan_.tokens};
    const double keys = static_cast<double>(context) + static_cast<double>(plan_.tokens + 1) / 2;
    speed.bytes_per_token =
        static_cast<double>(work_.weight_bytes) + keys * static_cast<double>(work_.cache_bytes_per_key);
    speed.operations_per_token = 2.0 * static_cast<double>(work_.block_weights + work_.head_weights);
    sequence_->set_length(0);
    for (int64_t done = 0; done < context; done += 512) sequence_->advance(std::min<int64_t>(512, context - done));
    return time(speed, [&] {
      sequence_->set_length(context);
      sequence_->advance(1);
      sequence_->set_length(context);
      const double begin = now_seconds();
      for (int64_t i = 0; i < plan_.tokens; ++i) sequence_->advance(1);
      return now_seconds() - begin;
    });
  }

 private:
  template <typename Run>
  InferenceSpeed time(InferenceSpeed speed, const Run& run) {
    std::vector<double> seconds, bandwidths;
    run();
    for (int i = 0; i < plan_.repetitions; ++i) {
      bandwidths.push_back(measure_read_gbps(runtime_.num_threads(), 3));
      seconds.push_back(run());
    }
    bandwidths.push_back(measure_read_gbps(runtime_.num_threads(), 3));
    speed.seconds = median(seconds);
    speed.tokens_per_second = static_cast<double>(speed.tokens) / speed.seconds;
    speed.read_gbps = median(bandwidths);
    return speed;
  }

  nn::Transformer& transformer_;
  const autograd::Runtime& runtime_;
  const InferencePlan& plan_;
  const InferenceWork work_;
  std::unique_ptr<Sequence> sequence_;
};

}  // namespace

InferenceWork inference_work(nn::Transformer& transformer) {
  const nn::TransformerConfig& config = transformer.config();
  InferenceWork work{.cache_bytes_per_key = 2 * config.layers * config.key_heads * config.head_width * 4};
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
                                                    const InferencePlan& plan) {
  Measurement measurement(transformer, runtime, plan);
  std::vector<InferenceSpeed> rows;
  for (const int64_t prompt : plan.prompts) rows.push_back(measurement.read_prompt(prompt));
  for (const int64_t context : plan.contexts) rows.push_back(measurement.write(context));
  return rows;
}

}  // namespace vitrine::bench
