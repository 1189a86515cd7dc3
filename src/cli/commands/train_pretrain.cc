// vitrine train pretrain: train a model on a dataset, before the user's eyes, and go on with a run that was stopped.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <utility>

#include "base/files.h"
#include "bench/machine_limits.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/resume_command.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "train/run_files.h"
#include "train/trainer.h"

namespace vitrine::cli {
namespace {

using train::RunConfig;

/// The preset that a TOML file builds on, if it names one.
RunConfig config_from_file(const std::string& path, bool& has_warmup) {
  constexpr int64_t kNotGiven = -1;
  const std::string toml = read_file(path);
  RunConfig named;
  named.preset.clear();
  named.warmup_steps = kNotGiven;
  ConfigFields named_fields = named.fields();
  fields_from_toml(named_fields, toml, path);
  has_warmup = named.warmup_steps != kNotGiven;
  RunConfig config;
  try {
    config = train::preset_config(named.preset.empty() ? "nano" : named.preset);
  } catch (const Error& error) {
    throw error.wrapped(path);
  }
  ConfigFields fields = config.fields();
  fields_from_toml(fields, toml, path);
  return config;
}

/// The run folder where only --out, --resume and --preset say it: a checkpoint's own run is what goes on.
std::string out_of(const ParsedOptions& options) {
  if (!options.text("out").empty()) return options.text("out");
  const std::string own = train::run_folder_of(options.text("resume")).string();
  return own.empty() ? "runs/" + options.text("preset") : own;
}

/// The config that a run starts from, before --set, --data and --out.
RunConfig starting_config(const ParsedOptions& options, bool& has_warmup) {
  const int num_sources = options.given("preset") + options.given("config") + options.given("depth");
  if (num_sources > 1)
    throw UsageError("train pretrain: --preset, --config and --depth exclude one another",
                     "a config file may name its preset: preset = \"nano\"");
  if (options.given("config")) return config_from_file(options.text("config"), has_warmup);
  if (options.given("depth"))
    return train::config_for_depth(options.integer("depth"), data::open_dataset(options.text("data")).vocab_size);
  if (options.given("resume") && num_sources == 0) {
    RunConfig config = train::read_run_config(train::resume_checkpoint(out_of(options), options.text("resume")));
    config.out = out_of(options);
    return config;
  }
  return train::preset_config(options.text("preset"));
}

/// A wrong --set is wrong usage, as a wrong option is.
void set_from_option(ConfigFields& fields, const std::string& assignment) {
  try {
    set_field_from_assignment(fields, assignment);
  } catch (const Error& error) {
    throw UsageError(error.message(), error.hint());
  }
}

/// --set names no place: which run is read for --resume depends on them.
void refuse_places(const ParsedOptions& options) {
  for (const std::string& assignment : options.texts("set"))
    for (const std::string_view place : {"out", "data"})
      if (assignment.starts_with(fmt::format("{}=", place)))
        throw UsageError(fmt::format("--set: {} is an option of its own", place),
                         fmt::format("give it as --{} {}", place, shell_word(assignment.substr(place.size() + 1))));
}

RunConfig run_config(const ParsedOptions& options, Console& console) {
  refuse_places(options);
  bool has_warmup = false;
  RunConfig config = starting_config(options, has_warmup);
  ConfigFields fields = config.fields();
  for (const std::string& assignment : options.texts("set")) {
    if (assignment.starts_with("preset="))
      throw UsageError("--set: a preset is no single value, it is what all others start from",
                       "give it as --preset " + assignment.substr(assignment.find('=') + 1));
    set_from_option(fields, assignment);
    has_warmup = has_warmup || assignment.starts_with("warmup_steps=");
  }
  const int64_t warmup_steps = config.warmup_steps;
  if (!has_warmup && config.fit_warmup())
    console.note(fmt::format("warm-up shortened from {} updates to {}: the run has {}", warmup_steps,
                             config.warmup_steps, config.max_steps));
  if (options.given("seed")) config.seed = options.integer("seed");
  if (options.given("data") || config.data.empty()) config.data = options.text("data");
  if (options.given("out")) config.out = options.text("out");
  if (config.out.empty()) config.out = train::run_folder_of(options.text("resume")).string();
  if (config.out.empty()) config.out = "runs/" + config.preset;
  return config;
}

/// Says each step on the console.
class Narrator {
 public:
  Narrator(Console& console, const autograd::Runtime& runtime) : console_(console), runtime_(runtime) {}

