// vitrine bench infer: how fast a model reads a prompt and writes tokens, against the machine's limits.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "bench/inference_speed.h"
#include "bench/machine_limits.h"
#include "bench/start_speed.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "core/blocks.h"
#include "infer/engine.h"

namespace vitrine::cli {
namespace {

ReportValue share(double value, std::optional<double> limit) {
  if (!limit) return std::string("not available");
  return ReportReal{value / *limit, 3};
}

Report::Row inference_row(const bench::InferenceSpeed& speed, const bench::MachineLimits& limits) {
  const double read_gbps = speed.bytes_per_token * speed.tokens_per_second / 1e9;
  const double gops = speed.operations_per_token * speed.tokens_per_second / 1e9;
  return {std::string(speed.writes ? "decode" : "prefill"),
          speed.batch,
          speed.context,
          speed.tokens,
          ReportReal{speed.tokens_per_second, 1},
          ReportReal{1e3 / speed.tokens_per_second, 3},
          ReportReal{speed.bytes_per_token / 1e6, 2},
          ReportReal{read_gbps, 2},
          ReportReal{speed.read_gbps, 1},
          ReportReal{read_gbps / speed.read_gbps, 3},
          ReportReal{gops, 1},
          share(gops, limits.int8_gops),
          share(gops, limits.amx_int8_gops),
          share(gops, limits.bf16_gflops),
          share(gops, limits.f32_gflops)};
}

/// What programs and what people call the columns of inference_row().
constexpr std::pair<const char*, const char*> kColumns[] = {{"phase", "phase"},
                                                            {"batch", "batch"},
                                                            {"context", "context"},
                                                            {"tokens", "tokens"},
                                                            {"tokens_per_second", "tok/s"},
                                                            {"ms_per_token", "ms/tok"},
                                                            {"mb_per_token", "MB/tok"},
                                                            {"gb_per_second", "GB/s"},
                                                            {"read_gb_per_second", "of GB/s"},
                                                            {"read_share", "share"},
                                                            {"gops_per_second", "Gop/s"},
                                                            {"int8_share", "int8"},
                                                            {"amx_int8_share", "amx8"},
                                                            {"bf16_share", "bf16"},
                                                            {"f32_share", "f32"}};
constexpr const char* kLegend =
    "  tok/s: all sequences together; MB/tok, GB/s: weights and cache that are read, of the GB/s that the machine "
    "can;\n"
    "  Gop/s: products with weights; int8, amx8, bf16, f32: their share of the peaks above, where the machine has one.";

/// People see no column of a peak that the machine does not have.
void add_inference(Report& report, std::vector<Report::Row> rows) {
  std::vector<std::string> names, shown;
  std::vector<Report::Row> shown_rows(rows.size());
  for (size_t i = 0; i < std::size(kColumns); ++i) {
    names.emplace_back(kColumns[i].first);
    if (i > 0 && !rows.empty() && std::holds_alternative<std::string>(rows.front()[i])) continue;
    shown.emplace_back(kColumns[i].second);
    for (size_t row = 0; row < rows.size(); ++row) shown_rows[row].push_back(rows[row][i]);
  }
  report.add_people_table("inference", std::move(shown), std::move(shown_rows)).add_text(kLegend);
  report.add_program_table("inference", std::move(names), std::move(rows));
}

ReportValue peak(std::optional<double> value) {
  return value ? ReportValue(ReportReal{*value, 1}) : ReportValue(std::string("not available"));
}

ReportReal reported_megabytes(int64_t bytes) { return {static_cast<double>(bytes) / 1e6, 1}; }

/// Memory is held against the file and the cache together.
void add_start(Report& report, const bench::StartFigures& start) {
  report.add_table("start",
                   {"prompt", "loading_begun_s", "loaded_s", "first_token_s", "file_mb", "cache_mb", "resident_mb",
                    "peak_resident_mb", "resident_share"},
                   {{start.prompt_tokens, ReportReal{start.begun_seconds, 2}, ReportReal{start.loaded_seconds, 2},
                     ReportReal{start.first_token_seconds, 2}, reported_megabytes(start.file_bytes),
                     reported_megabytes(start.cache_bytes), reported_megabytes(start.resident_bytes),
                     reported_megabytes(start.peak_resident_bytes),
                     ReportReal{static_cast<double>(start.resident_bytes) /
                                    static_cast<double>(start.file_bytes + start.cache_bytes),
                                3}}});
}

/// A text that repeats itself, and so will what a model writes behind it.
std::vector<int32_t> repeating_prompt(const model::LoadedModel& model) {
  constexpr std::string_view kPassage =
      "The keeper of the lighthouse wrote down the weather each morning: the wind, the height of the waves, and the "
      "ships that passed. On Sundays he painted the railing and read the letters that his sister had sent.\n\n";
  std::vector<int32_t> ids = model.text_start;
  for (int i = 0; i < 4; ++i) model.tokenizer.encode_append(kPassage, ids);
  return ids;
}

void add_lookup(Report& report, const bench::LookupSpeed& speed) {
  report.add_table(
      "lookup",
      {"prompt", "tokens", "drafted", "accepted", "plain_tokens_per_second", "lookup_tokens_per_second", "ratio"},
      {{speed.prompt_tokens, speed.tokens, speed.drafted_tokens, speed.accepted_tokens,
        ReportReal{speed.plain_tokens_per_second, 1}, ReportReal{speed.lookup_tokens_per_second, 1},
        ReportReal{speed.lookup_tokens_per_second / speed.plain_tokens_per_second, 2}}});
}

/// The rows that are finished, and where the measurement stands.
class Progress {
 public:
  Progress(Console& console, const bench::MachineLimits& limits) : console_(console), limits_(limits) {}

