// vitrine bench serve: how fast the server writes parallel chats, beside the engine alone.
#include <algorithm>

#include "bench/machine_limits.h"
#include "bench/serving_speed.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "core/blocks.h"
#include "infer/engine.h"

namespace vitrine::cli {
namespace {

ReportReal milliseconds(double seconds) { return {seconds * 1e3, 1}; }

ReportValue rate_or_none(const std::optional<double>& value, int decimals) {
  return value ? ReportValue(ReportReal{*value, decimals}) : ReportValue(std::string("not available"));
}

Report::Row serving_row(const bench::ServingSpeed& speed) {
  return {speed.chats,
          speed.prompt_tokens,
          speed.tokens,
          ReportReal{speed.tokens_per_second, 1},
          rate_or_none(speed.engine_tokens_per_second, 1),
          rate_or_none(speed.share, 3),
          milliseconds(speed.first_token_p50_s),
          milliseconds(speed.first_token_p99_s),
          milliseconds(speed.gap_p50_s),
          milliseconds(speed.gap_p99_s)};
}

std::vector<bench::ServingSpeed> measure_own_server(const ParsedOptions& options, const bench::ServingPlan& plan,
                                                    Console& console) {
  // Two pools of threads, of which one rests while the other works: the server's and the engine's alone.
  const autograd::Runtime serving = make_runtime(options), alone = make_runtime(options);
  const auto given_cache = dtype_from_name(options.text("cache_type"));
  const model::LoadedModel model = load_model(options, console);
  const bench::EngineAlone engine{
      .transformer = *model.transformer,
      .runtime = alone,
      .cache_dtype = given_cache.value_or(infer::default_cache_dtype(*model.transformer, alone))};
  const bench::BenchServer server(model_path(options), serving, *std::max_element(plan.chats.begin(), plan.chats.end()),
                                  given_cache);
  console.note("measuring; other programs at work now make every figure smaller");
  return bench::measure_serving_speed(server.address(), plan, engine);
}

int run_bench_serve(const ParsedOptions& options) {
  Console console(options);
  const bench::ServingPlan plan{.chats = whole_numbers(options, "chats", 1),
                                .tokens = options.integer("tokens"),
                                .repetitions = static_cast<int>(options.integer("repetitions"))};
  if (plan.chats.empty()) throw UsageError("--chats: empty", "give at least one number, as in --chats 1,16");
  const std::string& address = options.text("address");
  const std::vector<bench::ServingSpeed> speeds =
      address.empty() ? measure_own_server(options, plan, console)
                      : bench::measure_serving_speed(bench::parse_server_address(address), plan, {});
  std::vector<Report::Row> rows;
  for (const bench::ServingSpeed& speed : speeds) rows.push_back(serving_row(speed));
  Report report;
  report.add("processor", bench::processor_name())
      .add("threads", int64_t{make_runtime(options).num_threads()})
      .add_table("serving",
                 {"chats", "prompt_tokens", "tokens", "tokens_per_second", "engine_tokens_per_second", "share",
                  "first_token_p50_ms", "first_token_p99_ms", "gap_p50_ms", "gap_p99_ms"},
                 std::move(rows));
  console.result(report);
  return kDone;
}

}  // namespace

Command bench_serve_command() {
  return {.name = "bench serve",
          .summary = "Time parallel chats over HTTP against the engine alone",
          .examples = {"vitrine bench serve -m model.gguf",
                       "vitrine bench serve --address http://127.0.0.1:8080 --chats 16 --json"},
          .options = {model_option(),
                      {.name = "address",
                       .help = "time a server that runs there, of any make with OpenAI's API, instead of one of ours",
                       .value_name = "URL"},
                      {.name = "chats",
                       .fallback = "1,4,16",
                       .help = "chats at once, with commas between",
                       .value_name = "LIST"},
                      cache_type_option(),
                      {.name = "tokens",
                       .kind = OptionKind::kInteger,
                       .fallback = "128",
                       .help = "tokens to write in each chat",
                       .min = 2,
                       .max = 1e6},
                      {.name = "repetitions",
                       .kind = OptionKind::kInteger,
                       .fallback = "3",
                       .help = "of each figure; their median counts",
                       .min = 1,
                       .max = 1000}},
          .run = run_bench_serve,
          .notes =
              "Starts a server in this process on a free port and has chats with it over HTTP, all at once, each on a "
              "connection of its own. tokens_per_second: generated in all chats, over the whole time from the first "
              "request to the end of the last answer, prompts included. engine_tokens_per_second: what bench infer "
              "gives for as many sequences behind prompts as long, prompts not included, measured in turns with the "
              "chats; share: of it. first_token: from a request to its first words. gap: between pieces of text."};
}

}  // namespace vitrine::cli
