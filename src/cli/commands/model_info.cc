// vitrine model info: what a model folder or a GGUF file holds, without loading its weights.
#include <fmt/format.h>

#include <map>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "io/checkpoint.h"
#include "io/gguf_reader.h"
#include "io/manifest.h"
#include "io/safetensors_folder.h"
#include "model/architecture.h"
#include "model/config_json.h"
#include "model/gguf_config.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"
#include "model/model_folder.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

std::string part_of(const std::string& name) {
  const auto has = [&](const char* piece) { return name.find(piece) != std::string::npos; };
  if (has("embd") || has("embed") || has("wte") || has("wpe")) return "embeddings";
  if (has("norm") || has("ln_")) return "norms";
  if (has("attn")) return "attention";
  if (has("mlp") || has("ffn")) return "feed-forward";
  return "head";
}

/// One tensor of a file of either kind.
struct TensorLine {
  std::string name, dtype;
  std::vector<int64_t> extents;

  int64_t num_elements() const {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    return count;
  }
};

void add_tensors(Report& report, const std::vector<TensorLine>& tensors, bool list_all) {
  std::map<std::string, int64_t> parts, types;
  std::vector<Report::Row> rows;
  int64_t total = 0;
  for (const TensorLine& tensor : tensors) {
    parts[part_of(tensor.name)] += tensor.num_elements();
    types[tensor.dtype] += tensor.num_elements();
    total += tensor.num_elements();
    rows.push_back(
        {tensor.name, tensor.dtype, fmt::format("{}", fmt::join(tensor.extents, " x ")), tensor.num_elements()});
  }
  report.add("parameters", total).add("tensors", static_cast<int64_t>(rows.size()));
  const auto shares = [&](const std::map<std::string, int64_t>& counts) {
    std::vector<Report::Row> share_rows;
    for (const auto& [name, count] : counts)
      share_rows.push_back(
          {name, count,
           ReportReal{100 * static_cast<double>(count) / static_cast<double>(std::max<int64_t>(total, 1)), 1}});
    return share_rows;
  };
  report.add_table("parts", {"part", "parameters", "percent"}, shares(parts));
  report.add_table("types", {"type", "parameters", "percent"}, shares(types));
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

void add_tokenizer(Report& report, const tokenizer::Tokenizer& tokenizer) {
  report.add("tokenizer_entries", int64_t{tokenizer.vocab_size()})
      .add("pre_tokenizer", tokenizer.pre_tokenizer_name())
      .add("special_tokens", static_cast<int64_t>(tokenizer.special_tokens().size()));
}

void describe_folder(Report& report, const fs::path& folder, bool list_all) {
  const std::string config_text = read_file(folder / "config.json");
  const model::ConfigJson config_json(config_text);
  const model::Architecture& architecture = model::find_architecture(config_json.text_or("model_type", ""));
  report.add("folder", folder.string()).add("architecture", std::string(architecture.name));
  add_lineage(report, folder);
  if (fs::exists(folder / "tokenizer.json")) add_tokenizer(report, load_any_tokenizer(folder));
  const io::SafetensorsFolder weights(folder);
  std::vector<TensorLine> tensors;
  for (const io::SafetensorsEntry* entry : weights.entries())
    tensors.push_back({entry->name, entry->dtype, entry->extents});
  add_tensors(report, tensors, list_all);
  add_config(report, architecture.read_config(config_text));
}

/// What a file says of its vocabulary; the tokenizer itself may be one that this build does not know.
void add_vocabulary(Report& report, const io::GgufMetadata& metadata) {
  if (!model::has_gguf_vocabulary(metadata)) return;
  const tokenizer::GgufVocabulary vocabulary = model::read_gguf_vocabulary(metadata);
  report.add("tokenizer_entries", static_cast<int64_t>(vocabulary.tokens.size()))
      .add("tokenizer_model", one_line(vocabulary.model))
      .add("pre_tokenizer", one_line(vocabulary.pre));
}

void describe_gguf(Report& report, const fs::path& path, bool list_all) {
  const io::GgufFile file(path);
  const model::Architecture& architecture = model::gguf_architecture(file.metadata());
  report.add("file", path.string())
      .add("architecture", std::string(architecture.name))
      .add("gguf_version", int64_t{file.header().version});
  add_vocabulary(report, file.metadata());
  std::vector<TensorLine> tensors;
  for (const io::GgufTensor& tensor : file.tensors()) {
    const auto extents = tensor.shape.extents();
    tensors.push_back({tensor.name, std::string(tensor.type->name), {extents.begin(), extents.end()}});
  }
  add_tensors(report, tensors, list_all);
  add_config(report, model::read_gguf_config(file));
  std::vector<Report::Row> rows;
  for (const auto& [key, value] : file.metadata().entries())
    rows.push_back({one_line(key), one_line(io::gguf_value_text(value))});
  report.add_table("metadata", {"key", "value"}, std::move(rows));
}

int run(const ParsedOptions& options) {
  Console console(options);
  const fs::path path = options.text("model");
  Report report;
  if (model::is_gguf_path(path)) {
    describe_gguf(report, path, options.flag("tensors"));
  } else {
    std::vector<std::string> refused;
    const fs::path folder = io::resolve_model_folder(path, &refused);
    note_refused(console, refused, folder);
    describe_folder(report, folder, options.flag("tensors"));
  }
  console.result(report);
  return kDone;
}

}  // namespace

Command model_info_command() {
  return {.name = "model info",
          .summary = "Show a model's config, parameters by part, tokenizer and lineage",
          .examples = {"vitrine model info -m runs/nano", "vitrine model info -m model.gguf --tensors --json"},
          .options = {model_option(), {.name = "tensors", .kind = OptionKind::kFlag, .help = "list every tensor"}},
          .run = run};
}

}  // namespace vitrine::cli
