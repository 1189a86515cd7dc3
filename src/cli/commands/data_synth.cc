// vitrine data synth: write documents, preference pairs or questions of the synthetic world as JSONL.
#include <fmt/format.h>

#include <functional>

#include "base/files.h"
#include "base/thread_pool.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "data/synth/preferences.h"
#include "data/synth/questions.h"
#include "data/synth/synth.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kLinesPerChunk = 32;
constexpr int64_t kChunksPerRound = 32;

using LineMaker = std::function<std::string(uint64_t index)>;
using LineSink = std::function<void(std::string_view line)>;

/// The messages of a prompt as the JSON array that to_json_line writes.
std::string prompt_json(const std::string& kind, const std::vector<data::Message>& prompt) {
  const std::string line = data::to_json_line({.kind = kind, .messages = prompt});
  return line.substr(0, line.rfind('}'));
}

std::string preference_line(const data::WorldOptions& world, uint64_t index) {
  const data::PreferencePair pair = data::make_preference(world, index);
  std::string line = prompt_json("preference", pair.prompt);
  data::append_json_string(line += ", \"chosen\": ", pair.good);
  data::append_json_string(line += ", \"rejected\": ", pair.bad);
  data::append_json_string(line += ", \"fault\": ", pair.fault);
  return line + fmt::format(", \"score_chosen\": {}, \"score_rejected\": {}}}", pair.score_good, pair.score_bad);
}

std::string question_line(const data::WorldOptions& world, uint64_t index) {
  const data::HeldOutQuestion question = data::make_question(world, index);
  std::string line = prompt_json("question", question.prompt);
  data::append_json_string(line += ", \"type\": ", question.type);
  data::append_json_string(line += ", \"reference\": ", question.reference);
  return line + "}";
}

LineMaker line_maker(const ParsedOptions& options, const data::WorldOptions& world) {
  if (options.flag("preferences") && options.flag("questions"))
    throw UsageError("data synth: --preferences and --questions cannot go together", "run it twice");
  if (options.given("documents") && options.given("bytes"))
    throw UsageError("data synth: --documents and --bytes exclude one another", "leave one of them out");
  if (options.flag("preferences")) return [=](uint64_t index) { return preference_line(world, index); };
  if (options.flag("questions")) return [=](uint64_t index) { return question_line(world, index); };
  return [=](uint64_t index) { return data::to_json_line(data::make_document(world, index)); };
}

struct Written {
  int64_t lines = 0, bytes = 0;
};

/// Writes lines in the order of their index until there are enough of them, or enough bytes.
class LineWriter {
 public:
  LineWriter(const ParsedOptions& options, Console& console)
      : console_(console),
        max_lines_(options.given("bytes") && !options.given("documents") ? INT64_MAX : options.integer("documents")),
        max_bytes_(options.given("bytes") ? options.bytes("bytes") : INT64_MAX),
        first_(static_cast<uint64_t>(options.integer("first"))) {}

  Written write(const LineMaker& make_line, ThreadPool& pool, const LineSink& sink) {
    while (!is_full()) {
      const int64_t count = std::min(kLinesPerChunk * kChunksPerRound, max_lines_ - written_.lines);
      for (const std::string& line : make_round(make_line, pool, count)) {
        if (is_full()) break;
        sink(line);
        ++written_.lines;
        written_.bytes += static_cast<int64_t>(line.size());
      }
      throw_if_stopped("nothing was written; run the command again");
      show_progress();
    }
    return written_;
  }

 private:
  bool is_full() const { return written_.lines >= max_lines_ || written_.bytes >= max_bytes_; }

