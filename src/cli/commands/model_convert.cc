// vitrine model convert: between a Hugging Face folder and a GGUF file, both ways.
#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "base/gguf_part_name.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "core/blocks.h"
#include "model/adapter_folder.h"
#include "model/gguf_types.h"
#include "model/model_card.h"
#include "model/model_folder.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNothingWritten = "nothing was written";

void write_gguf_file(const ParsedOptions& options, const fs::path& out, Console& console) {
  require_new_file(out);
  const model::OpenedGgufSource opened = model::open_gguf_source(model_path(options), options.text("adapter"));
  throw_if_stopped(kNothingWritten);
  for (const std::string& loss : opened.losses) console.note(loss);
  if (const int64_t window = opened.source.metadata.integer_or("llama.attention.sliding_window", 0); window > 0)
    console.note(
        fmt::format("the model looks {} tokens back; llama.cpp reads such files without that window, so that "
                    "longer texts differ there",
                    window));
  ThreadPool pool(thread_count(options));
  const Pace pace;
  size_t done = 0;
  write_gguf_model(
      out, opened.source, model::find_gguf_type_choice(options.text("type")), pool,
      [&](const model::GgufTensorReport& tensor) {
        ++done;
        if (pace.seconds() > 1)
          console.progress(fmt::format("{} of {}  {}", done, opened.source.tensors.size(), one_line(tensor.name)));
        throw_if_stopped(kNothingWritten);
      },
      [] { throw_if_stopped(kNothingWritten); });
}

void write_folder(const ParsedOptions& options, const fs::path& out, Console& console) {
  model::LoadedModel loaded = load_model(options, console);
  if (!options.text("adapter").empty())
    nn::merge_adapter(*loaded.transformer, *model::load_adapter(options.text("adapter"), *loaded.transformer));
  std::vector<std::string> losses = model::losses_as_generation_config(loaded.sampling);
  std::string card = model::carried_card(loaded.folder, losses);
  for (const std::string& loss : losses) console.note(loss);
  throw_if_stopped(kNothingWritten);
  model::write_model_folder(out, *loaded.transformer, loaded.tokenizer,
                            model::load_tokenizer_config(model_path(options)),
                            {.dtype = *dtype_from_name(options.text("type")),
                             .max_shard_bytes = options.bytes("shard_size"),
                             .end_ids = model::listed_end_ids(loaded),
                             .sampling = loaded.sampling,
                             .model_card = std::move(card),
                             .on_progress = [] { throw_if_stopped(kNothingWritten); }});
}

int64_t bytes_below(const fs::path& path) {
  if (!fs::is_directory(path)) return gguf_bytes(path);
  int64_t total = 0;
  for (const auto& entry : fs::directory_iterator(path)) total += static_cast<int64_t>(entry.file_size());
  return total;
}

int run_model_convert(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  const fs::path out = options.text("out");
  const bool to_gguf = out.extension() == ".gguf";
  if (to_gguf)
    write_gguf_file(options, out, console);
  else
    write_folder(options, out, console);
  console.clear_progress();
  console.result(Report()
                     .add("out", out.string())
                     .add("format", to_gguf ? "gguf" : "folder")
                     .add("type", options.text("type"))
                     .add("bytes", bytes_below(out)));
  return kDone;
}

}  // namespace

Command model_convert_command() {
  return {.name = "model convert",
          .summary = "Turn a model folder into a GGUF file, or back",
          .examples = {"vitrine model convert -m runs/nano --out nano.gguf",
                       "vitrine model convert -m smollm2.gguf --out smollm2 --type bf16",
                       "vitrine model convert -m smollm2 --adapter my-adapter --out mine.gguf"},
          .options = {model_option(),
                      {.name = "out",
                       .help = "a name that ends in .gguf gives a file, any other a new folder",
                       .required = true,
                       .value_name = "PATH"},
                      {.name = "type",
                       .fallback = "f32",
                       .help = "element type of the matrices",
                       .choices = {"f32", "f16", "bf16"}},
                      {.name = "adapter",
                       .help = "a LoRA adapter (a PEFT folder) that is added to the weights",
                       .value_name = "FOLDER"},
                      {.name = "shard_size",
                       .fallback = "5GB",
                       .help = "a folder's weights are split into files of at most this size",
                       .value_name = "BYTES"}},
          .run = run_model_convert,
          .notes = "Architectures: gpt2, llama, mistral, qwen2, qwen3. model quantize makes smaller files."};
}

}  // namespace vitrine::cli
