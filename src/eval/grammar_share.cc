#include "eval/grammar_share.h"

#include <fmt/format.h>

#include "base/error.h"
#include "core/rng.h"
#include "infer/sequence_breakers.h"
#include "infer/session.h"

namespace vitrine::eval {
namespace {

constexpr uint32_t kSampleSeedStream = 0x5a3d;

}  // namespace

int64_t sample_seed(int64_t seed, int64_t index) {
  const auto words =
      RngKey{.seed = static_cast<uint64_t>(seed), .stream = kSampleSeedStream}.at(static_cast<uint64_t>(index));
  // 52 bits: every seed that the sampler's settings may hold.
  return static_cast<int64_t>((uint64_t{words[0]} << 20) | (words[1] >> 12));
}

GrammarShare grammar_share(const model::LoadedModel& model, const autograd::Runtime& runtime, data::Level level,
                           infer::SamplingSettings settings, int64_t num_samples, int64_t max_tokens,
                           const std::function<void(int64_t done)>& on_progress) {
  const auto end = model.tokenizer.special_id("<|endoftext|>");
  if (!end)
    throw Error(ErrorCode::kUnsupported, "eval grammar: the model's tokenizer has no <|endoftext|>",
                "this measures models that vitrine trained on its synthetic world");
  infer::resolve_sequence_breakers(settings, model.tokenizer);
  infer::Session session(*model.transformer, runtime, {.drawable_tokens = model::drawable_tokens(model)});
  GrammarShare result;
  for (int64_t i = 0; i < num_samples; ++i) {
    infer::GenerateOptions generate{.sampling = settings, .max_tokens = max_tokens, .stop_ids = {*end}};
    generate.sampling.seed = sample_seed(settings.seed, i);
    const std::vector<int32_t> prompt{*end};
    CheckedSample sample{.text = model.tokenizer.decode(session.generate(prompt, generate).ids)};
    const data::ParseReport report = data::check_text(level, sample.text);
    sample.parses = report.all_parse();
    if (!report.refused.empty())
      sample.refused = fmt::format("{} ({})", report.refused.front().text, report.refused.front().reason);
    result.num_parsed += sample.parses;
    result.num_sentences += static_cast<int64_t>(report.num_sentences);
    result.num_parsed_sentences += static_cast<int64_t>(report.num_parsed);
    result.samples.push_back(std::move(sample));
    ++result.num_samples;
    if (on_progress) on_progress(i + 1);
  }
  return result;
}

}  // namespace vitrine::eval
