// vitrine eval: grammar of free samples, tasks answered as a chat, bits per byte of held-out text.
#include <fmt/format.h>

#include <algorithm>

#include "base/config_field.h"
#include "cli/chat_settings.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "data/build.h"
#include "eval/bits_per_byte.h"
#include "eval/grammar_share.h"
#include "eval/task_score.h"

namespace vitrine::cli {
namespace {

constexpr const char* kGrammar = "grammar";
constexpr const char* kBitsPerByte = "bits_per_byte";

std::vector<std::string> suite_names() {
  std::vector<std::string> names{kGrammar, kBitsPerByte};
  for (const tasks::Task& task : tasks::tasks()) names.emplace_back(task.name);
  return names;
}

/// What is asked for, or what fits the level.
std::vector<std::string> wanted_suites(const ParsedOptions& options) {
  if (options.given("suites")) return options.texts("suites");
  std::vector<std::string> names{kGrammar,
                                 options.text("level") == "small" ? "world_questions_small" : "world_questions"};
  if (options.given("data")) names.emplace_back(kBitsPerByte);
  return names;
}

/// One evaluation of one model; results gather in a report.
class Evaluation {
 public:
  Evaluation(const ParsedOptions& options, Console& console)
      : options_(options),
        console_(console),
        model_(load_model(options, console)),
        runtime_(make_runtime(options)),
        count_(options.integer("count")) {
    report_.add("model", model_.folder.string());
  }

  void run(const std::string& suite) {
    if (suite == kGrammar)
      run_grammar();
    else if (suite == kBitsPerByte)
      run_bits_per_byte();
    else
      run_task(tasks::find_task(suite));
  }

  const Report& report() const { return report_; }

 private:
  auto progress(const std::string& name) {
    return [=, this, pace = Pace()](int64_t done) {
      throw_if_stopped("no result was printed");
      console_.progress(fmt::format("{}  {} of {}  {}", name, done, count_,
                                    pace.time_left(static_cast<double>(done), static_cast<double>(count_))));
    };
  }

  void run_grammar() {
    const eval::GrammarShare share =
        eval::grammar_share(model_, runtime_, data::level_from_name(options_.text("level")),
                            sampling_settings(options_), count_, options_.integer("max_tokens"), progress(kGrammar));
    report_.add("grammar_samples", share.num_samples)
        .add("grammar_parsed", share.num_parsed)
        .add("grammar_percent", ReportReal{100 * share.share(), 1}, "% of samples parse")
        .add("grammar_sentences", share.num_sentences)
        .add("grammar_sentences_parsed", share.num_parsed_sentences);
    std::vector<Report::Row> refused;
    for (const eval::CheckedSample& sample : share.samples)
      if (!sample.parses && static_cast<int64_t>(refused.size()) < options_.integer("show"))
        refused.push_back({one_line(sample.refused), one_line(sample.text)});
    if (!refused.empty()) report_.add_table("grammar_refused", {"refused", "sample"}, std::move(refused));
  }

  void run_task(const tasks::Task& task) {
    const std::string name(task.name);
    dialog::Chat chat(*model_.transformer, chat_format(model_), runtime_,
                      {.sampling = sampling_settings(options_), .max_tokens = options_.integer("max_tokens")});
    const eval::TaskScore score =
        eval::score_task(task, chat, static_cast<uint64_t>(options_.integer("seed")), count_, progress(name));
    report_.add(name + "_examples", score.num_examples)
        .add(name + "_percent", ReportReal{100 * score.share(), 1}, "% right")
        .add(name + "_too_long", score.num_too_long, "do not fit the context: not asked, counted as wrong");
    std::vector<Report::Row> types, wrong;
    for (const auto& [type, sum] : score.by_type)
      types.push_back({type, sum.second, ReportReal{100 * sum.first / static_cast<double>(sum.second), 1}});
    report_.add_table(name + "_by_type", {"type", "examples", "percent"}, std::move(types));
    for (const eval::GradedAnswer& answer : score.answers)
      if (answer.grade < 1 && static_cast<int64_t>(wrong.size()) < options_.integer("show"))
        wrong.push_back({answer.type, one_line(answer.question), one_line(answer.answer), one_line(answer.reference)});
    if (!wrong.empty())
      report_.add_table(name + "_wrong", {"type", "question", "answer", "reference"}, std::move(wrong));
  }

