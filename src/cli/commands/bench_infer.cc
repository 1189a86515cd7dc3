// vitrine bench infer: how fast a model reads a prompt and writes tokens, against the machine's limits.
#include <fmt/format.h>

#include <charconv>

#include "bench/inference_speed.h"
#include "bench/machine_limits.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "model/model_folder.h"

namespace vitrine::cli {
namespace {

/// "128,512": whole numbers between commas. Errors: UsageError.
std::vector<int64_t> numbers(const ParsedOptions& options, const std::string& name, int64_t least) {
  const std::string& text = options.text(name);
  std::vector<int64_t> values;
  for (size_t begin = 0; begin <= text.size() && !text.empty();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    int64_t value = 0;
    const auto [stop, problem] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (problem != std::errc() || stop != text.data() + end || value < least || value > 1'000'000)
      throw UsageError(fmt::format("--{}: not a list of whole numbers from {} on (got '{}')", name, least, text),
                       fmt::format("give numbers and commas, as in --{} 128,512", name));
    values.push_back(value);
    begin = end + 1;
  }
  return values;
}

ReportValue share(double value, std::optional<double> limit) {
  if (!limit) return std::string("not available");
  return ReportReal{value / *limit, 3};
}

Report::Row speed_row(const bench::InferenceSpeed& speed, const bench::MachineLimits& limits) {
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

int run(const ParsedOptions& options) {
  Console console(options);
  const bench::InferencePlan plan{.prompts = numbers(options, "prompts", 1),
                                  .contexts = numbers(options, "contexts", 0),
                                  .tokens = options.integer("tokens"),
                                  .repetitions = static_cast<int>(options.integer("repetitions"))};
  const autograd::Runtime runtime = make_runtime(options);
  const auto transformer = model::load_transformer(model_path(options));
  console.note("measuring; other programs at work now make every figure smaller");
  const bench::MachineLimits limits =
      bench::measure_machine_limits(runtime.num_threads(), 0.05, 3, runtime.trace());
  std::vector<Report::Row> rows;
  for (const bench::InferenceSpeed& speed : bench::measure_inference_speed(*transformer, runtime, plan))
    rows.push_back(speed_row(speed, limits));
  const bench::InferenceWork work = bench::inference_work(*transformer);
  const auto peak = [](std::optional<double> value) {
    return value ? ReportValue(ReportReal{*value, 1}) : ReportValue(std::string("not available"));
  };
  console.result(Report()
                     .add("processor", limits.processor)
                     .add("kernels", std::string(kernel_set_name(runtime.kernel_set())))
                     .add("precision", options.text("precision"))
                     .add("threads", int64_t{runtime.num_threads()})
                     .add("weights", work.block_weights + work.head_weights)
                     .add("weight_bytes", work.weight_bytes)
                     .add("int8_gops", peak(limits.int8_gops))
                     .add("int8_instruction", limits.int8_instruction.empty() ? "not available" : limits.int8_instruction)
                     .add("amx_int8_gops", peak(limits.amx_int8_gops))
                     .add("bf16_gflops", peak(limits.bf16_gflops))
                     .add("amx_bf16_gflops", peak(limits.amx_bf16_gflops))
                     .add("f32_gflops", peak(limits.f32_gflops))
                     .add_table("inference",
                                {"phase", "batch", "context", "tokens", "tokens_per_second", "ms_per_token",
                                 "mb_per_token", "gb_per_second", "read_gb_per_second", "read_share",
                                 "gops_per_second", "int8_share", "amx_int8_share", "bf16_share", "f32_share"},
                                std::move(rows)));
  return kDone;
}

}  // namespace

Command bench_infer_command() {
  return {.name = "bench infer",
          .summary = "Time reading a prompt and writing tokens, against the machine's bandwidth and peak",
          .examples = {"vitrine bench infer -m model.gguf",
                       "vitrine bench infer -m model.gguf --prompts 512 --contexts 128,4096 --tokens 32 --json"},
          .options = {model_option(),
                      {.name = "prompts",
                       .fallback = "512",
                       .help = "lengths of prompts to read, with commas between; empty: none",
                       .value_name = "LIST"},
                      {.name = "contexts",
                       .fallback = "0,512",
                       .help = "tokens in the cache before writing, with commas between; empty: none",
                       .value_name = "LIST"},
                      {.name = "tokens",
                       .kind = OptionKind::kInteger,
                       .fallback = "64",
                       .help = "tokens to write",
                       .min = 1,
                       .max = 1e6},
                      {.name = "repetitions",
                       .kind = OptionKind::kInteger,
                       .fallback = "3",
                       .help = "of each figure; their median counts",
                       .min = 1,
                       .max = 1000}},
          .run = run,
          .notes = "mb_per_token: weights, and keys and values of the cache, that a token reads (a prompt reads the "
                   "weights once). read_gb_per_second: from memory far larger than the caches, measured before and "
                   "after each repetition. Shares of a peak count the products with weights alone."};
}

}  // namespace vitrine::cli
