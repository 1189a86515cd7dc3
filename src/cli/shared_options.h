// Options that several commands have, and what they turn into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "autograd/execution_context.h"
#include "base/config_field.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/console.h"
#include "infer/sampler.h"
#include "model/model_folder.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::cli {

OptionSpec model_option();
OptionSpec tokenizer_option();
OptionSpec data_option();
OptionSpec out_option(std::string fallback, std::string help);
/// Text files, JSONL files and folders to read, and the rules of reading them.
std::vector<OptionSpec> input_options();
OptionSpec cache_type_option();

/// An option for each field of a config, with its present value as the default. The seed is left out: --seed is a
/// global option.
std::vector<OptionSpec> options_from_fields(const ConfigFields& fields);
/// Sets the fields from options_from_fields() and the seed.
infer::SamplingSettings sampling_settings(const ParsedOptions& options);
/// The same, where options that were not given have the values that the model's files say, if they do.
infer::SamplingSettings sampling_settings(const ParsedOptions& options, const model::SamplingDefaults& of_model);
/// The settings that were given, by their names.
std::vector<std::string> chosen_settings(const ParsedOptions& options);
/// --max-tokens, or what the model's files say where it is not given.
int64_t max_answer_tokens(const ParsedOptions& options, const model::SamplingDefaults& of_model);
/// Where the settings of drawing come from, for the help of commands that have them.
inline constexpr const char* kSamplingNote =
    "What is not given of how tokens are drawn, and --max-tokens, is as the model's files say (generation_config.json, "
    "general.sampling.* of a GGUF file; model info shows it), and where they say nothing the default that stands here.";

/// Puts lists of options one behind the other.
std::vector<OptionSpec> joined(std::vector<std::vector<OptionSpec>> lists);

/// Errors: kUnsupported for any device but the processor; UsageError for a name that is none.
void require_known_device(const std::string& device);

/// The thread pool and kernels that --threads and --kernels ask for.
autograd::Runtime make_runtime(const ParsedOptions& options);
int thread_count(const ParsedOptions& options);

/// An option that is a list, "128,512": whole numbers from `least` on between commas; empty for an empty text.
/// Errors: UsageError.
std::vector<int64_t> whole_numbers(const ParsedOptions& options, const std::string& name, int64_t least);

/// The path that --model names: itself, or a fetched model by its name (model::resolve_model).
std::filesystem::path model_path(const ParsedOptions& options);

/// The same; where --model is not given and its default is not there, the only fetched model, which is then said.
/// Errors: kNotFound where there is none, or several, with the way to take each.
std::filesystem::path model_or_fetched(const ParsedOptions& options, Console& console, std::string_view command);

/// Loads what --model names; says which newer checkpoints of a run were refused, and why.
model::LoadedModel load_model(const ParsedOptions& options, Console& console);
model::LoadedModel load_model(const std::filesystem::path& path, Console& console);
/// The note of that.
void note_refused(Console& console, const std::vector<std::string>& refused, const std::filesystem::path& taken);

/// The tokenizer of a tokenizer.json, a dataset, a run, a checkpoint or a model folder.
tokenizer::Tokenizer load_any_tokenizer(const std::filesystem::path& path);

/// Errors: kIo, kInvalidArgument when a file cannot be created at `path`. Asked before long work begins.
void require_writable_place(const std::filesystem::path& path);
/// That, and refuses a path where something stands.
void require_new_file(const std::filesystem::path& path);

}  // namespace vitrine::cli
