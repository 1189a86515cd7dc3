// vitrine train pretrain: train a model on a dataset, before the user's eyes, and go on with a run that was stopped.
#include <fmt/format.h>
#include <unistd.h>

#include "base/files.h"
#include "bench/machine_limits.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "train/run_files.h"
#include "train/trainer.h"

namespace vitrine::cli {
namespace {

using train::RunConfig;

/// The preset that a TOML file builds on, if it names one.
RunConfig config_from_file(const std::string& path) {
  const std::string toml = read_file(path);
  RunConfig named;
  named.preset.clear();
  ConfigFields named_fields = named.fields();
  fields_from_toml(named_fields, toml, path);
  RunConfig config = train::preset_config(named.preset.empty() ? "nano" : named.preset);
  ConfigFields fields = config.fields();
  fields_from_toml(fields, toml, path);
  return config;
}

/// The config that a run starts from, before --set, --data and --out.
RunConfig starting_config(const ParsedOptions& options, const std::string& out) {
  const int num_sources = options.given("preset") + options.given("config") + options.given("depth");
  if (num_sources > 1)
    throw UsageError("train pretrain: --preset, --config and --depth exclude one another",
                     "a config file may name its preset: preset = \"nano\"");
  if (options.given("config")) return config_from_file(options.text("config"));
  if (options.given("depth"))
    return train::config_for_depth(options.integer("depth"), data::open_dataset(options.text("data")).vocab_size);
  if (options.given("resume") && num_sources == 0)
    return train::read_run_config(train::resume_checkpoint(out, options.text("resume")));
  return train::preset_config(options.text("preset"));
}

RunConfig run_config(const ParsedOptions& options) {
  std::string out = options.text("out");
  RunConfig config = starting_config(options, out.empty() ? "runs/" + options.text("preset") : out);
  ConfigFields fields = config.fields();
  for (const std::string& assignment : options.texts("set")) {
    if (assignment.starts_with("preset="))
      throw UsageError("--set: a preset is no single value, it is what all others start from",
                       "give it as --preset " + assignment.substr(assignment.find('=') + 1));
    set_field_from_assignment(fields, assignment);
  }
  if (options.given("seed")) config.seed = options.integer("seed");
  if (options.given("data") || config.data.empty()) config.data = options.text("data");
  if (!out.empty() || config.out.empty()) config.out = out.empty() ? "runs/" + config.preset : out;
  return config;
}

/// Says each step on the console.
class Narrator {
 public:
  Narrator(Console& console, const autograd::Runtime& runtime) : console_(console), runtime_(runtime) {}

  train::TrainObserver observer(int64_t log_every) {
    return {.on_start = [this](const RunConfig& config) { on_start(config); },
            .on_step = [=, this](const train::StepReport& report) { on_step(report, log_every); },
            .on_evaluation = [this](int64_t step, const eval::HeldOutLoss& loss,
                                    bool is_best) { on_evaluation(step, loss, is_best); },
            .on_sample = [this](int64_t step, const std::string& text) { on_sample(step, text); },
            .on_message = [this](const std::string& message) { console_.note(message); },
            .should_stop = [] { return stop_requested(); }};
  }

 private:
  void on_start(const RunConfig& config) {
    console_.note(fmt::format("training '{}' on '{}' into '{}': {} updates of {} tokens, {} threads, {} kernels",
                              config.preset, config.data, config.out, config.max_steps,
                              short_count(static_cast<double>(config.batch_tokens)), runtime_.num_threads(),
                              kernel_set_name(runtime_.kernel_set())));
    if (config.learn == "assistant")
      console_.note(
          "learn = assistant: what users say in conversations is not learned, and not in the bits/byte below");
  }

  void on_step(const train::StepReport& report, int64_t log_every) {
    if (first_step_ < 0) {
      first_step_ = report.step - 1;
      pace_ = Pace(static_cast<double>(first_step_));
    }
    const bool is_due = report.step % log_every == 0 || report.step == report.max_steps;
    if (!console_.wants_progress() && !is_due) return;
    const auto done = static_cast<double>(report.step), total = static_cast<double>(report.max_steps);
    // Short enough for 80 columns, and what may be cut off stands last.
    std::string line = fmt::format("step {}/{}", report.step, report.max_steps);
    if (const std::string left = pace_.time_left(done, total); !left.empty()) line += "  " + left;
    line += fmt::format("  loss {:.3f}  {:.3f} bits/byte  {} tok/s", report.loss, report.bits_per_byte,
                        short_count(report.tokens_per_second));
    if (report.peak_share > 0) line += fmt::format("  {:.0f}% peak", 100 * report.peak_share);
    console_.progress(line, is_due);
  }

