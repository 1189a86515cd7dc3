// vitrine tokenizer decode: token ids to the exact bytes they stand for.
#include <fmt/format.h>

#include <charconv>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/user_text.h"

namespace vitrine::cli {
namespace {

/// Reads whole numbers with spaces, commas or brackets between them.
std::vector<tokenizer::TokenId> parse_ids(std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n,[]";
  std::vector<tokenizer::TokenId> ids;
  for (size_t begin = text.find_first_not_of(kBetween); begin != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBetween, begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    tokenizer::TokenId id = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || rest != word.data() + word.size())
      throw Error(ErrorCode::kInvalidArgument, fmt::format("tokenizer decode: not a token id (got '{}')", word),
                  "give whole numbers with spaces between them");
    ids.push_back(id);
    begin = text.find_first_not_of(kBetween, end);
  }
  return ids;
}

int run_tokenizer_decode(const ParsedOptions& options) {
  Console console(options);
  const tokenizer::Tokenizer tokenizer = load_any_tokenizer(model_path(options));
  std::string all;
  for (const std::string& word : options.texts("ids")) all += text_or_standard_input(word) + " ";
  const std::vector<tokenizer::TokenId> ids = parse_ids(all);
  const std::string text = tokenizer.decode(ids);
  if (console.is_json())
    console.result(Report().add("tokens", static_cast<int64_t>(ids.size())).add("text", text));
  else
    write_foreign_text(text);
  return kDone;
}

}  // namespace

Command tokenizer_decode_command() {
  return {.name = "tokenizer decode",
          .summary = "Turn token ids into text",
          .examples = {"vitrine tokenizer decode -m runs/nano 84 270 303",
                       "vitrine tokenizer encode -m runs/nano 'The cat' | vitrine tokenizer decode -m runs/nano -"},
          .options = {{.name = "ids",
                       .help = "token ids; - reads them from standard input",
                       .positional = true,
                       .repeated = true,
                       .required = true},
                      tokenizer_option()},
          .run = run_tokenizer_decode,
          .notes =
              "The bytes come out as they are, without a line break of ours behind them; on a terminal, control "
              "characters are shown as \\u001B."};
}

}  // namespace vitrine::cli
