#include "cli/shared_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "cli/trace_session.h"
#include "cli/user_text.h"
#include "infer/model_defaults.h"
#include "io/checkpoint.h"
#include "io/gguf_reader.h"
#include "kernels/kernel_sets.h"
#include "model/gguf_vocabulary.h"
#include "model/model_folder.h"
#include "model/model_store.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

OptionKind kind_of(const ConfigField& field) {
  if (std::holds_alternative<int64_t*>(field.target)) return OptionKind::kInteger;
  if (std::holds_alternative<double*>(field.target)) return OptionKind::kReal;
  return std::holds_alternative<bool*>(field.target) ? OptionKind::kFlag : OptionKind::kText;
}

std::vector<model::StoredModel> fetched_models() {
  try {
    return model::stored_models();
  } catch (const Error&) {  // no place for models: none is fetched
    return {};
  }
}

}  // namespace

OptionSpec model_option() {
  return {.name = "model",
          .fallback = "runs/nano",
          .help = "a run, a checkpoint, a model folder, a GGUF file, or the name of a fetched model",
          .short_flag = "m",
          .value_name = "PATH"};
}

OptionSpec cache_type_option() {
  return {.name = "cache_type",
          .fallback = "auto",
          .help =
              "what cached keys and values are rounded to; narrower ones take less memory and time; auto: f16 where "
              "the weights are quantized and precision is fast, else f32; q8_0 wants heads of a multiple of 32",
          .choices = {"auto", "f32", "f16", "bf16", "q8_0"}};
}

OptionSpec tokenizer_option() {
  OptionSpec option = model_option();
  option.help = "a run, a model folder, or a tokenizer: tokenizer.json, .model, .tiktoken or .gguf";
  return option;
}

OptionSpec data_option() {
  return {.name = "data",
          .fallback = "runs/data/small",
          .help = "dataset folder, as data build writes it",
          .value_name = "FOLDER"};
}

OptionSpec out_option(std::string fallback, std::string help) {
  return {.name = "out", .fallback = std::move(fallback), .help = std::move(help), .value_name = "PATH"};
}

std::vector<OptionSpec> input_options() {
  return {
      {.name = "inputs",
       .help = "text files (.txt, .md), JSONL files and folders of them",
       .positional = true,
       .repeated = true,
       .required = true},
      {.name = "field", .fallback = "text", .help = "field of a JSONL line that holds the text", .value_name = "NAME"},
      {.name = "separator", .help = "what stands between the documents of a text file"},
      {.name = "piece_bytes",
       .kind = OptionKind::kInteger,
       .fallback = "2048",
       .help = "text files without a separator are cut at blank lines into pieces of about this size; 0: not at all",
       .min = 0,
       .max = 1e12}};
}

std::vector<OptionSpec> options_from_fields(const ConfigFields& fields) {
  std::vector<OptionSpec> options;
  for (const ConfigField& field : fields)
    if (field.name != "seed")
      options.push_back({.name = field.name,
                         .kind = kind_of(field),
                         .fallback = field_text(field),
                         .help = field.help,
                         .min = field.min,
                         .max = field.max,
                         .choices = field.choices});
  return options;
}

infer::SamplingSettings sampling_settings(const ParsedOptions& options) {
  infer::SamplingSettings settings;
  ConfigFields fields = settings.fields();
  for (const ConfigField& field : settings.fields()) {
    require_utf8(options.text(field.name), field.name);
    set_field(fields, field.name, options.text(field.name), "sampling");
  }
  infer::Sampler{settings};  // refuses what the ranges of single fields do not
  return settings;
}

std::vector<std::string> chosen_settings(const ParsedOptions& options) {
  std::vector<std::string> names;
  for (const ConfigField& field : infer::SamplingSettings().fields())
    if (options.given(field.name)) names.push_back(field.name);
  return names;
}

infer::SamplingSettings sampling_settings(const ParsedOptions& options, const model::SamplingDefaults& of_model) {
  return infer::with_model_defaults(sampling_settings(options), of_model, chosen_settings(options));
}

int64_t max_answer_tokens(const ParsedOptions& options, const model::SamplingDefaults& of_model) {
  const int64_t asked = options.integer("max_tokens");
  return options.given("max_tokens") ? asked : of_model.max_tokens.value_or(asked);
}

std::vector<OptionSpec> joined(std::vector<std::vector<OptionSpec>> lists) {
  std::vector<OptionSpec> all;
  for (std::vector<OptionSpec>& list : lists)
    for (OptionSpec& spec : list) all.push_back(std::move(spec));
  return all;
}

