// vitrine model info: what a model folder or a GGUF file holds, without loading its weights.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "core/blocks.h"
#include "io/checkpoint.h"
#include "io/gguf_reader.h"
#include "io/manifest.h"
#include "io/safetensors_folder.h"
#include "model/architecture.h"
#include "model/config_json.h"
#include "model/gguf_config.h"
#include "model/gguf_model.h"
#include "model/gguf_vocabulary.h"
#include "model/model_card.h"
#include "model/model_folder.h"
#include "model/tensor_check.h"
#include "train/run_files.h"

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
  int64_t num_bytes = 0;

  int64_t num_elements() const {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    return count;
  }
};

/// Tensors that belong together, added up.
struct TensorSum {
  int64_t tensors = 0, elements = 0, num_bytes = 0;

  void add(const TensorLine& tensor) {
    ++tensors;
    elements += tensor.num_elements();
    num_bytes += tensor.num_bytes;
  }
};

ReportReal percent_of(int64_t part, int64_t total) {
  return {100 * static_cast<double>(part) / static_cast<double>(std::max<int64_t>(total, 1)), 1};
}

ReportReal bits_per_element(const TensorSum& sum) {
  return {8.0 * static_cast<double>(sum.num_bytes) / static_cast<double>(std::max<int64_t>(sum.elements, 1)), 2};
}

void add_tensors(Report& report, const std::vector<TensorLine>& tensors, bool list_all) {
  std::map<std::pair<std::string, std::string>, TensorSum> parts;
  std::map<std::string, TensorSum> types;
  TensorSum total;
  std::vector<Report::Row> part_rows, type_rows, tensor_rows;
  for (const TensorLine& tensor : tensors) {
    parts[{part_of(tensor.name), tensor.dtype}].add(tensor);
    types[tensor.dtype].add(tensor);
    total.add(tensor);
    tensor_rows.push_back({one_line(tensor.name), tensor.dtype, fmt::format("{}", fmt::join(tensor.extents, " x ")),
                           tensor.num_elements(), tensor.num_bytes});
  }
  for (const auto& [key, sum] : parts)
    part_rows.push_back(
        {key.first, key.second, sum.tensors, sum.elements, percent_of(sum.elements, total.elements), sum.num_bytes});
  for (const auto& [type, sum] : types)
    type_rows.push_back({type, sum.tensors, sum.elements, percent_of(sum.elements, total.elements), sum.num_bytes,
                         bits_per_element(sum)});
  report.add("parameters", total.elements)
      .add("tensors", total.tensors)
      .add("bytes", total.num_bytes)
      .add("bits_per_parameter", bits_per_element(total));
  report.add_table("parts", {"part", "type", "tensors", "parameters", "percent", "bytes"}, std::move(part_rows));
  report.add_table("types", {"type", "tensors", "parameters", "percent", "bytes", "bits_per_parameter"},
                   std::move(type_rows));
  if (list_all)
    report.add_table("tensor_list", {"name", "dtype", "shape", "elements", "bytes"}, std::move(tensor_rows));
}

/// A number that is NaN or infinite: an element, or where it lies in blocks, a block.
struct BadNumber {
  std::string tensor;
  int64_t at = 0;
  bool is_block = false;
};

/// Looks at every weight. `find(i)` gives the first bad number of tensor i, or -1; `is_in_blocks(i)` what it counts.
std::vector<BadNumber> bad_numbers(const std::vector<TensorLine>& tensors, const std::function<int64_t(size_t)>& find,
                                   const std::function<bool(size_t)>& is_in_blocks) {
  std::vector<BadNumber> bad;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (const int64_t at = find(i); at >= 0) bad.push_back({tensors[i].name, at, is_in_blocks(i)});
  }
  return bad;
}

/// Returns false where there is one.
bool add_tensor_faults(Report& report, const std::vector<model::TensorFault>& faults) {
  report.add("all_tensors_as_expected", faults.empty());
  std::vector<Report::Row> rows;
  for (const model::TensorFault& fault : faults)
    rows.push_back(
        {one_line(fault.tensor), std::string(model::tensor_fault_name(fault.kind)), fault.got, fault.expected});
  if (!rows.empty()) report.add_table("tensor_faults", {"tensor", "fault", "got", "expected"}, std::move(rows));
  return faults.empty();
}

/// The same of what stands beside the weights.
bool add_text_fault(Report& report, const fs::path& path, int64_t vocab_size) {
  std::string fault;
  try {
    model::check_texts(path, vocab_size);
  } catch (const Error& error) {
    fault = one_line(error.message());
  }
  report.add("all_texts_as_expected", fault.empty());
  if (!fault.empty()) report.add("text_fault", fault);
  return fault.empty();
}

void add_check(Report& report, const std::vector<BadNumber>& bad) {
  report.add("all_finite", bad.empty());
  if (bad.empty()) return;
  std::vector<Report::Row> rows;
  for (const BadNumber& each : bad)
    rows.push_back({one_line(each.tensor), each.is_block ? "block" : "element", each.at});
  report.add_table("not_finite", {"tensor", "of", "first"}, std::move(rows));
}

