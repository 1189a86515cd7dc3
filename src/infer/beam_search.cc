#include "infer/beam_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "infer/log_probability.h"
#include "infer/paged_cache.h"

namespace vitrine::infer {
namespace {

constexpr int64_t kPageTokens = 16;
constexpr int64_t kPromptChunk = 256;

struct OpenBeam {
  std::vector<int32_t> ids;  // behind the prompt
  double log_probability = 0;
  PageTable table;
};

struct Extension {
  size_t beam = 0;
  int32_t id = 0;
  double log_probability = 0;
};

class BeamSearch {
 public:
  BeamSearch(const nn::Transformer& transformer, const autograd::Runtime& runtime, std::span<const int32_t> prompt,
             const BeamSearchOptions& options)
      : transformer_(transformer),
        context_(runtime.execution_context()),
        options_(options),
        longest_(
            std::min(static_cast<int64_t>(prompt.size()) + options.max_tokens, transformer.config().context_length)),
        cache_(transformer.config(),
               {.dtype = options.cache_dtype,
                .page_tokens = kPageTokens,
                .num_pages = (2 * options.num_beams + 1) * ((longest_ + kPageTokens - 1) / kPageTokens + 1)},
               /*share_prefixes=*/false),
        keys_(static_cast<size_t>(longest_) + 1) {
    read_prompt(prompt);
  }

  std::vector<Beam> run() {
    for (int64_t written = 1;; ++written) {
      extend();
      if (written == options_.max_tokens || is_decided() || open_.front().table.length >= longest_) break;
      if (options_.on_step && !options_.on_step(written)) break;
      read_last_tokens();
    }
    for (const OpenBeam& beam : open_) keep({beam.ids, beam.log_probability, 0, false});
    if (ended_.size() > static_cast<size_t>(options_.num_beams)) ended_.resize(static_cast<size_t>(options_.num_beams));
    return std::move(ended_);
  }

 private:
  double score_of(double log_probability, size_t tokens) const {
    return log_probability / std::pow(static_cast<double>(std::max<size_t>(tokens, 1)), options_.length_exponent);
  }

  void keep(Beam beam) {
    beam.score = score_of(beam.log_probability, beam.ids.size() + beam.is_ended);
    const auto worse = [](double score, const Beam& other) { return score > other.score; };
    ended_.insert(std::upper_bound(ended_.begin(), ended_.end(), beam.score, worse), std::move(beam));
  }

  bool is_decided() const {
    const auto wanted = static_cast<size_t>(options_.num_beams);
    if (ended_.size() < wanted || open_.empty()) return open_.empty();
    return ended_[wanted - 1].score >= score_of(open_.front().log_probability, open_.front().ids.size());
  }

  void read_prompt(std::span<const int32_t> prompt) {
    OpenBeam first;
    for (size_t begin = 0; begin < prompt.size(); begin += kPromptChunk)
      logits_ = read({&first, 1}, prompt.subspan(begin, std::min<size_t>(kPromptChunk, prompt.size() - begin)));
    open_.push_back(std::move(first));
  }

  void read_last_tokens() {
    std::vector<int32_t> ids;
    for (const OpenBeam& beam : open_) ids.push_back(beam.ids.back());
    logits_ = read(open_, ids);
  }

  /// Reads the same number of tokens for each beam. Returns the logits behind the last of each.
  Tensor read(std::span<OpenBeam> beams, std::span<const int32_t> ids) {
    const auto rows = static_cast<int64_t>(ids.size()), each = rows / static_cast<int64_t>(beams.size());
    std::vector<nn::CachedSequence> sequences;
    for (OpenBeam& beam : beams) {
      VITRINE_CHECK(cache_.reserve(beam.table, each), "beam search: pages for all beams");
      sequences.push_back({beam.table.pages, beam.table.length, each});
    }
    const nn::CachedBatch batch{&cache_.pages(), sequences};
    const int64_t last_rows = each == 1 ? rows : 1;
    const nn::AdaptedRows adapted{0, rows, options_.adapter}, adapted_last{0, last_rows, options_.adapter};
    if (options_.adapter) context_.adapt = nn::adapt_rows({&adapted, 1});
    const autograd::Variable hidden = transformer_.hidden(
        context_,
        {.ids = Tensor::from_ints({1, rows}, ids), .cached = &batch, .prompt_rows = open_.empty() ? rows : 0});
    if (options_.adapter) context_.adapt = nn::adapt_rows({&adapted_last, 1});
    for (OpenBeam& beam : beams) cache_.advance(beam.table, keys_, beam.table.length + each);
    const int64_t width = transformer_.config().width;
    const Tensor all = hidden.data.reshaped({rows, width});
    const Tensor last = each == 1 ? all : all.slice_rows(rows - 1, rows);
    const Tensor logits = transformer_.logits(context_, autograd::constant(last));
    context_.adapt = {};
    return logits;
  }

