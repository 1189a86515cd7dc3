// vitrine chat: talk to a model in the terminal; what it asks of the calculator is computed and shown.
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/chat_settings.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/engine_options.h"
#include "cli/line_reader.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/text_rule_options.h"
#include "cli/user_text.h"
#include "dialog/chat.h"

namespace vitrine::cli {
namespace {

constexpr const char* kChatHelp =
    "/reset begins anew, /set temperature 0.5 changes how words are drawn (top_k, min_p, samplers … too), /quit "
    "leaves.\n"
    "Ctrl-C stops an answer or empties the line, Ctrl-D leaves; the arrow keys edit and bring back earlier lines.";

/// A sentence of the program, not of the model.
std::string aside(const std::string& text) {
  return may_colour(STDOUT_FILENO) ? fmt::format("\033[2m{}\033[0m", text) : text;
}

std::string unknown_command(const std::string& word) {
  static const std::string kCommands[] = {"/reset", "/set", "/quit", "/exit", "/help"};
  const std::string near = nearest_name(word, kCommands);
  return fmt::format("[unknown command '{}'{}]", one_line(excerpt(word, 40)),
                     near.empty() ? "" : fmt::format(": did you mean {}?", near));
}

/// One conversation on the terminal, or over pipes.
class Talk {
 public:
  Talk(const ParsedOptions& options, dialog::Chat& chat, Console& console) : chat_(chat), console_(console) {
    is_interactive_ = isatty(STDIN_FILENO) == 1 && !console.is_json();
    observer_.on_text = [this](std::string_view text) {
      end_thoughts();
      if (!console_.is_json()) write_foreign_text(text);
    };
    observer_.on_reasoning = [this, shows = options.text("reasoning") == "show"](std::string_view text) {
      thoughts_ += text;
      if (shows) think(text);
    };
    observer_.on_tool_result = [this](const data::ToolCallPart& call, std::string_view result) {
      end_thoughts();
      show(aside(fmt::format("[{} {} gives {}]", one_line(call.name), one_line(call.arguments), one_line(result))) +
           "\n");
    };
    observer_.on_dropped_turns = [this](int64_t count) {
      console_.note(fmt::format("[the context is full: the oldest turns, {} of them, are forgotten]", count));
    };
    observer_.should_stop = [] { return stop_requested(); };
    for (const std::string& message : options.texts("messages")) given_.push_back(text_or_standard_input(message));
  }

  /// Returns the exit status.
  int run() {
    for (const std::string& message : given_)
      if (!answer(message)) return kInterruptedStatus;
    return given_.empty() ? converse() : kDone;
  }

  Report report() const {
    Report report;
    return report.add_table(
        "turns", {"user", "assistant", "reasoning", "tokens", "tool_calls", "stop_reason", "is_whole"}, turns_);
  }

 private:
  void show(std::string_view text) {
    if (!console_.is_json()) write_output_now(text);
  }

  /// Thoughts are dimmed, or stand in brackets where there is no colour.
  void think(std::string_view text) {
    if (console_.is_json()) return;
    if (!is_thinking_) {
      const size_t begin = text.find_first_not_of(" \t\r\n");
      if (begin == std::string_view::npos) return;
      text.remove_prefix(begin);
      show(may_colour(STDOUT_FILENO) ? "\033[2m" : "[thinks: ");
    }
    is_thinking_ = true;
    write_foreign_text(text);
  }
  void end_thoughts() {
    if (!std::exchange(is_thinking_, false)) return;
    show(may_colour(STDOUT_FILENO) ? "\033[0m\n" : "]\n");
  }

  int converse() {
    LineReader reader(is_interactive_ ? "you>" : "");
    bool was_asked_to_leave = false;
    for (;;) {
      const LineReader::Line line = reader.next();
      if (line.kind == LineReader::Kind::kEnd) return kDone;
      if (line.kind == LineReader::Kind::kCancelled) {
        forget_stop_request();
        was_asked_to_leave = false;
        continue;
      }
      if (line.kind == LineReader::Kind::kInterrupted) {
        if (!stop_was_keyboard() || was_asked_to_leave || !is_interactive_) return kInterruptedStatus;
        forget_stop_request();
        was_asked_to_leave = true;
        show(aside("\n(Ctrl-C again or Ctrl-D leaves; /help tells more)") + "\n");
        continue;
      }
      was_asked_to_leave = false;
      if (line.text.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (line.text[0] == '/' ? !obey(line.text) : !answer(line.text))
        return stop_requested() ? kInterruptedStatus : kDone;
    }
  }

  /// Returns false when the program should end.
  bool answer(const std::string& text) {
    try {
      thoughts_.clear();
      const dialog::Answer answer = chat_.ask(text, observer_);
      end_thoughts();
      show("\n");
      note_what_is_missing(answer);
      // By what was asked for where there is a rule; else the model has to have ended the answer itself.
      const bool is_whole = answer.is_whole && !answer.ended_thinking &&
                            (chat_.options().rule || answer.reason == infer::StopReason::kStopToken);
      turns_.push_back({text, answer.text, thoughts_, answer.num_tokens, answer.num_tool_calls,
                        std::string(infer::stop_reason_name(answer.reason)), is_whole});
    } catch (const Error& error) {
      end_thoughts();
      if (!is_interactive_) throw;
      print_error(error);
    }
    if (!stop_requested()) return true;
    if (!is_interactive_ || !stop_was_keyboard()) return false;
    forget_stop_request();
    show(aside("[stopped]") + "\n");
    return true;
  }

  void note_what_is_missing(const dialog::Answer& answer) {
    if (answer.reason == infer::StopReason::kLength)
      console_.note(
          fmt::format("[the answer was cut off after {} tokens; --max-tokens allows more]", answer.num_tokens));
    if (answer.reason == infer::StopReason::kContext) console_.note("[the context is full: the answer was cut off]");
    if (answer.ended_thinking)
      console_.note("[the model ended while it was thinking; there is no answer]");
    else if (!answer.is_whole)
      console_.note("[the answer is not whole by what was asked for]");
  }

  /// Carries out a /command. Returns false when it says to leave.
  bool obey(const std::string& line) {
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == "/quit" || word == "/exit") return false;
    if (word == "/reset") {
      chat_.reset();
      show(aside("[a new conversation]") + "\n");
    } else if (word == "/set") {
      change_setting(rest);
    } else {
      if (word != "/help") show(aside(unknown_command(word)) + "\n");
      show(aside(kChatHelp) + "\n");
    }
    return true;
  }

