// vitrine model quantize: a GGUF file of fewer bits, with what each tensor lost.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/text_measure.h"
#include "cli/user_text.h"
#include "model/gguf_types.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;
using model::GgufTensorReport;

/// Tensors of one type, added up.
struct TypeSum {
  int64_t tensors = 0, elements = 0, num_bytes = 0;
  double largest_relative = 0;
};

void add_summary(Report& report, const std::vector<GgufTensorReport>& tensors) {
  std::map<std::string, TypeSum> types;
  int64_t elements = 0, num_bytes = 0;
  for (const GgufTensorReport& tensor : tensors) {
    TypeSum& sum = types[std::string(dtype_name(tensor.to))];
    ++sum.tensors;
    sum.elements += tensor.shape.num_elements();
    sum.num_bytes += tensor.num_bytes;
    sum.largest_relative = std::max(sum.largest_relative, tensor.relative_error);
    elements += tensor.shape.num_elements();
    num_bytes += tensor.num_bytes;
  }
  report.add("parameters", elements)
      .add("bytes", num_bytes)
      .add("bits_per_parameter", ReportReal{8.0 * static_cast<double>(num_bytes) / static_cast<double>(elements), 2});
  std::vector<Report::Row> rows;
  for (const auto& [name, sum] : types)
    rows.push_back({name, sum.tensors, sum.elements, sum.num_bytes, ReportReal{100 * sum.largest_relative, 3}});
  report.add_table("types", {"type", "tensors", "parameters", "bytes", "largest_error_percent"}, std::move(rows));
}

void add_tensor_list(Report& report, const std::vector<GgufTensorReport>& tensors) {
  std::vector<Report::Row> rows;
  for (const GgufTensorReport& tensor : tensors)
    rows.push_back({tensor.name, std::string(dtype_name(tensor.from)), std::string(dtype_name(tensor.to)),
                    fmt::format("{}", fmt::join(tensor.shape.extents(), " x ")),
                    ReportReal{100 * tensor.relative_error, 3}, ReportReal{tensor.largest_error, 6}});
  report.add_table("tensor_list", {"name", "from", "to", "shape", "error_percent", "largest_error"}, std::move(rows));
}

/// What the new file's predictions lost against the model that it was made from.
void add_measure(Report& report, const ParsedOptions& options, const std::string& text, Console& console) {
  const model::LoadedModel before = load_model(options, console);
  const model::LoadedModel after = model::load_model(options.text("out"));
  const MeasuredText cut = cut_text(text, after, {});
  add_scores(report, measure_text(after, &before, make_runtime(options), cut, console));
}

int run_model_quantize(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  const fs::path out = options.text("out");
  require_new_file(out);
  const std::string text = options.given("measure") ? read_text_file(options.text("measure")) : "";
  const model::GgufTypeChoice& choice = model::find_gguf_type_choice(options.text("type"));
  const model::OpenedGgufSource opened = model::open_gguf_source(model_path(options));
  for (const std::string& loss : opened.losses) console.note(loss);
  ThreadPool pool(thread_count(options));
  const Pace pace;
  size_t done = 0;
  const auto go_on = [] { throw_if_stopped("nothing was written"); };
  const auto tell = [&](const GgufTensorReport& tensor) {
    const auto total = static_cast<double>(opened.source.tensors.size());
    ++done;
    console.progress(fmt::format("{} of {}  {}  {:.3f}% off  {}", done, opened.source.tensors.size(), tensor.name,
                                 100 * tensor.relative_error, pace.time_left(static_cast<double>(done), total)));
    go_on();
  };
  const auto tensors = model::write_gguf_model(out, opened.source, choice, pool, tell, go_on);
  console.clear_progress();
  Report report;
  report.add("out", out.string()).add("type", std::string(choice.name));
  add_summary(report, tensors);
  if (options.flag("tensors") || console.is_json()) add_tensor_list(report, tensors);
  report.add("seconds", ReportReal{pace.seconds(), 2});
  if (options.given("measure")) add_measure(report, options, text, console);
  console.result(report);
  return kDone;
}

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (const model::GgufTypeChoice& choice : model::gguf_type_choices()) names.emplace_back(choice.name);
  return names;
}

std::string type_notes() {
  std::string notes = "Types:";
  for (const model::GgufTypeChoice& choice : model::gguf_type_choices())
    notes += fmt::format("\n  {:<8} {}", choice.name, choice.help);
  return notes +
         "\nVectors stay f32, the head gets at least q6_k. Rows that do not fill blocks of 256 get a type with blocks "
         "of 32. An error is the root of the squared difference over the squared values.";
}

}  // namespace

Command model_quantize_command() {
  return {
      .name = "model quantize",
      .summary = "Write a model as GGUF in fewer bits and report what each tensor lost",
      .examples = {"vitrine model quantize -m runs/nano --type q8_0 --out nano.q8_0.gguf",
                   "vitrine model quantize -m llama-1b --type q4_k_m --out llama-1b.gguf --tensors"},
      .options = {model_option(),
                  {.name = "out", .help = "GGUF file to write", .required = true, .value_name = "FILE"},
                  {.name = "type", .fallback = "q8_0", .help = "element type, see below", .choices = type_names()},
                  {.name = "measure",
                   .help =
                       "measure perplexity and KL divergence against the model on this text, as eval perplexity does",
                   .value_name = "FILE"},
                  {.name = "tensors", .kind = OptionKind::kFlag, .help = "list every tensor"}},
      .run = run_model_quantize,
      .notes = type_notes()};
}

}  // namespace vitrine::cli