  /// The best continuations of all open beams by one token: as many that num_beams of them do not end.
  std::vector<Extension> best_extensions() const {
    std::vector<Extension> all;
    const size_t wanted = static_cast<size_t>(options_.num_beams) * (options_.stop_ids.size() + 1);
    const auto goes_first = [](const Extension& a, const Extension& b) {
      if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
      return a.beam != b.beam ? a.beam < b.beam : a.id < b.id;
    };
    for (size_t beam = 0; beam < open_.size(); ++beam) {
      const auto row = static_cast<int64_t>(beam);
      const std::span<const float> logits = logits_.slice_rows(row, row + 1).floats();
      const double base = open_[beam].log_probability - static_cast<double>(logits[0]) + log_probability(logits, 0);
      const size_t most = options_.drawable_tokens > 0 ? static_cast<size_t>(options_.drawable_tokens) : logits.size();
      for (size_t id = 0; id < std::min(most, logits.size()); ++id)
        if (std::isfinite(logits[id]))
          all.push_back({beam, static_cast<int32_t>(id), base + static_cast<double>(logits[id])});
      const size_t kept = std::min(all.size(), wanted);
      std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), goes_first);
      all.resize(kept);
    }
    return all;
  }

  bool is_stop(int32_t id) const {
    return std::find(options_.stop_ids.begin(), options_.stop_ids.end(), id) != options_.stop_ids.end();
  }

  void extend() {
    std::vector<OpenBeam> next;
    const auto most = static_cast<size_t>(options_.num_beams);
    size_t rank = 0;
    for (const Extension& extension : best_extensions()) {
      const bool is_one_of_the_best = rank++ < most;
      const OpenBeam& from = open_[extension.beam];
      if (is_stop(extension.id)) {
        if (is_one_of_the_best) keep({from.ids, extension.log_probability, 0, true});
        continue;
      }
      if (next.size() == most) continue;
      next.push_back({from.ids, extension.log_probability, cache_.fork(from.table)});
      next.back().ids.push_back(extension.id);
    }
    for (OpenBeam& beam : open_) cache_.release(beam.table, keys_);
    open_ = std::move(next);
  }

  const nn::Transformer& transformer_;
  autograd::ExecutionContext context_;
  const BeamSearchOptions& options_;
  int64_t longest_;
  PagedCache cache_;
  std::vector<TokenKey> keys_;  // nothing is found again: what they are does not matter
  std::vector<OpenBeam> open_;  // the best first
  std::vector<Beam> ended_;     // likewise
  Tensor logits_;               // behind each open beam
};

}  // namespace

std::vector<Beam> beam_search(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                              std::span<const int32_t> prompt, const BeamSearchOptions& options) {
  const nn::TransformerConfig& config = transformer.config();
  if (prompt.empty() || static_cast<int64_t>(prompt.size()) >= config.context_length)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("beam search: a prompt of {} tokens cannot be continued in a context of {}", prompt.size(),
                            config.context_length));
  for (const int32_t id : prompt)
    if (id < 0 || id >= config.vocab_size)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("beam search: there is no token {}", id));
  if (options.num_beams < 1 || options.num_beams > kMostBeams || options.max_tokens < 1)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("beam search: {} beams of {} tokens (expected 1 to {}, and at least one token)",
                            options.num_beams, options.max_tokens, kMostBeams));
  return BeamSearch(transformer, runtime, prompt, options).run();
}

}  // namespace vitrine::infer
