// vitrine generate: continue a prompt and stream the text to standard output.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/beam_options.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/engine_options.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/text_rule_options.h"
#include "cli/user_text.h"
#include "cli/visible_token.h"
#include "infer/sequence_breakers.h"
#include "infer/session.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<int32_t> prompt_ids(const model::LoadedModel& model, const std::string& prompt) {
  std::vector<int32_t> ids = model.text_start;
  model.tokenizer.encode_append(prompt, ids);
  if (ids.empty())
    throw Error(ErrorCode::kInvalidArgument,
                "generate: the prompt is empty, and this model has no token that begins a text",
                "give some text to continue");
  return ids;
}

/// A part of a document is none: scripts see it by the status.
[[noreturn]] void refuse_part(infer::StopReason reason, int64_t num_tokens, bool may_be_compact) {
  const bool is_context = reason == infer::StopReason::kContext;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("generate: the text was cut off after {} tokens, before it was whole", num_tokens),
              is_context       ? "the context is full: shorten the prompt, or ask for less"
              : may_be_compact ? "--max-tokens allows more, --compact-json takes fewer"
                               : "--max-tokens allows more");
}

/// What each step of sampling did, a row a token and step.
class StepTable {
 public:
  StepTable(const tokenizer::Tokenizer& tokenizer, int64_t num_best) : tokenizer_(tokenizer), num_best_(num_best) {}

