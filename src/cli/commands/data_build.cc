// vitrine data build: text and JSONL in, a dataset of token shards out.
#include "data/build.h"

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/dataset_report.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "model/model_store.h"

namespace vitrine::cli {
namespace {

constexpr const char* kNotes =
    "A JSONL line holds a text in the named field, or a conversation in \"messages\" in the shape of OpenAI's chat "
    "API. "
    "Documents that equal an earlier one are left out. From 1000 text files on each is one document unless "
    "--piece-bytes is given. A dataset that stands in the folder is replaced at the end: until then it can be read, "
    "and "
    "takes its space beside the new one.";

void show_build_progress(Console& console, const Pace& pace, bool replaces, const data::BuildProgress& progress) {
  throw_if_stopped(replaces ? "the dataset that was there is as it was; run the command again to replace it"
                            : "no dataset was written; run the command again");
  if (!console.wants_progress()) return;
  const bool reading = progress.stage == data::BuildProgress::Stage::kReading;
  const auto done = static_cast<double>(progress.done_bytes), total = static_cast<double>(progress.total_bytes);
  const double all_done = done + (reading ? 0 : total);
  console.progress(fmt::format("{}  {:.0f}%  {}B of {}B  {}", reading ? "reading" : "tokenizing",
                               total > 0 ? 100 * done / total : 100.0, short_count(done), short_count(total),
                               pace.time_left(all_done, 2 * total)));
}

int run_data_build(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  const tokenizer::Tokenizer tokenizer = load_any_tokenizer(model::resolve_model(options.text("tokenizer")));
  ThreadPool pool(thread_count(options));
  const Pace pace;
  data::BuildOptions build{.inputs = {},
                           .out_folder = options.text("out"),
                           .rules = {.text_field = options.text("field"),
                                     .separator = options.text("separator"),
                                     .piece_bytes = options.integer("piece_bytes")},
                           .leaves_many_files_whole = !options.given("piece_bytes"),
                           .validation_share = options.real("validation_share"),
                           .shard_tokens = options.integer("shard_tokens")};
  for (const std::string& input : options.texts("inputs")) build.inputs.emplace_back(input);
  const bool replaces = data::has_dataset(build.out_folder);
  build.on_progress = [&](const auto& progress) { show_build_progress(console, pace, replaces, progress); };
  build.on_files_left_whole = [&](int64_t num_files) {
    console.note(
        fmt::format("each of the {} text files is one document, since there are so many: --piece-bytes {} cuts "
                    "them at blank lines",
                    num_files, build.rules.piece_bytes));
  };
  const data::Dataset dataset = data::build_dataset(build, tokenizer, pool);
  Report report = dataset_report(dataset);
  report.add("seconds", ReportReal{pace.seconds(), 2});
  console.result(report);
  return kDone;
}

}  // namespace

Command data_build_command() {
  return {.name = "data build",
          .summary = "Turn text and JSONL into token shards with a train/validation split",
          .examples = {"vitrine data build my-texts/ --tokenizer my-tokenizer.json --out my-data",
                       "vitrine data build chats.jsonl --tokenizer runs/data/small.tokenizer.json --out my-data"},
          .options = joined({input_options(),
                             {{.name = "tokenizer",
                               .fallback = "runs/data/small.tokenizer.json",
                               .help = "a tokenizer.json, or a model or dataset folder that has one",
                               .value_name = "PATH"},
                              out_option("runs/data/small", "dataset folder to write"),
                              {.name = "validation_share",
                               .kind = OptionKind::kReal,
                               .fallback = "0.01",
                               .help = "share of the documents to hold out; 0: none",
                               .min = 0,
                               .max = 0.9},
                              {.name = "shard_tokens",
                               .kind = OptionKind::kInteger,
                               .fallback = "67108864",
                               .help = "a shard is closed when it holds this many tokens",
                               .min = 1,
                               .max = 1e12}}}),
          .run = run_data_build,
          .notes = kNotes};
}

}  // namespace vitrine::cli