  void on_evaluation(int64_t step, const eval::HeldOutLoss& loss, bool is_best) {
    console_.note(fmt::format("step {}: held-out loss {:.4f}, {:.4f} bits/byte{}", step, loss.loss_nats,
                              loss.bits_per_byte, is_best ? ", the best so far" : ""));
  }

  void on_sample(int64_t step, const std::string& text) {
    const bool colour = may_colour(STDERR_FILENO);
    console_.note(
        fmt::format("{}step {} writes:{} {}", colour ? "\033[36m" : "", step, colour ? "\033[0m" : "", one_line(text)));
  }

  Console& console_;
  const autograd::Runtime& runtime_;
  int64_t first_step_ = -1;
  Pace pace_;
};

Report training_report(const train::TrainResult& result, const RunConfig& config) {
  Report report;
  report.add("out", config.out)
      .add("steps", result.steps)
      .add("interrupted", result.interrupted)
      .add("parameters", result.num_parameters);
  if (result.best_bits_per_byte) report.add("best_bits_per_byte", ReportReal{*result.best_bits_per_byte, 4});
  report.add("train_seconds", ReportReal{result.train_seconds, 1})
      .add("checkpoint", result.checkpoint.string());
  return report;
}

/// A damaged newest checkpoint is not passed over silently: the hint is the command that goes on from an older one.
/// Empty where that is not what happened.
std::string hint_of_older_checkpoint(const Error& error, const ParsedOptions& options) {
  if (error.code() != ErrorCode::kCorruptData || !options.given("resume") || !options.text("resume").empty()) return "";
  const std::string out = options.text("out").empty() ? "runs/" + options.text("preset") : options.text("out");
  const auto older = io::newest_intact(out);
  if (!older || older->folder == io::find_checkpoints(out).back().folder) return "";
  return fmt::format("to go on from the newest intact one: vitrine train pretrain --resume {} --data {} --out {}",
                     older->folder.string(), options.text("data"), out);
}

int pretrain(const ParsedOptions& options) {
  Console console(options);
  train::TrainOptions train_options{
      .config = run_config(options), .resume = options.given("resume"), .resume_from = options.text("resume")};
  const autograd::Runtime runtime = make_runtime(options);
  const StopSignals signals(StopSignals::LostReader::kStops);
  Narrator narrator(console, runtime);
  // A tenth of a second, so that the live line can say what share of the machine is used.
  train_options.measure_peak_flops = [&] {
    return 1e9 * bench::measure_f32_gflops(runtime.num_threads(), 0.01, 3, runtime.trace());
  };
  const train::TrainResult result =
      train::pretrain(train_options, runtime, narrator.observer(train_options.config.log_every));
  if (!stop_was_lost_reader()) console.result(training_report(result, train_options.config));
  if (!result.interrupted) return kDone;
  console.note(fmt::format("stopped at step {} and saved; to go on: vitrine train pretrain --resume --data {} --out {}",
                           result.steps, train_options.config.data, train_options.config.out));
  return kInterruptedStatus;
}

int run_train_pretrain(const ParsedOptions& options) {
  try {
    return pretrain(options);
  } catch (const Error& error) {
    const std::string hint = hint_of_older_checkpoint(error, options);
    if (hint.empty()) throw;
    throw Error(error.code(), error.message(), hint);
  }
}

}  // namespace

Command train_pretrain_command() {
  return {.name = "train pretrain",
          .summary = "Train a model from scratch on a dataset",
          .examples = {"vitrine train pretrain --preset nano --data runs/data/small --out runs/nano",
                       "vitrine train pretrain --depth 6 --data my-data --out runs/mine --set max_steps=2000",
                       "vitrine train pretrain --resume --data my-data --out runs/mine"},
          .options = {{.name = "preset",
                       .fallback = "nano",
                       .help = "named starting point: shape, batch, rates, length",
                       .choices = train::preset_names()},
                      {.name = "depth",
                       .kind = OptionKind::kInteger,
                       .help = "one dial in place of a preset: width, batch, rates and length follow from it",
                       .min = 1,
                       .max = 64},
                      {.name = "config",
                       .help = "a TOML file of key = value lines; it may name its preset",
                       .value_name = "FILE"},
                      {.name = "set",
                       .help = "change one value of the config: max_steps, lr, checkpoint_every, width …",
                       .repeated = true,
                       .value_name = "KEY=VALUE"},
                      data_option(),
                      out_option("", "run folder; runs/PRESET when left out"),
                      {.name = "resume",
                       .help = "go on with a run from its newest checkpoint, or from this one",
                       .optional_value = true,
                       .value_name = "CHECKPOINT"}},
          .run = run_train_pretrain,
          .notes =
              "Ctrl-C or SIGTERM saves and ends with status 130; --resume goes on to the same bytes as a run that was "
              "never stopped, also after a kill. The run folder holds checkpoints, events.jsonl and scalars for "
              "TensorBoard."};
}

}  // namespace vitrine::cli