/// What only a run says of its model, and no model file: how it began, and what was dropped while it learned.
bool is_of_training(const ConfigField& field) { return field.name == "start" || field.name == "dropout"; }

void add_config(Report& report, nn::TransformerConfig config, bool is_of_run = false) {
  std::vector<Report::Row> rows;
  ConfigFields fields = config.fields();
  if (!is_of_run) std::erase_if(fields, is_of_training);
  for (const ConfigField& field : fields) rows.push_back({field.name, field_text(field), field.help});
  report.add_json("config", fields_to_json(fields, -1));
  report.add_people_table("config", {"field", "value", "meaning"}, std::move(rows));
}

/// A folder that a run wrote, or nothing for one of another make.
std::optional<io::Checkpoint> checkpoint_in(const fs::path& folder) {
  if (!fs::exists(folder / io::kManifestName)) return std::nullopt;
  return io::open_checkpoint(folder);
}

/// Where the weights come from.
void add_lineage(Report& report, const io::Checkpoint& checkpoint) {
  report.add("step", checkpoint.step).add_json("lineage", checkpoint.lineage_json);
  report.add_text("lineage  " + one_line(checkpoint.lineage_json));
}

/// The licence in the head of a folder's model card, or nothing.
std::string licence_of_card(const fs::path& folder) {
  std::vector<std::string> ignored;
  const model::ModelCard card = model::read_folder_card(folder, ignored);
  return card.license == "other" && !card.license_name.empty() ? card.license_name : card.license;
}

void add_licence(Report& report, const std::string& licence) {
  report.add("licence", licence.empty() ? "not said" : one_line(licence));
}

/// What a chat needs to know.
void add_chat(Report& report, const tokenizer::TokenizerConfig& config) {
  const std::string& text = config.chat_template;
  report.add("begin_token", one_line(config.bos_token)).add("end_token", one_line(config.eos_token));
  report.add("chat_template_bytes", static_cast<int64_t>(text.size()), text.empty() ? "(no template)" : "")
      .add("chat_template_has_tools", text.find("tools") != std::string::npos);
}

void add_tokenizer(Report& report, const tokenizer::Tokenizer& tokenizer) {
  report.add("tokenizer_entries", int64_t{tokenizer.vocab_size()})
      .add("tokenizer_model", std::string(tokenizer.model_name()))
      .add("pre_tokenizer", tokenizer.pre_tokenizer_name())
      .add("special_tokens", static_cast<int64_t>(tokenizer.special_tokens().size()));
}

/// What its files say of how tokens are drawn; nothing where they say nothing.
void add_sampling(Report& report, const model::SamplingDefaults& defaults) {
  std::vector<Report::Row> rows;
  for (const auto& [name, value] : defaults.effective()) rows.push_back({name, fmt::format("{}", value)});
  if (defaults.max_tokens) rows.push_back({"max_tokens", fmt::format("{}", *defaults.max_tokens)});
  if (!rows.empty()) report.add_table("sampling", {"setting", "value"}, std::move(rows));
  rows.clear();
  for (const std::string& key : defaults.unused) rows.push_back({one_line(key)});
  if (!rows.empty()) report.add_table("sampling_not_followed", {"key"}, std::move(rows));
}

/// What `model info` shows beside the sums.
struct InfoChoice {
  bool lists_tensors = false, checks = false;
};

/// Returns false where a check finds that the model would not be loaded.
bool describe_folder(Report& report, const fs::path& folder, const InfoChoice& choice) {
  const std::string config_text = read_small_text(folder / "config.json");
  const model::ConfigJson config_json(config_text);
  const model::Architecture& architecture = model::find_architecture(config_json.text_or("model_type", ""));
  report.add("folder", folder.string()).add("architecture", std::string(architecture.name));
  add_licence(report, licence_of_card(folder));
  const std::optional<io::Checkpoint> checkpoint = checkpoint_in(folder);
  if (checkpoint) add_lineage(report, *checkpoint);
  if (tokenizer::holds_tokenizer(folder)) add_tokenizer(report, load_any_tokenizer(folder));
  add_chat(report, tokenizer::load_tokenizer_config(folder));
  add_sampling(report, model::load_sampling_defaults(folder));
  const nn::TransformerConfig config = architecture.read_config(config_text);
  report.add("context_length", config.context_length, "tokens");
  const io::SafetensorsFolder weights(folder);
  std::vector<TensorLine> tensors;
  for (const io::SafetensorsEntry* entry : weights.entries())
    tensors.push_back({entry->name, entry->dtype, entry->extents, entry->end_bytes - entry->begin_bytes});
  add_tensors(report, tensors, choice.lists_tensors);
  std::vector<BadNumber> bad;
  bool is_sound = true;
  if (choice.checks) {
    std::vector<model::FolderTensor> described;
    for (const TensorLine& tensor : tensors) described.push_back({tensor.name, tensor.dtype, tensor.extents});
    is_sound = add_text_fault(report, folder, config.vocab_size);
    is_sound = add_tensor_faults(report, model::check_folder_tensors(config, described)) && is_sound;
    const auto find = [&](size_t i) {
      if (tensors[i].dtype != "F32" && tensors[i].dtype != "F16" && tensors[i].dtype != "BF16") return int64_t{-1};
      const Tensor tensor = weights.read(tensors[i].name);
      return find_non_finite_block(tensor.dtype(), {tensor.data(), static_cast<size_t>(tensor.num_bytes())});
    };
    add_check(report, bad = bad_numbers(tensors, find, [](size_t) { return false; }));
  }
  const bool is_of_run = checkpoint && checkpoint->has("run.json");
  add_config(report, is_of_run ? train::read_run_config(*checkpoint).model : config, is_of_run);
  return is_sound && bad.empty();
}

