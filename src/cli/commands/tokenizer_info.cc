// vitrine tokenizer info: what a vocabulary holds.
#include <algorithm>
#include <numeric>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/visible_token.h"

namespace vitrine::cli {
namespace {

std::vector<Report::Row> longest_tokens(const tokenizer::Tokenizer& tokenizer, int64_t top) {
  std::vector<tokenizer::TokenId> ids;
  for (tokenizer::TokenId id = 0; id < tokenizer.vocab_size(); ++id)
    if (!tokenizer.is_special(id)) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](tokenizer::TokenId a, tokenizer::TokenId b) {
    return tokenizer.token_bytes(a).size() > tokenizer.token_bytes(b).size();
  });
  ids.resize(std::min(ids.size(), static_cast<size_t>(top)));
  std::vector<Report::Row> rows;
  for (const tokenizer::TokenId id : ids)
    rows.push_back({int64_t{id}, visible_token(tokenizer.token_bytes(id)),
                    static_cast<int64_t>(tokenizer.token_bytes(id).size())});
  return rows;
}

int run_tokenizer_info(const ParsedOptions& options) {
  Console console(options);
  const tokenizer::Tokenizer tokenizer = load_any_tokenizer(model_path(options));
  std::vector<Report::Row> special;
  for (const tokenizer::SpecialToken& token : tokenizer.special_tokens())
    special.push_back({int64_t{token.id}, token.name});
  console.result(
      Report()
          .add("vocab_size", int64_t{tokenizer.vocab_size()})
          .add("model", std::string(tokenizer.model_name()))
          .add("merges", static_cast<int64_t>(tokenizer.merges().size()))
          .add("pre_tokenizer", tokenizer.pre_tokenizer_name())
          .add("pattern", tokenizer.scanner() == nullptr ? std::string() : std::string(tokenizer.scanner()->pattern))
          .add_table("special_tokens", {"id", "name"}, std::move(special))
          .add_table("longest_tokens", {"id", "token", "bytes"}, longest_tokens(tokenizer, options.integer("top"))));
  return kDone;
}

}  // namespace

Command tokenizer_info_command() {
  return {.name = "tokenizer info",
          .summary = "Show what a vocabulary holds",
          .examples = {"vitrine tokenizer info -m runs/nano", "vitrine tokenizer info -m tokenizer.model"},
          .options = {tokenizer_option(),
                      {.name = "top",
                       .kind = OptionKind::kInteger,
                       .fallback = "15",
                       .help = "how many of the longest tokens to list",
                       .min = 0,
                       .max = 1e6}},
          .run = run_tokenizer_info};
}

}  // namespace vitrine::cli
