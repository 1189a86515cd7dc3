// vitrine bench train: speed of whole training steps at the shapes that figures are quoted for.
#include <fmt/format.h>

#include "bench/machine_limits.h"
#include "bench/train_speed.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"

namespace vitrine::cli {
namespace {

std::vector<std::string> shape_names() {
  std::vector<std::string> names;
  for (const bench::TrainShape& shape : bench::train_shapes()) names.push_back(shape.name);
  return names;
}

/// The peak is taken right before and right after the steps, since a shared machine's clock moves.
Report::Row training_row(const bench::TrainSpeed& speed, double peak_gflops) {
  const auto milliseconds = [](double seconds) { return ReportReal{1e3 * seconds, 1}; };
  return {speed.name,
          speed.num_parameters,
          ReportReal{speed.tokens_per_second, 1},
          ReportReal{speed.flops_per_second / 1e9, 1},
          ReportReal{peak_gflops, 1},
          ReportReal{speed.flops_per_second / 1e9 / peak_gflops, 3},
          milliseconds(speed.step_seconds),
          milliseconds(speed.forward_seconds),
          milliseconds(speed.backward_seconds),
          milliseconds(speed.optimizer_seconds),
          ReportReal{static_cast<double>(speed.peak_memory_bytes) / 1e6, 0},
          ReportReal{static_cast<double>(speed.fixed_memory_bytes) / 1e6, 0}};
}

double peak_gflops(const autograd::Runtime& runtime) {
  return bench::measure_f32_gflops(runtime.num_threads(), 0.05, 5, runtime.trace());
}

int run_bench_train(const ParsedOptions& options) {
  Console console(options);
  const autograd::Runtime runtime = make_runtime(options);
  std::vector<Report::Row> rows;
  for (const bench::TrainShape& shape : bench::train_shapes()) {
    if (options.given("shape") && options.text("shape") != shape.name) continue;
    console.note(fmt::format("timing {} updates of {} rows of {} tokens at shape '{}'", options.integer("steps"),
                             shape.rows, shape.context_length, shape.name));
    const double before = peak_gflops(runtime);
    const bench::TrainSpeed speed = bench::measure_train_speed(shape, runtime, options.text("optimizer"),
                                                               static_cast<int>(options.integer("steps")));
    rows.push_back(training_row(speed, (before + peak_gflops(runtime)) / 2));
  }
  console.result(
      Report()
          .add("kernels", std::string(kernel_set_name(runtime.kernel_set())))
          .add("threads", int64_t{runtime.num_threads()})
          .add("optimizer", options.text("optimizer"))
          .add_table("training",
                     {"shape", "parameters", "tokens_per_second", "gflops_per_second", "f32_peak_gflops", "peak_share",
                      "step_ms", "forward_ms", "backward_ms", "optimizer_ms", "peak_memory_mb", "fixed_memory_mb"},
                     std::move(rows)));
  return kDone;
}

}  // namespace

Command bench_train_command() {
  return {.name = "bench train",
          .summary = "Time whole training steps at the shapes that figures are quoted for",
          .examples = {"vitrine bench train --shape 124m --steps 5"},
          .options = {{.name = "shape", .help = "only this shape", .choices = shape_names()},
                      {.name = "steps",
                       .kind = OptionKind::kInteger,
                       .fallback = "5",
                       .help = "updates to time; their median counts",
                       .min = 1,
                       .max = 1e6},
                      {.name = "optimizer",
                       .fallback = "adamw",
                       .help = "update rule of matrices",
                       .choices = {"adamw", "muon"}}},
          .run = run_bench_train};
}

}  // namespace vitrine::cli
