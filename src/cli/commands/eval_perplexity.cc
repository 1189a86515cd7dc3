// vitrine eval perplexity: how well a model predicts a text, and how far it is from a reference.
#include <fmt/format.h>

#include <optional>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/text_measure.h"
#include "cli/user_text.h"
#include "model/model_store.h"

namespace vitrine::cli {
namespace {

constexpr const char* kSlidingName = "sliding";
constexpr const char* kHalvesName = "halves";

TextMeasureOptions measure_options(const ParsedOptions& options) {
  return {.scheme = options.text("scheme") == kHalvesName ? eval::WindowScheme::kHalves : eval::WindowScheme::kSliding,
          .length = options.integer("window"),
          .stride = options.integer("stride"),
          .max_windows = options.integer("windows")};
}

int run_eval_perplexity(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  const std::string text = read_text_file(options.text("data"));
  const model::LoadedModel model = load_model(options, console);
  std::optional<model::LoadedModel> reference;
  if (options.given("against")) {
    reference = model::load_model(model::resolve_model(options.text("against")));
    require_same_vocabulary(model, *reference);
  }
  const autograd::Runtime runtime = make_runtime(options);
  const MeasuredText cut = cut_text(text, model, measure_options(options));
  const Pace pace;
  const eval::TextScores scores = measure_text(model, reference ? &*reference : nullptr, runtime, cut, console);
  Report report;
  report.add("model", model.folder.string());
  if (reference) report.add("against", reference->folder.string());
  report.add("data", options.text("data"))
      .add("scheme", options.text("scheme"))
      .add("window", cut.options.length)
      .add("stride", cut.options.scheme == eval::WindowScheme::kSliding ? cut.options.stride : cut.options.length)
      .add("windows", static_cast<int64_t>(cut.windows.size()))
      .add("text_tokens", cut.num_tokens);
  add_scores(report, scores);
  report.add("seconds", ReportReal{pace.seconds(), 2});
  console.result(report);
  return kDone;
}

std::vector<OptionSpec> perplexity_options() {
  return {model_option(),
          {.name = "data", .help = "text file, taken as one text", .required = true, .value_name = "FILE"},
          {.name = "against",
           .help = "reference to compare with, token by token: a model of the same vocabulary",
           .value_name = "MODEL"},
          {.name = "scheme",
           .fallback = kSlidingName,
           .help = "how the text is cut, see below",
           .choices = {kSlidingName, kHalvesName}},
          {.name = "window",
           .kind = OptionKind::kInteger,
           .fallback = "0",
           .help = "tokens of a window; 0: 512, or the model's context where that is shorter",
           .min = 0,
           .max = 1e9},
          {.name = "stride",
           .kind = OptionKind::kInteger,
           .fallback = "0",
           .help = "tokens by which sliding windows move on; 0: half a window",
           .min = 0,
           .max = 1e9},
          {.name = "windows",
           .kind = OptionKind::kInteger,
           .fallback = "0",
           .help = "measure only so many windows; 0: the whole text",
           .min = 0,
           .max = 1e9}};
}

}  // namespace

Command eval_perplexity_command() {
  return {
      .name = "eval perplexity",
      .summary = "Measure perplexity and bits per byte on a text, and the distance from a reference",
      .examples = {"vitrine eval perplexity -m smollm2 --data book.txt",
                   "vitrine eval perplexity -m nano.q4_k_m.gguf --against runs/nano --data book.txt --json",
                   "vitrine eval perplexity -m smollm2 --data wiki.txt --scheme halves --window 512"},
      .options = perplexity_options(),
      .run = run_eval_perplexity,
      .notes =
          "sliding: every token of the text counts once, predicted from at least a window less the stride before it "
          "(from what there is at the start). halves: the text is cut into windows, the second half of each counts, a "
          "rest is left out; this is what llama.cpp's llama-perplexity does with -c WINDOW, so the figures can be "
          "compared. Where the tokenizer puts a token before texts, it stands before every window. mean_kl is the "
          "Kullback-Leibler divergence of the model from the reference in nats a token; errors are standard errors."};
}

}  // namespace vitrine::cli