  std::vector<std::string> make_round(const LineMaker& make_line, ThreadPool& pool, int64_t count) const {
    std::vector<std::string> lines(static_cast<size_t>(count));
    pool.parallel_for((count + kLinesPerChunk - 1) / kLinesPerChunk, [&](int64_t chunk, int) {
      const int64_t end = std::min(count, (chunk + 1) * kLinesPerChunk);
      for (int64_t i = chunk * kLinesPerChunk; i < end; ++i)
        lines[static_cast<size_t>(i)] = make_line(first_ + static_cast<uint64_t>(written_.lines + i)) + "\n";
    });
    return lines;
  }

  void show_progress() {
    const bool by_bytes = max_bytes_ != INT64_MAX;
    const auto done = static_cast<double>(by_bytes ? written_.bytes : written_.lines);
    const auto total = static_cast<double>(by_bytes ? max_bytes_ : max_lines_);
    const auto lines = static_cast<double>(written_.lines);
    console_.progress(fmt::format("writing  {:.0f}%  {} documents  {}B  {}/s  {}", 100 * std::min(1.0, done / total),
                                  short_count(lines), short_count(static_cast<double>(written_.bytes)),
                                  short_count(pace_.rate(lines)), pace_.time_left(done, total)));
  }

  Console& console_;
  int64_t max_lines_, max_bytes_;
  uint64_t first_;
  Written written_;
  Pace pace_;
};

int run_data_synth(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  const data::WorldOptions world{.seed = static_cast<uint64_t>(options.integer("seed")),
                                 .level = data::level_from_name(options.text("level"))};
  const LineMaker make_line = line_maker(options, world);
  const std::string out =
      options.text("out").empty() ? fmt::format("runs/data/{}.jsonl", options.text("level")) : options.text("out");
  const bool to_standard_output = out == "-" || out == "/dev/stdout";
  if (to_standard_output && console.is_json())
    throw UsageError("data synth: --json and the text cannot both go to standard output", "give a file with --out");
  if (!to_standard_output) require_writable_place(out);
  ThreadPool pool(thread_count(options));
  LineWriter writer(options, console);
  const Pace pace;
  Report report;
  const auto report_of = [&](const Written& written) -> const Report& {
    return report.add("out", out)
        .add("level", options.text("level"))
        .add("documents", written.lines)
        .add("bytes", written.bytes)
        .add("seconds", ReportReal{pace.seconds(), 2});
  };
  if (to_standard_output) {
    const Written written = writer.write(make_line, pool, [](std::string_view line) { write_output(line); });
    write_output_now("");
    console.note(report_of(written).table());
    return kDone;
  }
  DurableFile file(out);
  const Written written = writer.write(make_line, pool, [&](std::string_view line) { file.write(line); });
  file.commit();
  console.result(report_of(written));
  return kDone;
}

}  // namespace

Command data_synth_command() {
  return {
      .name = "data synth",
      .summary = "Write text of the synthetic world: stories, descriptions, questions, talk",
      .examples = {"vitrine data synth --level full --bytes 20MB --out world.jsonl",
                   "vitrine data synth --level small --questions --documents 200 --out questions.jsonl"},
      .options = {{.name = "level", .fallback = "full", .help = "how rich the world is", .choices = {"small", "full"}},
                  {.name = "documents",
                   .kind = OptionKind::kInteger,
                   .fallback = "20000",
                   .help = "how many documents",
                   .min = 1,
                   .max = 1e12},
                  {.name = "bytes",
                   .help = "how much text, in place of a number of documents: 20MB",
                   .value_name = "SIZE"},
                  {.name = "first",
                   .kind = OptionKind::kInteger,
                   .fallback = "0",
                   .help = "index of the first document: others of the same seed are other text",
                   .min = 0,
                   .max = 1e15},
                  out_option("", "JSONL file to write, or - for standard output; runs/data/LEVEL.jsonl when left out"),
                  {.name = "preferences", .kind = OptionKind::kFlag, .help = "pairs of a good and a bad answer"},
                  {.name = "questions", .kind = OptionKind::kFlag, .help = "held-out questions with their answers"}},
      .run = run_data_synth};
}

}  // namespace vitrine::cli
