#include "train/trainer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "data/build.h"
#include "data/chat_format.h"
#include "infer/session.h"
#include "io/tensorboard.h"
#include "train/gradient_passes.h"
#include "train/run_files.h"

namespace vitrine::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int64_t kMaxRollbacks = 5;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double wall_time_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// One run from its set-up to its end.
class Run {
 public:
  Run(const TrainOptions& options, const autograd::Runtime& runtime, const TrainObserver& observer)
      : options_(options),
        runtime_(runtime),
        observer_(observer),
        dataset_(data::open_dataset(options.config.data)),
        tokenizer_(data::load_dataset_tokenizer(dataset_)) {
    prepare_config();
    require_run_place(config_.out);
    if (options_.resume) {
      std::vector<std::string> refused;
      begun_ = resume_checkpoint(config_.out, options_.resume_from, &refused);
      for (const std::string& message : refused) say("passed over: " + message);
      require_no_other_run(config_.out, *begun_);
      require_same_run(*begun_, config_, data_checksum(dataset_), kernels_like(runtime_.kernel_set()));
    } else {
      require_fresh_folder(config_.out);
    }
    check_resources(config_, observer_);
    make_run_folder(config_.out);
    lock_ = std::make_unique<FolderLock>(config_.out, "another training");
    if (observer_.on_start) observer_.on_start(config_);
    transformer_ = std::make_unique<nn::Transformer>(config_.model, static_cast<uint64_t>(config_.seed));
    transformer_->set_recompute(config_.recompute);
    optimizer_ = std::make_unique<optim::Optimizer>(transformer_->parameters(), config_.optimizer);
    passes_ = std::make_unique<GradientPasses>(*transformer_, runtime_, config_.parallel_passes);
    open_rows();
  }

  TrainResult train() {
    if (begun_) load(*begun_);
    log_ =
        std::make_unique<io::EventLog>(fs::path(config_.out) / "events.jsonl", io::EventFields{{"step", state_.step}});
    scalars_ = std::make_unique<io::TensorboardWriter>(fs::path(config_.out) / "tensorboard");
    log_->write("run", {{"step", state_.step},
                        {"max_steps", config_.max_steps},
                        {"parameters", config_.model.num_parameters()},
                        {"threads", runtime_.num_threads()},
                        {"kernels", std::string(kernel_set_name(kernels_like(runtime_.kernel_set())))}});
    loop();
    return result_;
  }