  void run_bits_per_byte() {
    const data::Dataset dataset = data::open_dataset(options_.text("data"));
    if (dataset.tokenizer_checksum != data::tokenizer_checksum(model_.tokenizer))
      throw Error(
          ErrorCode::kMismatch,
          fmt::format("eval: dataset '{}' was made with another tokenizer than the model's", options_.text("data")),
          "build the dataset with --tokenizer of this model");
    const eval::HeldOutLoss all = held_out(dataset, /*use_loss_mask=*/false);
    report_.add("bits_per_byte", ReportReal{all.bits_per_byte, 4})
        .add("perplexity", ReportReal{all.perplexity(), 3})
        .add("held_out_tokens", all.num_targets);
    const eval::HeldOutLoss learned = held_out(dataset, /*use_loss_mask=*/true);
    if (learned.num_targets == 0 || learned.num_targets == all.num_targets) return;
    report_.add("without_users_bits_per_byte", ReportReal{learned.bits_per_byte, 4})
        .add("without_users_perplexity", ReportReal{learned.perplexity(), 3})
        .add("without_users_held_out_tokens", learned.num_targets);
  }

  /// With the mask: of conversations only what the assistant says, as training with learn = assistant measures it.
  eval::HeldOutLoss held_out(const data::Dataset& dataset, bool use_loss_mask) const {
    data::PackedDataset rows(std::make_shared<data::ShardSet>(dataset.open_split(data::kValidationSplit)),
                             {.context_length = model_.transformer->config().context_length,
                              .use_loss_mask = use_loss_mask,
                              .token_text_bytes = data::token_text_bytes(model_.tokenizer)});
    const int64_t num_rows = std::min(options_.integer("rows"), rows.rows_in_epoch(0));
    return eval::held_out_loss(*model_.transformer, runtime_, rows, num_rows, kRowsInPass);
  }

  static constexpr int64_t kRowsInPass = 8;

  const ParsedOptions& options_;
  Console& console_;
  model::LoadedModel model_;
  autograd::Runtime runtime_;
  int64_t count_;
  Report report_;
};

int run_eval(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  Evaluation evaluation(options, console);
  for (const std::string& suite : wanted_suites(options)) evaluation.run(suite);
  console.result(evaluation.report());
  return kDone;
}

OptionSpec held_out_data_option() {
  OptionSpec option = data_option();
  option.help = "dataset folder for bits_per_byte: giving it asks for that measure too";
  return option;
}

std::vector<OptionSpec> eval_options() {
  return {{.name = "suites",
           .help = "what to measure; without any: grammar, and the questions of the level",
           .choices = suite_names(),
           .positional = true,
           .repeated = true},
          model_option(),
          held_out_data_option(),
          {.name = "level",
           .fallback = "small",
           .help = "level of the synthetic world that the model was trained on",
           .choices = {"small", "full"}},
          {.name = "count",
           .kind = OptionKind::kInteger,
           .fallback = "200",
           .help = "samples and questions",
           .min = 1,
           .max = 1e9},
          {.name = "max_tokens",
           .kind = OptionKind::kInteger,
           .fallback = "200",
           .help = "tokens of a sample or an answer at most",
           .min = 1,
           .max = 1e9},
          {.name = "rows",
           .kind = OptionKind::kInteger,
           .fallback = "512",
           .help = "rows of held-out text for bits_per_byte",
           .min = 1,
           .max = 1e9},
          {.name = "show",
           .kind = OptionKind::kInteger,
           .fallback = "5",
           .help = "how many failures of each suite to list",
           .min = 0,
           .max = 1e9}};
}

}  // namespace

Command eval_command() {
  return {.name = "eval",
          .summary = "Measure a model: grammar of its text, answers to questions, bits per byte",
          .examples = {"vitrine eval -m runs/nano", "vitrine eval -m runs/nano bits_per_byte --data runs/data/small",
                       "vitrine eval -m runs/nano arithmetic --count 100 --temperature 0"},
          .options = joined({eval_options(), options_from_fields(infer::SamplingSettings().fields())}),
          .run = run_eval,
          .notes =
              "Samples and answers are drawn with the same settings as generate and chat use; questions are held "
              "out from all training text. bits_per_byte is measured where it is named or --data is typed (its default "
              "alone asks for nothing): of all held-out text, and "
              "(where it holds conversations) without what users say, which is what training with learn = assistant "
              "shows. `vitrine eval "
              "perplexity` measures any model on "
              "any text."};
}

}  // namespace vitrine::cli