  train::TrainObserver observer(int64_t log_every) {
    return {.on_start = [this](const RunConfig& config) { on_start(config); },
            .on_pass = [this](int64_t step, int64_t done, int64_t count) { on_pass(step, done, count); },
            .on_step = [=, this](const train::StepReport& report) { on_step(report, log_every); },
            .on_evaluation = [this](int64_t step, const eval::HeldOutLoss& loss,
                                    bool is_best) { on_evaluation(step, loss, is_best); },
            .on_sample = [this](int64_t step, const std::string& text) { on_sample(step, text); },
            .on_message = [this](const std::string& message) { console_.note(message); },
            .should_stop = [] { return stop_requested(); }};
  }

 private:
  void on_start(const RunConfig& config) {
    max_steps_ = config.max_steps;
    console_.note(fmt::format("training '{}' on '{}' into '{}': {} {} of {} tokens, {} threads, {} kernels",
                              config.preset, config.data, config.out, config.max_steps,
                              config.max_steps == 1 ? "update" : "updates",
                              short_count(static_cast<double>(config.batch_tokens)), runtime_.num_threads(),
                              kernel_set_name(runtime_.kernel_set())));
    if (config.learn == "assistant")
      console_.note(
          "learn = assistant: what users say in conversations is not learned, and not in the bits/byte below");
  }

  /// Where a long update stands, and what a wish to stop is answered with while it is under way.
  void on_pass(int64_t step, int64_t num_done, int64_t num_passes) {
    if (num_done > 0) pass_seconds_ = pass_pace_.seconds();
    pass_pace_ = Pace();
    const std::string wait = pass_seconds_ > 0 ? fmt::format(" (up to {:.0f} s)", std::ceil(pass_seconds_)) : "";
    set_stop_notice(
        fmt::format("\nstopping after this pass{}, saving what was before its update; again to leave now\n", wait));
    constexpr double kLongPass = 0.5, kPipedInterval = 30;
    const bool is_first = !std::exchange(has_begun_, true);
    if (num_passes == 1 || (!is_first && pass_seconds_ < kLongPass)) return;
    if (!is_first && !console_.is_live() && since_pass_line_.seconds() < kPipedInterval) return;
    since_pass_line_ = Pace();
    console_.progress(fmt::format("step {}/{}  pass {} of {}", step, max_steps_, num_done + 1, num_passes), is_first);
  }

  void on_step(const train::StepReport& report, int64_t log_every) {
    pass_seconds_ = pass_pace_.seconds();
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
    console_.note(fmt::format("{}step {} writes:{} {}", colour ? "\033[36m" : "", step, colour ? "\033[0m" : "",
                              text.empty() ? "(nothing)" : one_line(text)));
  }

