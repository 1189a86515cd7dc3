// vitrine model info: what a model folder holds, without loading its weights.
#include <fmt/format.h>

#include <map>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "io/checkpoint.h"
#include "io/manifest.h"
#include "model/architecture.h"
#include "model/config_json.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

std::string part_of(const std::string& name) {
  const auto has = [&](const char* piece) { return name.find(piece) != std::string::npos; };
  if (has("embed") || has("wte") || has("wpe")) return "embeddings";
  if (has("norm") || has("ln_")) return "norms";
  if (has("attn")) return "attention";
  if (has("mlp")) return "feed-forward";
  return "head";
}

int64_t num_elements(const io::SafetensorsEntry& entry) {
  int64_t count = 1;
  for (const int64_t extent : entry.extents) count *= extent;
  return count;
}

void add_tensors(Report& report, const io::SafetensorsFile& file, bool list_all) {
  std::map<std::string, int64_t> parts;
  std::vector<Report::Row> rows;
  int64_t total = 0;
  for (const io::SafetensorsEntry& entry : file.entries()) {
    parts[part_of(entry.name)] += num_elements(entry);
    total += num_elements(entry);
    rows.push_back({entry.name, entry.dtype, fmt::format("{}", fmt::join(entry.extents, " x ")), num_elements(entry)});
  }
  report.add("parameters", total).add("tensors", static_cast<int64_t>(rows.size()));
  std::vector<Report::Row> part_rows;
  for (const auto& [part, count] : parts)
    part_rows.push_back({part, count, ReportReal{100 * static_cast<double>(count) / static_cast<double>(total), 1}});
  report.add_table("parts", {"part", "parameters", "percent"}, std::move(part_rows));
  if (list_all) report.add_table("tensor_list", {"name", "dtype", "shape", "elements"}, std::move(rows));
}

void add_config(Report& report, nn::TransformerConfig config) {
  std::vector<Report::Row> rows;
  const ConfigFields fields = config.fields();
  for (const ConfigField& field : fields) rows.push_back({field.name, field_text(field), field.help});
  report.add_json("config", fields_to_json(fields, -1));
  report.add_people_table("config", {"field", "value", "meaning"}, std::move(rows));
}

/// Where the weights come from, for checkpoints of runs.
void add_lineage(Report& report, const fs::path& folder) {
  if (!fs::exists(folder / io::kManifestName)) return;
  const io::Checkpoint checkpoint = io::open_checkpoint(folder);
  report.add("step", checkpoint.step).add_json("lineage", checkpoint.lineage_json);
  report.add_text("lineage  " + one_line(checkpoint.lineage_json));
}

int run(const ParsedOptions& options) {
  Console console(options);
  std::vector<std::string> refused;
  const fs::path folder = io::resolve_model_folder(options.text("model"), &refused);
  note_refused(console, refused, folder);
  const std::string config_text = read_file(folder / "config.json");
  const model::ConfigJson config_json(config_text);
  const model::Architecture& architecture = model::find_architecture(config_json.text_or("model_type", ""));
  Report report;
  report.add("folder", folder.string()).add("architecture", std::string(architecture.name));
  add_lineage(report, folder);
  if (fs::exists(folder / "tokenizer.json")) {
    const tokenizer::Tokenizer tokenizer = load_any_tokenizer(folder);
    report.add("tokenizer_entries", int64_t{tokenizer.vocab_size()})
        .add("pre_tokenizer", std::string(tokenizer.pre_tokenizer().name))
        .add("special_tokens", static_cast<int64_t>(tokenizer.special_tokens().size()));
  }
  add_tensors(report, io::SafetensorsFile(folder / "model.safetensors"), options.flag("tensors"));
  add_config(report, architecture.read_config(config_text));
  console.result(report);
  return kDone;
}

}  // namespace

Command model_info_command() {
  return {.name = "model info",
          .summary = "Show a model's config, parameters by part, tokenizer and lineage",
          .examples = {"vitrine model info -m runs/nano", "vitrine model info -m runs/nano --tensors --json"},
          .options = {model_option(), {.name = "tensors", .kind = OptionKind::kFlag, .help = "list every tensor"}},
          .run = run};
}

}  // namespace vitrine::cli