 private:
  void prepare_config() {
    config_ = options_.config;
    if (config_.model.vocab_size == 0) config_.model.vocab_size = tokenizer_.vocab_size();
    if (config_.model.vocab_size < tokenizer_.vocab_size())
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("config: vocab_size {} is smaller than the tokenizer's {}", config_.model.vocab_size,
                              tokenizer_.vocab_size()),
                  options_.resume ? "the run was begun with another dataset: give that one with --data"
                                  : "leave vocab_size out: the dataset's tokenizer says it");
    config_.validate();
  }

  void open_rows() {
    data::PackingOptions packing{.context_length = config_.model.context_length,
                                 .seed = static_cast<uint64_t>(config_.seed),
                                 .use_loss_mask = config_.learn == "assistant",
                                 .token_text_bytes = data::token_text_bytes(tokenizer_)};
    train_rows_ = std::make_unique<data::PackedDataset>(
        std::make_shared<data::ShardSet>(dataset_.open_split(data::kTrainSplit)), packing);
    if (!dataset_.has_split(data::kValidationSplit)) return;
    packing.seed = 0;  // the same held-out rows for every run over this dataset
    held_out_rows_ = std::make_unique<data::PackedDataset>(
        std::make_shared<data::ShardSet>(dataset_.open_split(data::kValidationSplit)), packing);
  }

  void loop() {
    const Clock::time_point start = Clock::now();
    bool stop = false;
    if (state_.step == 0) {
      save();
    } else if (state_.step % config_.evaluate_every == 0) {
      stop = !evaluate();  // a checkpoint is saved before its own evaluation
    }
    while (!stop && state_.step < config_.max_steps) {
      const bool is_given_up = !train_one_step();
      const bool last = state_.step == config_.max_steps;
      stop = is_given_up || (!last && should_stop());
      const bool evaluate_now = last || (!stop && state_.step % config_.evaluate_every == 0);
      // Saved before evaluating; never amid bad updates, which a rollback has to get behind.
      const bool is_due = evaluate_now || state_.step % config_.checkpoint_every == 0;
      if ((stop && !is_saved_) || (is_due && state_.bad_steps_in_row == 0)) save();
      if (evaluate_now && !evaluate()) stop = true;
      if (last) save();  // so that the final state knows its own evaluation
      if (!stop && config_.sample_every > 0 && (last || state_.step % config_.sample_every == 0)) show_sample();
    }
    result_.interrupted = stop;
    log_->write(stop ? "interrupted" : "done", {{"step", state_.step}});
    result_.steps = state_.step;
    result_.train_seconds = seconds_since(start);
    if (state_.best_step >= 0) result_.best_bits_per_byte = state_.best_bits_per_byte;
    result_.num_parameters = config_.model.num_parameters();
  }

  struct PassSums {
    double loss = 0;
    int64_t targets = 0, bytes = 0;
  };

  /// Forward and backward over the rows of one update; gradients of the mean loss end up in the parameters' slots.
  /// Nothing where the update was given up; the state is then as before.
  std::optional<PassSums> accumulate_gradients() {
    const int64_t first_row = state_.next_row;
    std::vector<data::Batch> batches;
    PassSums sums;
    for (int64_t pass = 0; pass < config_.micro_batches(); ++pass) {
      const TraceScope traced(runtime_.trace(), TraceKind::kRegion, "read rows");
      batches.push_back(train_rows_->batch(state_.next_row, config_.micro_batch_rows));
      state_.next_row += config_.micro_batch_rows;
      sums.targets += batches.back().num_targets;
      sums.bytes += batches.back().num_target_bytes;
    }
    const float scale = 1.0f / static_cast<float>(std::max<int64_t>(sums.targets, 1));
    optimizer_->clear_gradients();
    const auto loss = passes_->run(
        batches, scale, {.seed = static_cast<uint64_t>(config_.seed), .step = static_cast<uint32_t>(state_.step)},
        [this](int64_t num_done) {
          if (observer_.on_pass) observer_.on_pass(state_.step + 1, num_done, config_.micro_batches());
          return !should_stop();
        });
    if (!loss) {
      state_.next_row = first_row;
      optimizer_->clear_gradients();
      return std::nullopt;
    }
    sums.loss = *loss;
    return sums;
  }

  bool should_stop() const { return observer_.should_stop && observer_.should_stop(); }

  /// False where the update was given up because the run is to stop.
  bool train_one_step() {
    const TraceScope traced(runtime_.trace(), TraceKind::kRegion, "step", state_.step + 1);
    const Clock::time_point start = Clock::now();
    const int64_t first_row = state_.next_row;
    const std::optional<PassSums> gathered = accumulate_gradients();
    if (!gathered) return false;
    const PassSums sums = *gathered;
    if (options_.after_backward) options_.after_backward(first_row, *transformer_);
    autograd::ExecutionContext context = runtime_.execution_context();
    const double norm = optimizer_->gradient_norm(context);
    const double lr = config_.schedule().lr_at(state_.step);
    StepReport report{
        .step = state_.step + 1,
        .max_steps = config_.max_steps,
        .loss = sums.loss / static_cast<double>(std::max<int64_t>(sums.targets, 1)),
        .bits_per_byte = sums.loss / std::numbers::ln2 / static_cast<double>(std::max<int64_t>(sums.bytes, 1)),
        .gradient_norm = norm,
        .lr = lr,
        .skipped = !std::isfinite(norm) || !std::isfinite(sums.loss)};
    if (!report.skipped) {
      const double clip = config_.grad_clip > 0 && norm > config_.grad_clip ? config_.grad_clip / norm : 1.0;
      optimizer_->step(context, lr, clip);
    }
    ++state_.step;
    is_saved_ = false;
    report.tokens_per_second = static_cast<double>(config_.batch_tokens) / seconds_since(start);
    report.peak_share =
        peak_share(report.tokens_per_second * config_.model.train_flops_per_token(config_.model.context_length));
    announce(report, first_row);
    state_.bad_steps_in_row = report.skipped ? state_.bad_steps_in_row + 1 : 0;
    if (state_.bad_steps_in_row >= config_.max_bad_steps) roll_back();
    return true;
  }

  /// No share above 1 is claimed: where a second look at the machine does not mend it either, the share is not known.
  double peak_share(double flops_per_second) {
    if (!options_.measure_peak_flops) return 0;
    constexpr int kMostMeasurements = 20;
    if (flops_per_second > peak_flops_ && num_peak_measurements_ < kMostMeasurements) {
      ++num_peak_measurements_;
      peak_flops_ = std::max(peak_flops_, options_.measure_peak_flops());
    }
    return flops_per_second <= peak_flops_ ? flops_per_second / peak_flops_ : 0;
  }

  void announce(const StepReport& report, int64_t first_row) {
    if (report.skipped) {
      say(fmt::format("step {}: loss {} or gradient norm {} is not finite; update skipped (rows {} to {})", report.step,
                      report.loss, report.gradient_norm, first_row, state_.next_row - 1));
      log_->write("skipped", {{"step", report.step}, {"loss", report.loss}, {"gradient_norm", report.gradient_norm}});
    } else if (report.step % config_.log_every == 0 || report.step == 1 || report.step == config_.max_steps) {
      io::EventFields fields{{"step", report.step},
                             {"loss", report.loss},
                             {"bits_per_byte", report.bits_per_byte},
                             {"gradient_norm", report.gradient_norm},
                             {"lr", report.lr},
                             {"tokens_per_second", report.tokens_per_second}};
      if (report.peak_share > 0) fields.emplace_back("peak_share", report.peak_share);
      log_->write("step", fields);
      const io::Scalar scalars[] = {{"train/loss", static_cast<float>(report.loss)},
                                    {"train/bits_per_byte", static_cast<float>(report.bits_per_byte)},
                                    {"train/gradient_norm", static_cast<float>(report.gradient_norm)},
                                    {"train/lr", static_cast<float>(report.lr)}};
      scalars_->write(report.step, wall_time_s(), scalars);
    }
    if (observer_.on_step) observer_.on_step(report);
  }

  /// Back to the last checkpoint's weights, but not to its place in the data: the rows that broke are passed over.
  void roll_back() {
    const int64_t bad_step = state_.step, next_row = state_.next_row, rollbacks = state_.rollbacks + 1;
    const auto checkpoint = io::newest_intact(config_.out, nullptr, good_step_);
    if (!checkpoint || rollbacks > kMaxRollbacks)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("train: loss or gradient is not finite again and again (step {}, {} rollbacks)", bad_step,
                              rollbacks - 1),
                  fmt::format("lower lr (now {}); the last good checkpoint is {}", config_.lr,
                              checkpoint ? checkpoint->folder.string() : "none"));
    load(*checkpoint);
    state_.next_row = next_row;
    state_.rollbacks = rollbacks;
    state_.bad_steps_in_row = 0;
    say(fmt::format("back to step {} after {} bad updates; data up to row {} is passed over", state_.step,
                    config_.max_bad_steps, next_row));
    log_->write("rolled_back", {{"from_step", bad_step}, {"to_step", state_.step}, {"next_row", next_row}});
  }

  void load(const io::Checkpoint& checkpoint) {
    require_same_run(checkpoint, config_, data_checksum(dataset_), kernels_like(runtime_.kernel_set()));
    const model::Architecture& architecture = model::find_architecture(config_.model.architecture);
    architecture.from_file(*transformer_, checkpoint.read_tensors("model.safetensors"));
    state_ = RunState::from_json(checkpoint.read_text("state.json"));
    optimizer_->load_state(checkpoint.read_tensors("optimizer.safetensors"), state_.optimizer_steps);
    result_.checkpoint = checkpoint.folder;
    good_step_ = checkpoint.step;
  }

  void save() {
    const TraceScope traced(runtime_.trace(), TraceKind::kRegion, "save checkpoint");
    state_.optimizer_steps = optimizer_->num_steps();
    io::CheckpointWriter writer(config_.out, state_.step);
    add_run_files(writer, config_, state_);
    model::add_model_files(writer, *transformer_, tokenizer_, special_tokens());
    writer.add_tensors("optimizer.safetensors", optimizer_->state());
    result_.checkpoint =
        writer.commit(lineage_json(config_, data_checksum(dataset_), kernels_like(runtime_.kernel_set())));
    const std::optional<int64_t> best = state_.best_step >= 0 ? std::optional(state_.best_step) : std::nullopt;
    put_aside_abandoned();
    io::prune(config_.out, state_.step, static_cast<int>(config_.keep_checkpoints), best);
    good_step_ = state_.step;
    is_saved_ = true;
    log_->write("checkpoint", {{"step", state_.step}, {"path", result_.checkpoint.string()}});
  }

  /// After the first save of a run that went back, the checkpoints that it went back behind are no longer its own.
  void put_aside_abandoned() {
    if (!begun_ || std::exchange(has_put_aside_, true)) return;
    const auto moved = io::put_aside_later(config_.out, begun_->step, state_.step);
    if (moved.empty()) return;
    say(fmt::format("the run went back to step {}: later checkpoints are put aside in '{}': {}", begun_->step,
                    io::put_aside_folder(config_.out).string(), fmt::join(moved, ", ")));
    log_->write("put_aside", {{"step", state_.step}, {"count", static_cast<int64_t>(moved.size())}});
  }

  /// False where it was given up because the run is to stop; the one at the end never is.
  bool evaluate() {
    if (!held_out_rows_) return true;
    eval::HeldOutLoss loss;
    try {
      loss = measure();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      return false;
    }
    const bool is_best = state_.best_step < 0 || loss.bits_per_byte < state_.best_bits_per_byte;
    is_saved_ = false;
    if (is_best) {
      state_.best_step = state_.step;
      state_.best_bits_per_byte = loss.bits_per_byte;
    }
    log_->write(
        "evaluation",
        {{"step", state_.step}, {"loss", loss.loss_nats}, {"bits_per_byte", loss.bits_per_byte}, {"is_best", is_best}});
    const io::Scalar scalars[] = {{"held_out/loss", static_cast<float>(loss.loss_nats)},
                                  {"held_out/bits_per_byte", static_cast<float>(loss.bits_per_byte)}};
    scalars_->write(state_.step, wall_time_s(), scalars);
    if (observer_.on_evaluation) observer_.on_evaluation(state_.step, loss, is_best);
    return true;
  }

  eval::HeldOutLoss measure() {
    const int64_t rows = std::min(config_.evaluate_rows, held_out_rows_->rows_in_epoch(0));
    return eval::held_out_loss(*transformer_, runtime_, *held_out_rows_, rows, config_.micro_batch_rows,
                               [this] { return state_.step < config_.max_steps && should_stop(); });
  }

  void show_sample() {
    const TraceScope traced(runtime_.trace(), TraceKind::kRegion, "sample text");
    const auto end = tokenizer_.special_id(data::kEndOfText);
    if (!end) return;
    infer::Session session(*transformer_, runtime_);
    infer::GenerateOptions generate{.sampling = {.seed = state_.step}, .max_tokens = 60, .stop_ids = {*end}};
    if (const auto end_of_turn = tokenizer_.special_id(data::kEndOfTurn)) generate.stop_ids.push_back(*end_of_turn);
    const std::vector<int32_t> prompt{*end};
    const std::string text = tokenizer_.decode(session.generate(prompt, generate).ids);
    log_->write("sample", {{"step", state_.step}, {"text", text}});
    if (observer_.on_sample) observer_.on_sample(state_.step, text);
  }

  void say(const std::string& message) {
    if (observer_.on_message) observer_.on_message(message);
  }

  const TrainOptions& options_;
  const autograd::Runtime& runtime_;
  const TrainObserver& observer_;
  RunConfig config_;
  data::Dataset dataset_;
  tokenizer::Tokenizer tokenizer_;
  std::unique_ptr<nn::Transformer> transformer_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<GradientPasses> passes_;
  std::unique_ptr<data::PackedDataset> train_rows_, held_out_rows_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<io::EventLog> log_;
  std::unique_ptr<io::TensorboardWriter> scalars_;
  std::optional<io::Checkpoint> begun_;  // where a resumed run goes on from
  RunState state_;
  bool is_saved_ = false;  // the state as it is now
  bool has_put_aside_ = false;
  int64_t good_step_ = 0;  // of the checkpoint last saved or loaded; later ones are not of this run
  TrainResult result_;
  double peak_flops_ = 0;
  int num_peak_measurements_ = 0;
};

}  // namespace

TrainResult pretrain(const TrainOptions& options, const autograd::Runtime& runtime, const TrainObserver& observer) {
  return Run(options, runtime, observer).train();
}

}  // namespace vitrine::train