  Console& console_;
  const autograd::Runtime& runtime_;
  int64_t first_step_ = -1, max_steps_ = 0;
  Pace pace_, pass_pace_, since_pass_line_;
  double pass_seconds_ = 0;  // of the last one; 0: none is done
  bool has_begun_ = false;
};

Report training_report(const train::TrainResult& result, const RunConfig& config) {
  Report report;
  report.add("out", config.out)
      .add("steps", result.steps)
      .add("interrupted", result.interrupted)
      .add("parameters", result.num_parameters);
  if (result.best_bits_per_byte) report.add("best_bits_per_byte", ReportReal{*result.best_bits_per_byte, 4});
  report.add("train_seconds", ReportReal{result.train_seconds, 1}).add("checkpoint", result.checkpoint.string());
  return report;
}

/// What is known of a run when it fails: at first from the options, then from its config.
struct Attempt {
  std::string data, out;
  bool is_training = false;  ///< has begun, and not ended
};

/// A damaged newest checkpoint is not passed over silently: the hint is the command that goes on from an older one.
/// Empty where that is not what happened.
std::string hint_of_older_checkpoint(const Error& error, const ParsedOptions& options, const Attempt& attempt) {
  if (error.code() != ErrorCode::kCorruptData || !options.given("resume") || !options.text("resume").empty()) return "";
  const auto older = io::newest_intact(attempt.out);
  if (!older || older->folder == io::find_checkpoints(attempt.out).back().folder) return "";
  return "to go on from the newest intact one: " +
         resume_command(options, older->folder.string(), attempt.data, attempt.out);
}

int pretrain(const ParsedOptions& options, Attempt& attempt) {
  Console console(options);
  train::TrainOptions train_options{
      .config = run_config(options, console), .resume = options.given("resume"), .resume_from = options.text("resume")};
  const RunConfig& config = train_options.config;
  attempt = {.data = config.data, .out = config.out};
  const autograd::Runtime runtime = make_runtime(options);
  const StopSignals signals(StopSignals::LostReader::kStops);
  set_stop_notice("\nstopping after what is under way now (the first checkpoint, or a pass); again to leave now\n");
  Narrator narrator(console, runtime);
  train::TrainObserver observer = narrator.observer(config.log_every);
  observer.on_start = [&, announce = observer.on_start](const RunConfig& used) {
    attempt.is_training = true;
    announce(used);
  };
  // A tenth of a second, so that the live line can say what share of the machine is used.
  train_options.measure_peak_flops = [&] {
    return 1e9 * bench::measure_f32_gflops(runtime.num_threads(), 0.01, 3, runtime.trace());
  };
  const train::TrainResult result = train::pretrain(train_options, runtime, observer);
  attempt.is_training = false;
  if (!stop_was_lost_reader()) console.result(training_report(result, config));
  if (!result.interrupted) return kDone;
  console.note(fmt::format("stopped at step {} and saved; to go on: {}", result.steps,
                           resume_command(options, "", config.data, config.out)));
  return kInterruptedStatus;
}

/// What failed while a run was saved, such as a full disk: the same command alone would be refused.
std::string hint_of_resume(const Error& error, const ParsedOptions& options, const Attempt& attempt) {
  constexpr std::string_view kAgain = ", then run the same command again";
  if (error.code() != ErrorCode::kIo || !attempt.is_training || io::find_checkpoints(attempt.out).empty()) return "";
  std::string hint = error.hint();
  if (hint.ends_with(kAgain)) hint.resize(hint.size() - kAgain.size());
  std::string how = options.given("resume") ? "the same command again" : "the same command, and add --resume";
  // The same checkpoint again would go back behind what was saved since.
  if (!options.text("resume").empty()) how = resume_command(options, "", attempt.data, attempt.out);
  return fmt::format("{}{}to go on from the last good checkpoint: {}", hint, hint.empty() ? "" : "; ", how);
}

int run_train_pretrain(const ParsedOptions& options) {
  Attempt attempt{.data = options.text("data"), .out = out_of(options)};
  try {
    return pretrain(options, attempt);
  } catch (const Error& error) {
    std::string hint = hint_of_older_checkpoint(error, options, attempt);
    if (hint.empty()) hint = hint_of_resume(error, options, attempt);
    if (hint.empty()) throw;
    throw Error(error.code(), error.message(), hint);
  }
}

}  // namespace

Command train_pretrain_command() {
  return {
      .name = "train pretrain",
      .summary = "Train a model from scratch on a dataset",
      .examples = {"vitrine train pretrain --preset nano --data runs/data/small --out runs/nano",
                   "vitrine train pretrain --depth 6 --data my-data --out runs/mine --set max_steps=2000",
                   "vitrine train pretrain --resume --data my-data --out runs/mine"},
      .options =
          {{.name = "preset",
            .fallback = "nano",
            .help = "named starting point: shape, batch, rates, length",
            .choices = train::preset_names()},
           {.name = "depth",
            .kind = OptionKind::kInteger,
            .help = "one dial in place of a preset: width, batch, rates and length follow from it",
            .min = 1,
            .max = 64},
           {.name = "config", .help = "a TOML file of key = value lines; it may name its preset", .value_name = "FILE"},
           {.name = "set",
            .help = "change one value of the config: max_steps, lr, checkpoint_every, width …",
            .repeated = true,
            .value_name = "KEY=VALUE"},
           data_option(),
           out_option("", "run folder; when left out, that of --resume CHECKPOINT, or runs/PRESET"),
           {.name = "resume",
            .help = "go on with a run from its newest checkpoint, or from this one (of a run: the newest intact)",
            .optional_value = true,
            .value_name = "CHECKPOINT"}},
      .run = run_train_pretrain,
      .notes =
          "Ctrl-C or SIGTERM gives up the update that is under way, saves and ends with status 130, a second one "
          "leaves at once; --resume goes on to the same bytes as a run that was "
          "never stopped, also after a kill. The run folder holds checkpoints, events.jsonl and scalars for "
          "TensorBoard."};
}

}  // namespace vitrine::cli
