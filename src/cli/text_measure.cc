#include "cli/text_measure.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/signals.h"
#include "data/build.h"
#include "data/chat_format.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kUsualWindow = 512;

/// The token before a text: the tokenizer's own, which then stands before every window, else the one that ends texts in
/// training, which the first window alone has to do with.
void choose_start(const tokenizer::Tokenizer& tokenizer, eval::WindowOptions& options) {
  if (const auto& before = tokenizer.frame().before; !before.empty()) {
    options.start = before.back();
    options.start_everywhere = true;
  } else if (const auto id = tokenizer.special_id(data::kEndOfText)) {
    options.start = *id;
  }
}

}  // namespace

MeasuredText cut_text(const std::string& text, const model::LoadedModel& model, const TextMeasureOptions& options) {
  const int64_t context = model.transformer->config().context_length;
  MeasuredText cut;
  cut.options.scheme = options.scheme;
  cut.options.length = options.length > 0 ? options.length : std::min(kUsualWindow, context);
  cut.options.stride = options.stride > 0 ? options.stride : std::max<int64_t>(1, cut.options.length / 2);
  if (cut.options.length > context)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("perplexity: a window of {} tokens does not fit the model's context of {}",
                            cut.options.length, context),
                "give a smaller --window");
  choose_start(model.tokenizer, cut.options);
  const std::vector<int32_t> ids = model.tokenizer.encode(text);
  cut.num_tokens = static_cast<int64_t>(ids.size());
  cut.windows = eval::make_windows(ids, cut.options);
  if (options.max_windows > 0 && options.max_windows < static_cast<int64_t>(cut.windows.size()))
    cut.windows.resize(static_cast<size_t>(options.max_windows));
  return cut;
}

void require_same_vocabulary(const model::LoadedModel& model, const model::LoadedModel& reference) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorCode::kMismatch,
                fmt::format("compare '{}' with '{}': their vocabularies differ ({})", model.folder.string(),
                            reference.folder.string(), problem),
                "models can be compared token by token only where they have the same tokens");
  };
  const tokenizer::Tokenizer &ours = model.tokenizer, &theirs = reference.tokenizer;
  if (ours.vocab_size() != theirs.vocab_size())
    refuse(fmt::format("{} and {} tokens", ours.vocab_size(), theirs.vocab_size()));
  for (tokenizer::TokenId id = 0; id < ours.vocab_size(); ++id)
    if (ours.token_bytes(id) != theirs.token_bytes(id))
      refuse(fmt::format("token {} is '{}' and '{}'", id, excerpt(ours.token_bytes(id), 40),
                         excerpt(theirs.token_bytes(id), 40)));
  const int64_t rows = model.transformer->config().vocab_size, other_rows = reference.transformer->config().vocab_size;
  if (rows != other_rows) refuse(fmt::format("{} and {} rows of the head", rows, other_rows));
}

eval::TextScores measure_text(const model::LoadedModel& model, const model::LoadedModel* reference,
                              const autograd::Runtime& runtime, const MeasuredText& text, Console& console) {
  const auto total = static_cast<double>(text.windows.size());
  const Pace pace;
  const auto show = [&](int64_t done, const eval::TextScore& so_far) {
    throw_if_stopped("no result was printed");
    console.progress(fmt::format("window {} of {}  perplexity {:.3f}  {}", done, text.windows.size(),
                                 so_far.perplexity(), pace.time_left(static_cast<double>(done), total)));
  };
  return eval::score_windows(*model.transformer, reference != nullptr ? reference->transformer.get() : nullptr, runtime,
                             text.windows, data::token_text_bytes(model.tokenizer), show);
}

void add_scores(Report& report, const eval::TextScores& scores) {
  report.add("perplexity", ReportReal{scores.score.perplexity(), 4})
      .add("perplexity_error", ReportReal{scores.score.perplexity_error(), 4})
      .add("bits_per_byte", ReportReal{scores.score.bits_per_byte(), 4})
      .add("tokens", scores.score.num_tokens)
      .add("bytes", scores.score.num_bytes);
  if (!scores.divergence) return;
  const eval::Divergence& divergence = *scores.divergence;
  report.add("reference_perplexity", ReportReal{divergence.reference.perplexity(), 4})
      .add("mean_kl", ReportReal{divergence.mean_kl, 6}, "nats")
      .add("mean_kl_error", ReportReal{divergence.kl_error, 6})
      .add("median_kl", ReportReal{divergence.median_kl, 6})
      .add("p99_kl", ReportReal{divergence.p99_kl, 6})
      .add("largest_kl", ReportReal{divergence.largest_kl, 6})
      .add("same_best_percent", ReportReal{100 * divergence.same_best_share, 2}, "% of tokens")
      .add("largest_logit_difference", ReportReal{divergence.largest_logit_difference, 6});
}

}  // namespace vitrine::cli