/// What a file says of its vocabulary; the tokenizer itself may be one that this build does not know.
void add_vocabulary(Report& report, const io::GgufMetadata& metadata) {
  if (!model::has_gguf_vocabulary(metadata)) return;
  const tokenizer::GgufVocabulary vocabulary = model::read_gguf_vocabulary(metadata);
  report.add("tokenizer_entries", static_cast<int64_t>(vocabulary.tokens.size()))
      .add("tokenizer_model", one_line(vocabulary.model))
      .add("pre_tokenizer", one_line(vocabulary.pre));
  add_chat(report, model::gguf_tokenizer_config(metadata));
}

/// Returns false where a check finds that the model would not be loaded.
bool describe_gguf(Report& report, const fs::path& path, const InfoChoice& choice) {
  const io::GgufFile file(path);
  const model::Architecture& architecture = model::gguf_architecture(file.metadata());
  report.add("file", file.path().string());
  if (file.num_parts() > 1) report.add("files", static_cast<int64_t>(file.num_parts()));
  report.add("architecture", std::string(architecture.name))
      .add("gguf_version", int64_t{file.header().version})
      .add("name", one_line(file.metadata().text_or("general.name", "")));
  add_licence(report, file.metadata().text_or("general.license", ""));
  add_vocabulary(report, file.metadata());
  add_sampling(report, model::read_gguf_sampling(file.metadata()));
  const nn::TransformerConfig config = model::read_gguf_config(file);
  report.add("context_length", config.context_length, "tokens");
  std::vector<TensorLine> tensors;
  for (const io::GgufTensor& tensor : file.tensors()) {
    const auto extents = tensor.shape.extents();
    tensors.push_back(
        {tensor.name, std::string(tensor.type->name), {extents.begin(), extents.end()}, tensor.num_bytes});
  }
  add_tensors(report, tensors, choice.lists_tensors);
  std::vector<BadNumber> bad;
  bool is_sound = true;
  if (choice.checks) {
    is_sound = add_text_fault(report, path, config.vocab_size);
    is_sound = add_tensor_faults(report, model::check_gguf_tensors(file)) && is_sound;
    const auto type = [&](size_t i) -> const io::GgufTensorType& { return *file.tensors()[i].type; };
    const auto find = [&](size_t i) {
      return model::holds_weights(type(i)) ? find_non_finite_block(*type(i).dtype, file.bytes(file.tensors()[i])) : -1;
    };
    add_check(report, bad = bad_numbers(tensors, find, [&](size_t i) { return is_block_dtype(*type(i).dtype); }));
  }
  add_config(report, config);
  std::vector<Report::Row> rows;
  for (const auto& [key, value] : file.metadata().entries())
    rows.push_back({one_line(key), one_line(io::gguf_value_text(value))});
  report.add_table("metadata", {"key", "value"}, std::move(rows));
  return is_sound && bad.empty();
}

bool describe(Report& report, const fs::path& path, const InfoChoice& choice) {
  if (model::is_gguf_path(path)) return describe_gguf(report, path, choice);
  const fs::path folder = io::resolve_model_folder(path);
  try {
    return describe_folder(report, folder, choice);
  } catch (const Error& error) {
    if (error.message().find(folder.string()) != std::string::npos) throw;
    throw error.wrapped(fmt::format("load '{}'", folder.string()));
  }
}

int run_model_info(const ParsedOptions& options) {
  Console console(options);
  const fs::path path = model_path(options);
  const InfoChoice choice{.lists_tensors = options.flag("tensors"), .checks = options.flag("check")};
  Report report;
  const bool is_sound = describe(report, path, choice);
  console.result(report);
  return is_sound ? kDone : kFailed;
}

}  // namespace

Command model_info_command() {
  return {
      .name = "model info",
      .summary = "Show a model's config, sizes by part and type, tokenizer, chat template, licence and lineage",
      .examples = {"vitrine model info -m runs/nano", "vitrine model info -m model.gguf --tensors --json"},
      .options =
          {model_option(),
           {.name = "tensors", .kind = OptionKind::kFlag, .help = "list every tensor"},
           {.name = "check",
            .kind = OptionKind::kFlag,
            .help = "name every tensor that is missing, of another shape or type or not used, those with a weight that "
                    "is NaN or infinite, and what is wrong beside them; status 1 where the model would not be "
                    "loaded for it"}},
      .run = run_model_info};
}

}  // namespace vitrine::cli