  bench::InferenceObserver observer() {
    return {.on_begin = [this](const bench::InferenceSpeed& row, size_t number,
                               size_t count) { show_begin(row, number, count); },
            .on_row = [this](const bench::InferenceSpeed& row) { rows_.push_back(inference_row(row, limits_)); },
            .should_stop = [] { return stop_requested(); }};
  }
  size_t num_rows() const { return rows_.size(); }
  std::vector<Report::Row> take_rows() { return std::move(rows_); }

 private:
  void show_begin(const bench::InferenceSpeed& row, size_t number, size_t count) {
    console_.progress(fmt::format("row {} of {}: {}  batch {}  {} {}", number, count, row.writes ? "decode" : "prefill",
                                  row.batch, row.writes ? "context" : "prompt", row.writes ? row.context : row.tokens),
                      /*is_due=*/true);
  }

  Console& console_;
  const bench::MachineLimits& limits_;
  std::vector<Report::Row> rows_;
};

int run_bench_infer(const ParsedOptions& options) {
  Console console(options);
  bench::InferencePlan plan{.prompts = whole_numbers(options, "prompts", 1),
                            .contexts = whole_numbers(options, "contexts", 0),
                            .batches = whole_numbers(options, "batches", 1),
                            .tokens = options.integer("tokens"),
                            .repetitions = static_cast<int>(options.integer("repetitions"))};
  if (plan.batches.empty()) throw UsageError("--batches: empty", "give at least one number, as in --batches 1,16");
  const autograd::Runtime runtime = make_runtime(options);
  const auto cache_dtype = dtype_from_name(options.text("cache_type"));
  const bench::Start start = bench::measure_start(model_path(options), runtime, 16, cache_dtype);
  nn::Transformer& transformer = *start.model.transformer;
  plan.cache_dtype = cache_dtype.value_or(infer::default_cache_dtype(transformer, runtime));
  console.note("measuring; other programs at work now make every figure smaller");
  const bench::MachineLimits limits = bench::measure_machine_limits(runtime.num_threads(), 0.05, 3, runtime.trace());
  Progress progress(console, limits);
  const bench::InferenceObserver observer = progress.observer();
  const StopSignals signals;
  std::optional<bench::LookupSpeed> lookup;
  try {
    bench::measure_inference_speed(transformer, runtime, plan, observer);
    if (options.flag("lookup")) {
      console.progress("look-up", /*is_due=*/true);
      lookup = bench::measure_lookup_speed(transformer, runtime, repeating_prompt(start.model), plan.repetitions,
                                           plan.cache_dtype, observer);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted || progress.num_rows() == 0) throw;
  }
  console.clear_progress();
  const bench::InferenceWork work = bench::inference_work(transformer, plan.cache_dtype);
  Report report;
  report.add("processor", limits.processor)
      .add("kernels", std::string(kernel_set_name(runtime.kernel_set())))
      .add("precision", options.text("precision"))
      .add("cache", std::string(dtype_name(plan.cache_dtype)))
      .add("threads", int64_t{runtime.num_threads()})
      .add("weights", work.block_weights + work.head_weights)
      .add("weight_bytes", work.weight_bytes)
      .add("int8_gops", peak(limits.int8_gops))
      .add("int8_instruction", limits.int8_instruction.empty() ? "not available" : limits.int8_instruction)
      .add("amx_int8_gops", peak(limits.amx_int8_gops))
      .add("bf16_gflops", peak(limits.bf16_gflops))
      .add("amx_bf16_gflops", peak(limits.amx_bf16_gflops))
      .add("f32_gflops", peak(limits.f32_gflops));
  add_inference(report, progress.take_rows());
  add_start(report, start.figures);
  if (lookup) add_lookup(report, *lookup);
  console.result(report);
  if (!stop_requested()) return kDone;
  console.note("interrupted: what was finished until then is shown");
  return kInterruptedStatus;
}

}  // namespace

Command bench_infer_command() {
  return {
      .name = "bench infer",
      .summary = "Time reading a prompt and writing tokens, against the machine's bandwidth and peak",
      .examples = {"vitrine bench infer -m model.gguf",
                   "vitrine bench infer -m model.gguf --batches 1 --prompts '' --contexts 4096 --lookup --json"},
      .options = {model_option(),
                  {.name = "prompts",
                   .fallback = "512",
                   .help = "lengths of prompts to read, with commas between; empty: none",
                   .value_name = "LIST"},
                  {.name = "contexts",
                   .fallback = "128,4096",
                   .help = "tokens in the cache before writing, with commas between; empty: none",
                   .value_name = "LIST"},
                  {.name = "batches",
                   .fallback = "1,4,16",
                   .help = "sequences at once, with commas between",
                   .value_name = "LIST"},
                  cache_type_option(),
                  {.name = "lookup",
                   .kind = OptionKind::kFlag,
                   .help = "time writing behind a prompt that repeats itself, with and without prompt look-up"},
                  {.name = "tokens",
                   .kind = OptionKind::kInteger,
                   .fallback = "32",
                   .help = "tokens to write in each sequence",
                   .min = 1,
                   .max = 1e6},
                  {.name = "repetitions",
                   .kind = OptionKind::kInteger,
                   .fallback = "3",
                   .help = "of each figure; their median counts",
                   .min = 1,
                   .max = 1000}},
      .run = run_bench_infer,
      .notes =
          "Through the engine that serves: batch counts sequences at once, tok/s (with --json tokens_per_second) all "
          "of them. "
          "Prompts and contexts that do not fit the model are passed over. MB/tok (mb_per_token): weights, once for "
          "each pass, and keys and values of the cache that a token reads. of GB/s (read_gb_per_second): from memory "
          "far larger than the caches, measured before and after each repetition. Shares of a peak count the "
          "products with weights alone. start: seconds since the process was started, until the first token "
          "behind a prompt of 16; resident memory as a share of the model's file and the cache. With its defaults "
          "it reads about 110,000 tokens: some minutes for 100 million parameters on a few cores, and longer in "
          "proportion; '--repetitions 1', or shorter --contexts and smaller --batches, take less. Ctrl-C ends it "
          "with the rows that are finished, and status 130."};
}

}  // namespace vitrine::cli
