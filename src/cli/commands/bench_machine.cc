// vitrine bench machine: what this machine can do at most.
#include "bench/machine_limits.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/trace_session.h"

namespace vitrine::cli {
namespace {

void add_optional(Report& report, const char* name, const std::optional<double>& value, int decimals = 1) {
  if (value) {
    report.add(name, ReportReal{*value, decimals});
  } else {
    report.add(name, std::string("not available"));
  }
}

int run_bench_machine(const ParsedOptions& options) {
  Console console(options);
  console.note("measuring; other programs at work now make every figure smaller");
  const bench::MachineLimits limits = bench::measure_machine_limits(
      static_cast<int>(options.integer("threads")), 0.1, static_cast<int>(options.integer("samples")), active_trace());
  Report report;
  report.add("processor", limits.processor).add("threads", int64_t{limits.num_threads});
  add_optional(report, "clock_ghz", limits.clock_ghz, 2);
  report.add("processors_present", ReportReal{limits.processors_present, 2})
      .add("f32_gflops", ReportReal{limits.f32_gflops, 1});
  add_optional(report, "f32_256_bit_gflops", limits.f32_256_gflops);
  add_optional(report, "f32_512_bit_gflops", limits.f32_512_gflops);
  add_optional(report, "bf16_gflops", limits.bf16_gflops);
  add_optional(report, "int8_gops", limits.int8_gops);
  report.add("int8_instruction", limits.int8_instruction.empty() ? "not available" : limits.int8_instruction);
  add_optional(report, "amx_bf16_gflops", limits.amx_bf16_gflops);
  add_optional(report, "amx_int8_gops", limits.amx_int8_gops);
  report.add("read_gb_per_second", ReportReal{limits.read_gbps, 1});
  console.result(report);
  return kDone;
}

}  // namespace

Command bench_machine_command() {
  return {.name = "bench machine",
          .summary = "Measure the machine's limits: f32, bf16 and int8 peak, clock, read bandwidth",
          .examples = {"vitrine bench machine", "vitrine bench machine --threads 1 --json"},
          .options = {{.name = "samples",
                       .kind = OptionKind::kInteger,
                       .fallback = "9",
                       .help = "samples of each figure; their median counts",
                       .min = 1,
                       .max = 1000}},
          .run = run_bench_machine};
}

}  // namespace vitrine::cli