void require_known_device(const std::string& device) {
  if (device == "cpu") return;
  if (device == "cuda" || device.rfind("cuda:", 0) == 0)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("--device: this build computes on the processor (got '{}')", device),
                "leave --device out, or give cpu");
  throw UsageError(fmt::format("--device: unknown device (got '{}', expected cpu)", device), "leave --device out");
}

int thread_count(const ParsedOptions& options) { return static_cast<int>(options.integer("threads")); }

autograd::Runtime make_runtime(const ParsedOptions& options) {
  if (options.given("kernels") && !kernel_set_from_name(options.text("kernels"))) {
    std::string names;
    for (const KernelSet set : kernels::available_kernel_sets()) names += fmt::format(" {}", kernel_set_name(set));
    throw UsageError(fmt::format("--kernels: unknown set (got '{}')", options.text("kernels")),
                     fmt::format("this processor has:{}; without --kernels the fastest is taken", names));
  }
  autograd::Runtime runtime(thread_count(options), options.text("kernels"), active_trace());
  if (options.text("precision") == "exact") runtime.set_precision(Precision::kExact);
  return runtime;
}

std::vector<int64_t> whole_numbers(const ParsedOptions& options, const std::string& name, int64_t least) {
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

fs::path model_path(const ParsedOptions& options) {
  const fs::path path = model::resolve_model(options.text("model"));
  std::error_code error;
  if (!options.given("model") && !fs::exists(path, error))
    throw Error(ErrorCode::kNotFound, fmt::format("no model was named, and '{}' is not there", path.string()),
                "./run trains it; -m names another model, and `vitrine model pull smollm2` fetches one");
  return path;
}

fs::path model_or_fetched(const ParsedOptions& options, Console& console, std::string_view command) {
  std::error_code error;
  if (options.given("model") || fs::exists(options.text("model"), error)) return model_path(options);
  const std::vector<model::StoredModel> fetched = fetched_models();
  if (fetched.empty()) return model_path(options);
  if (fetched.size() > 1) {
    std::string commands;
    for (const model::StoredModel& each : fetched)
      commands += fmt::format("{}`vitrine {} -m {}`", commands.empty() ? "" : ", ", command, each.name);
    throw Error(ErrorCode::kNotFound,
                fmt::format("no model was named, '{}' is not there, and {} models are fetched", options.text("model"),
                            fetched.size()),
                fmt::format("take one: {}", commands));
  }
  console.note(fmt::format("model: {}, the only one that is fetched ('{}' is not there)", fetched.front().name,
                           options.text("model")));
  return fetched.front().path;
}

model::LoadedModel load_model(const ParsedOptions& options, Console& console) {
  return load_model(model_path(options), console);
}

model::LoadedModel load_model(const fs::path& path, Console& console) {
  model::LoadedModel model = model::load_model(path);
  note_refused(console, model.refused_checkpoints, model.folder);
  return model;
}

void note_refused(Console& console, const std::vector<std::string>& refused, const fs::path& taken) {
  for (const std::string& message : refused) console.note(fmt::format("refused: {}", one_line(message)));
  if (!refused.empty()) console.note(fmt::format("in its place: {}", taken.string()));
}

tokenizer::Tokenizer load_any_tokenizer(const fs::path& path) {
  if (model::is_gguf_path(path)) {
    const io::GgufFile file(path);
    try {
      return tokenizer::make_tokenizer(model::read_gguf_vocabulary(file.metadata()));
    } catch (const Error& error) {
      throw error.wrapped(fmt::format("load '{}'", path.string()));
    }
  }
  std::error_code ignored;
  if (fs::is_directory(path, ignored) && !tokenizer::holds_tokenizer(path))
    return tokenizer::load_tokenizer(io::resolve_model_folder(path));
  return tokenizer::load_tokenizer(path);
}

void require_writable_place(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::absolute(path).parent_path();
  if (fs::is_directory(path, error))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("write '{}': it is a folder, expected a file", path.string()),
                "give a file name with --out");
  fs::create_directories(folder, error);
  if (error || access(folder.c_str(), W_OK) != 0)
    throw Error(ErrorCode::kIo,
                fmt::format("write '{}': cannot write into '{}' ({})", path.string(), folder.string(),
                            error ? error.message() : std::strerror(errno)),
                "choose another place with --out");
}

void require_new_file(const fs::path& path) {
  require_writable_place(path);
  if (fs::exists(path))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("write '{}': it exists already", path.string()),
                "remove it first, or choose another name with --out");
}

}  // namespace vitrine::cli
