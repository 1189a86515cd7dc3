// vitrine generate: continue a prompt and stream the text to standard output.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "data/chat_format.h"
#include "infer/session.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::cli {
namespace {

/// In training every text begins behind the token that ends the one before.
std::vector<int32_t> prompt_ids(const tokenizer::Tokenizer& tokenizer, const std::string& prompt) {
  std::vector<int32_t> ids;
  if (const auto start = tokenizer.special_id(data::kEndOfText)) ids.push_back(*start);
  tokenizer.encode_append(prompt, ids);
  return ids;
}

const char* reason_name(infer::StopReason reason) {
  switch (reason) {
    case infer::StopReason::kStopToken:
      return "stop";
    case infer::StopReason::kLength:
      return "length";
    case infer::StopReason::kContext:
      return "context";
    case infer::StopReason::kCancelled:
      return "interrupted";
  }
  return "";
}

infer::GenerateOptions generate_options(const ParsedOptions& options, const tokenizer::Tokenizer& tokenizer) {
  infer::GenerateOptions generate{.sampling = sampling_settings(options), .max_tokens = options.integer("max_tokens")};
  for (const std::string_view name : {data::kEndOfText, data::kEndOfTurn})
    if (const auto id = tokenizer.special_id(name)) generate.stop_ids.push_back(*id);
  return generate;
}

int run(const ParsedOptions& options) {
  Console console(options);
  const std::string prompt = text_or_standard_input(options.text("prompt"));
  const model::LoadedModel model = load_model(options, console);
  const autograd::Runtime runtime = make_runtime(options);
  infer::Session session(*model.transformer, runtime);
  infer::GenerateOptions generate = generate_options(options, model.tokenizer);
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
  const StopSignals signals;
  const Pace pace;
  const infer::GenerateResult result = session.generate(prompt_ids(model.tokenizer, prompt), generate);
  show(decoder.flush());
  const auto num_tokens = static_cast<int64_t>(result.ids.size());
  if (console.is_json()) {
    console.result(Report()
                       .add("text", text)
                       .add("stop_reason", reason_name(result.reason))
                       .add("prompt_tokens", result.prompt_tokens)
                       .add("tokens", num_tokens)
                       .add("seconds", ReportReal{pace.seconds(), 3}));
  } else {
    write_output_now("\n");
    console.note(fmt::format("[{} tokens, {}/s, ended by {}]", num_tokens,
                             short_count(pace.rate(static_cast<double>(num_tokens))), reason_name(result.reason)));
  }
  return result.reason == infer::StopReason::kCancelled ? kInterruptedStatus : kDone;
}

}  // namespace

Command generate_command() {
  return {
      .name = "generate",
      .summary = "Continue a prompt and stream the text",
      .examples = {"vitrine generate -m runs/nano 'Once upon a time'",
                   "echo 'The cat' | vitrine generate -m runs/nano --temperature 0 --max-tokens 40 -"},
      .options = joined({{{.name = "prompt",
                           .help = "text to continue; - reads standard input; nothing starts a new text",
                           .positional = true},
                          model_option(),
                          {.name = "max_tokens",
                           .kind = OptionKind::kInteger,
                           .fallback = "200",
                           .help = "tokens to write at most",
                           .min = 1,
                           .max = 1e9}},
                         options_from_fields(infer::SamplingSettings().fields())}),
      .run = run,
      .notes =
          "Ctrl-C ends the text. The prompt is not repeated; the text stops by itself where the model ends it. On a "
          "terminal, control characters are shown as \\u001B; into a file or a pipe they go as they are."};
}

}  // namespace vitrine::cli
