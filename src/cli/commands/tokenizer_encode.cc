// vitrine tokenizer encode: text to token ids.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/user_text.h"
#include "cli/visible_token.h"

namespace vitrine::cli {
namespace {

int run_tokenizer_encode(const ParsedOptions& options) {
  Console console(options);
  const tokenizer::Tokenizer tokenizer = load_any_tokenizer(model_path(options));
  const std::vector<tokenizer::TokenId> ids = tokenizer.encode(text_or_standard_input(options.text("text")));
  if (!console.is_json() && !options.flag("pieces")) {
    write_output_now(fmt::format("{}\n", fmt::join(ids, " ")));
    return kDone;
  }
  std::vector<ReportValue> values;
  std::vector<Report::Row> pieces;
  for (const tokenizer::TokenId id : ids) {
    values.emplace_back(int64_t{id});
    pieces.push_back({int64_t{id}, visible_token(tokenizer.token_bytes(id))});
  }
  Report report;
  report.add("tokens", static_cast<int64_t>(ids.size()));
  if (console.is_json()) report.add_list("ids", std::move(values));
  if (options.flag("pieces")) report.add_table("pieces", {"id", "text"}, std::move(pieces));
  console.result(report);
  return kDone;
}

}  // namespace

Command tokenizer_encode_command() {
  return {.name = "tokenizer encode",
          .summary = "Turn text into token ids",
          .examples = {"vitrine tokenizer encode -m runs/nano 'The cat sat.'",
                       "cat story.txt | vitrine tokenizer encode -m my-tokenizer.json -"},
          .options =
              {{.name = "text", .help = "text to encode; - reads standard input", .positional = true, .required = true},
               tokenizer_option(),
               {.name = "pieces", .kind = OptionKind::kFlag, .help = "list each token with its text"}},
          .run = run_tokenizer_encode,
          .notes = "Special tokens never come out of text: <|endoftext|> is encoded as the letters that it is."};
}

}  // namespace vitrine::cli