  void add(const infer::SampledToken& token, const infer::SamplingRecord& record) {
    for (const infer::SamplingRecord::Step& step : record.steps) {
      std::string best;
      Json best_list = Json::array();
      for (size_t i = 0; i < step.best.size() && static_cast<int64_t>(i) < num_best_; ++i) {
        const int32_t id = step.best[i].id;
        const double probability = std::exp(step.best[i].log_probability);
        best += fmt::format("{}{} {:.3f}", i > 0 ? "  " : "", text_of(id), probability);
        best_list.push_back({{"id", id}, {"token", text_of(id)}, {"probability", probability}});
      }
      list_.push_back({{"id", token.id},
                       {"token", text_of(token.id)},
                       {"step", std::string(step.name)},
                       {"candidates", step.num_candidates},
                       {"probability", std::exp(step.log_probability)},
                       {"best", std::move(best_list)}});
      rows_.push_back({text_of(token.id), std::string(step.name), static_cast<int64_t>(step.num_candidates),
                       ReportReal{std::exp(step.log_probability), 4}, best});
    }
  }
  void add_to(Report& report) {
    report.add_people_table("steps", {"token", "step", "candidates", "probability", "best"}, std::move(rows_));
    report.add_json("steps", list_.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

 private:
  std::string text_of(int32_t id) const { return visible_token(tokenizer_.decode(std::vector<int32_t>{id})); }

  const tokenizer::Tokenizer& tokenizer_;
  int64_t num_best_;
  std::vector<Report::Row> rows_;
  Json list_ = Json::array();
};

int run_generate(const ParsedOptions& options) {
  Console console(options);
  const bool is_beam_search = wants_beams(options);
  const std::optional<schema::Grammar> grammar = text_grammar(options);
  const std::string prompt = text_or_standard_input(options.text("prompt"));
  const model::LoadedModel model = load_model(options, console);
  const autograd::Runtime runtime = make_runtime(options);
  const EngineChoice engine = engine_choice(options, model, runtime, console);
  if (is_beam_search) return show_beams(options, model, runtime, engine, prompt_ids(model, prompt), console);
  infer::Session session(*model.transformer, runtime, engine.options);
  infer::GenerateOptions generate{.sampling = sampling_settings(options, model.sampling),
                                  .max_tokens = max_answer_tokens(options, model.sampling),
                                  .stop_ids = model.end_ids,
                                  .speculation = engine.speculation,
                                  .adapter = engine.adapter};
  infer::resolve_sequence_breakers(generate.sampling, model.tokenizer);
  if (grammar) generate.constraint = std::make_shared<infer::TokenConstraint>(text_rule(options, *grammar, model));
  tokenizer::StreamDecoder decoder(model.tokenizer, /*continues=*/true);
  std::string text;
  const auto show = [&](const std::string& piece) {
    text += piece;
    if (!console.is_json() && !piece.empty()) write_foreign_text(piece);
  };
  generate.on_token = [&](const infer::SampledToken& token) {
    show(decoder.push(token.id));
    return !stop_requested();
  };
  StepTable steps(model.tokenizer, options.integer("show_steps"));
  if (options.integer("show_steps") > 0)
    generate.on_record = [&](const infer::SampledToken& token, const infer::SamplingRecord& record) {
      steps.add(token, record);
    };
  const StopSignals signals;
  const Pace pace;
  const infer::GenerateResult result = session.generate(prompt_ids(model, prompt), generate);
  show(decoder.flush());
  const auto num_tokens = static_cast<int64_t>(result.ids.size());
  const bool is_whole = !generate.constraint || generate.constraint->is_complete();
  if (console.is_json()) {
    Report report;
    report.add("text", text)
        .add("stop_reason", std::string(infer::stop_reason_name(result.reason)))
        .add("prompt_tokens", result.prompt_tokens)
        .add("tokens", num_tokens)
        .add("seconds", ReportReal{pace.seconds(), 3});
    if (generate.constraint) report.add("is_whole", is_whole);
    if (engine.speculation != infer::Speculation::kNone)
      report.add("drafted_tokens", result.drafted_tokens).add("accepted_tokens", result.accepted_tokens);
    if (generate.on_record) steps.add_to(report);
    console.result(report);
  } else {
    write_output_now("\n");
    console.note(fmt::format("[{} tokens, {}/s, ended by {}]", num_tokens,
                             short_count(pace.rate(static_cast<double>(num_tokens))),
                             infer::stop_reason_name(result.reason)));
    if (engine.speculation != infer::Speculation::kNone)
      console.note(
          fmt::format("[of {} tokens guessed ahead, {} came true]", result.drafted_tokens, result.accepted_tokens));
    if (generate.on_record) {
      Report report;
      steps.add_to(report);
      console.result(report);
    }
  }
  if (result.reason == infer::StopReason::kCancelled) return kInterruptedStatus;
  if (!is_whole && console.is_json()) return kFailed;
  if (!is_whole) refuse_part(result.reason, num_tokens, options.given("json_schema") && !options.flag("compact_json"));
  return kDone;
}

}  // namespace

Command generate_command() {
  return {.name = "generate",
          .summary = "Continue a prompt and stream the text",
          .examples = {"vitrine generate -m runs/nano 'Once there is a'",
                       "echo 'The cat' | vitrine generate -m runs/nano --temperature 0 --max-tokens 40 -",
                       "vitrine generate -m runs/nano --regex '(yes|no)' 'Is the sky blue? '",
                       "vitrine generate -m runs/nano --beams 4 --max-tokens 20 'Tom has a'"},
          .options = joined({{{.name = "prompt",
                               .help = "text to continue; - reads standard input; nothing starts a new text",
                               .positional = true},
                              model_option(),
                              {.name = "max_tokens",
                               .kind = OptionKind::kInteger,
                               .fallback = "200",
                               .help = "tokens to write at most",
                               .min = 1,
                               .max = 1e9},
                              {.name = "show_steps",
                               .kind = OptionKind::kInteger,
                               .fallback = "0",
                               .help = "show what each step of drawing did, with this many of the best tokens; 0: not",
                               .min = 0,
                               .max = 10}},
                             beam_options(),
                             text_rule_options(),
                             engine_options(),
                             options_from_fields(infer::SamplingSettings().fields())}),
          .run = run_generate,
          .notes = std::string(kSamplingNote) +
                   "\n\nCtrl-C ends the text. The prompt is not repeated; the text stops by itself where the model "
                   "ends it. On a "
                   "terminal, control characters are shown as \\u001B; into a file or a pipe they go as they are."};
}

}  // namespace vitrine::cli
