// vitrine tokenizer train: learn a byte-level BPE vocabulary from text and JSONL.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "data/chat_format.h"
#include "data/input_files.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/trainer.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kDocumentsPerPortion = 4096;

/// A message as the chat format writes it, without the special tokens.
std::string turn_text(const data::Message& message) {
  std::string text = std::string(data::role_name(message.role)) + "\n";
  for (const data::Part& part : message.parts) {
    if (const auto* said = std::get_if<data::TextPart>(&part)) text += said->text;
    if (const auto* result = std::get_if<data::ToolResultPart>(&part)) text += fmt::format("\n{}\n", result->text);
    if (const auto* call = std::get_if<data::ToolCallPart>(&part))
      text += fmt::format("\n{{\"name\": \"{}\", \"arguments\": {}}}\n", call->name, call->arguments);
  }
  return text;
}

/// Adds a document's texts: one, or one a turn.
void add_texts(const data::Document& document, std::vector<std::string>& texts) {
  if (!document.is_conversation()) texts.push_back(document.text);
  for (const data::Message& message : document.messages) texts.push_back(turn_text(message));
}

void read_into(tokenizer::BpeTrainer& trainer, const data::InputReader& reader) {
  for (int64_t begin = 0; begin < reader.num_documents(); begin += kDocumentsPerPortion) {
    std::vector<std::string> texts;
    for (int64_t i = begin; i < std::min(reader.num_documents(), begin + kDocumentsPerPortion); ++i)
      add_texts(reader.parse(i), texts);
    trainer.add(std::vector<std::string_view>(texts.begin(), texts.end()));
  }
}

void show_training_progress(Console& console, const tokenizer::TrainProgress& progress) {
  throw_if_stopped("no tokenizer was written; run the command again");
  const auto done = static_cast<double>(progress.done);
  if (progress.stage == tokenizer::TrainProgress::Stage::kCounting)
    console.progress(fmt::format("counting words  {}B", short_count(done)));
  else
    console.progress(fmt::format("merging  {} of {} entries", progress.done, progress.total));
}

/// Errors: UsageError where a text would be lost.
void require_replaceable(const std::filesystem::path& out, const std::vector<data::InputFile>& files) {
  std::error_code ignored;
  for (const data::InputFile& file : files)
    if (std::filesystem::equivalent(file.path, out, ignored))
      throw UsageError(fmt::format("tokenizer train: --out '{}' is one of the texts to learn from", out.string()),
                       "give another --out");
  if (!std::filesystem::is_regular_file(out, ignored) || std::filesystem::file_size(out, ignored) == 0) return;
  try {
    tokenizer::load_tokenizer(out);
  } catch (const Error&) {
    throw UsageError(fmt::format("tokenizer train: --out '{}' is there already, and is no tokenizer", out.string()),
                     "give another --out, or remove the file");
  }
}

int run_tokenizer_train(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  std::vector<std::filesystem::path> inputs;
  for (const std::string& input : options.texts("inputs")) inputs.emplace_back(input);
  const std::vector<data::InputFile> files = data::list_input_files(inputs);
  const std::string out = options.text("out");
  require_writable_place(out);
  require_replaceable(out, files);
  ThreadPool pool(thread_count(options));
  const Pace pace;
  tokenizer::TrainOptions train{
      .vocab_size = options.integer("vocab_size"),
      .pre_tokenizer = options.text("pre_tokenizer"),
      .special_tokens = {data::kSpecialTokens.begin(), data::kSpecialTokens.end()},
      .min_frequency = options.integer("min_frequency"),
      .on_progress = [&](const tokenizer::TrainProgress& progress) { show_training_progress(console, progress); }};
  tokenizer::BpeTrainer trainer(train, pool);
  int64_t num_bytes = 0, num_documents = 0;
  for (const data::InputFile& file : files) {
    const data::InputReader reader(file, {.text_field = options.text("field"),
                                          .separator = options.text("separator"),
                                          .piece_bytes = options.integer("piece_bytes")});
    read_into(trainer, reader);
    num_bytes += reader.num_bytes();
    num_documents += reader.num_documents();
  }
  const tokenizer::Tokenizer tokenizer = trainer.finish();
  tokenizer::save_tokenizer(tokenizer, out);
  console.result(Report()
                     .add("out", out)
                     .add("vocab_size", int64_t{tokenizer.vocab_size()})
                     .add("merges", static_cast<int64_t>(tokenizer.merges().size()))
                     .add("documents", num_documents)
                     .add("bytes", num_bytes)
                     .add("seconds", ReportReal{pace.seconds(), 2}));
  return kDone;
}

}  // namespace

Command tokenizer_train_command() {
  std::vector<std::string> pre_tokenizers;
  for (const tokenizer::PreTokenizer& entry : tokenizer::pre_tokenizers()) pre_tokenizers.emplace_back(entry.name);
  return {.name = "tokenizer train",
          .summary = "Learn a byte-level BPE vocabulary from raw text",
          .examples = {"vitrine tokenizer train my-texts/ --vocab-size 8192 --out my-tokenizer.json"},
          .options = joined({input_options(),
                             {{.name = "vocab_size",
                               .kind = OptionKind::kInteger,
                               .fallback = "8192",
                               .help = "entries: the 256 bytes and the special tokens included",
                               .min = 256 + static_cast<double>(data::kSpecialTokens.size()),
                               .max = 1 << 24},
                              {.name = "pre_tokenizer",
                               .fallback = "qwen2",
                               .help = "how text is cut into words first",
                               .choices = pre_tokenizers},
                              {.name = "min_frequency",
                               .kind = OptionKind::kInteger,
                               .fallback = "2",
                               .help = "pairs that occur less often never become an entry",
                               .min = 1,
                               .max = 1e12},
                              out_option("tokenizer.json", "file to write, in the layout of Hugging Face")}}),
          .run = run_tokenizer_train};
}

}  // namespace vitrine::cli