  /// `/set NAME VALUE`, or NAME=VALUE; alone it shows what is set.
  void change_setting(const std::string& assignment) {
    try {
      infer::SamplingSettings changed = chat_.options().sampling;
      ConfigFields fields = changed.fields();
      const size_t name_end = assignment.find_first_of(" =");
      if (name_end == std::string::npos) {
        if (!assignment.empty()) find_field(fields, assignment, "/set");
        std::string settings;
        for (const ConfigField& field : fields)
          if (assignment.empty() || field.name == assignment)
            settings += fmt::format("{}{} {}", settings.empty() ? "" : ", ", field.name, field_text(field));
        return show(aside(fmt::format("[{}; to change: /set temperature 0.5]", settings)) + "\n");
      }
      const std::string name = assignment.substr(0, name_end), value = assignment.substr(name_end + 1);
      set_field(fields, name, value, "/set");
      infer::Sampler(changed).require_vocabulary(chat_.vocabulary_size());  // refuses what cannot be
      chat_.options().sampling = changed;
      show(aside(fmt::format("[{} {}]", name, field_text(find_field(fields, name, "/set")))) + "\n");
    } catch (const Error& error) {
      print_error(error);
    }
  }

  dialog::Chat& chat_;
  Console& console_;
  dialog::ChatObserver observer_;
  bool is_interactive_ = false;
  bool is_thinking_ = false;
  std::string thoughts_;  // before the answer at hand
  std::vector<std::string> given_;
  std::vector<Report::Row> turns_;
};

int run_chat(const ParsedOptions& options) {
  Console console(options);
  const std::optional<schema::Grammar> grammar = text_grammar(options);
  require_utf8(options.text("system"), "--system");
  const model::LoadedModel model = load_model(model_or_fetched(options, console, "chat"), console);
  const autograd::Runtime runtime = make_runtime(options);
  const data::TemplateFormat format = chat_format(model, options.text("chat_template"));
  const EngineChoice engine = engine_choice(options, model, runtime, console);
  dialog::ChatOptions chat_options{.sampling = sampling_settings(options, model.sampling),
                                   .max_tokens = max_answer_tokens(options, model.sampling),
                                   .system_prompt = options.text("system"),
                                   .prompt = prompt_settings(options, format),
                                   .max_reasoning_tokens = options.integer("max_reasoning_tokens")};
  chat_options.engine = engine.options;
  chat_options.speculation = engine.speculation;
  chat_options.adapter = engine.adapter;
  if (grammar) chat_options.rule = text_rule(options, *grammar, model);
  dialog::Chat chat(*model.transformer, format, runtime, chat_options);
  Talk talk(options, chat, console);
  const StopSignals signals;
  if (!options.given("messages"))
    console.note(fmt::format("talking to {} ({} parameters); /help tells what else can be typed, Ctrl-D leaves",
                             model.folder.string(),
                             short_count(static_cast<double>(model.transformer->config().num_parameters()))));
  const int status = talk.run();
  if (console.is_json()) console.result(talk.report());
  return status;
}

}  // namespace

Command chat_command() {
  return {
      .name = "chat",
      .summary = "Talk to a model in the terminal",
      .examples = {"vitrine chat -m runs/nano", "vitrine chat -m runs/nano 'What is 12 times 7?'",
                   "vitrine chat -m SmolLM2-135M-Instruct.Q4_1.gguf --system 'You are a pirate.'",
                   "printf 'Hello.\\nHow are you?\\n' | vitrine chat -m runs/nano --temperature 0"},
      .options = joined({{{.name = "messages",
                           .help = "messages to send, one after another; - reads standard input as one; without any "
                                   "the terminal is asked",
                           .positional = true,
                           .repeated = true},
                          model_option(),
                          {.name = "system", .help = "system prompt to begin with"},
                          {.name = "max_tokens",
                           .kind = OptionKind::kInteger,
                           .fallback = "256",
                           .help = "tokens of one answer at most",
                           .min = 1,
                           .max = 1e9},
                          {.name = "reasoning",
                           .fallback = "show",
                           .help = "what a model thinks before it answers: dimmed, or hidden",
                           .choices = {"show", "hide"}},
                          {.name = "max_reasoning_tokens",
                           .kind = OptionKind::kInteger,
                           .fallback = "0",
                           .help = "thoughts are ended behind so many tokens; 0: no bound of their own",
                           .min = 0,
                           .max = 1e9}},
                         prompt_options(),
                         text_rule_options(),
                         engine_options(),
                         options_from_fields(infer::SamplingSettings().fields())}),
      .run = run_chat,
      .notes = std::string(kSamplingNote) +
               "\n\nCtrl-C stops the answer, not the program. When the context is full the oldest turns are left out, "
               "and that is said. On a terminal, control characters that the model writes are shown as \\u001B. With "
               "--json, "
               "is_whole says whether the model ended its answer itself, and not within its thoughts; with "
               "--json-schema, --regex or --grammar, whether the text is a whole one of these."};
}

}  // namespace vitrine::cli
