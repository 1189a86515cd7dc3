// vitrine data stats: what a dataset holds.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/dataset_report.h"
#include "cli/shared_options.h"
#include "cli/visible_token.h"
#include "data/build.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::cli {
namespace {

struct Counts {
  std::vector<int64_t> by_token;
  std::vector<int64_t> document_tokens;
};

Counts count_tokens(const data::Dataset& dataset) {
  Counts counts;
  counts.by_token.resize(static_cast<size_t>(dataset.vocab_size));
  for (const data::DatasetSplit& split : dataset.splits) {
    const data::ShardSet shards = dataset.open_split(split.name);
    for (int64_t d = 0; d < shards.num_documents(); ++d) {
      const data::TokenSpan document = shards.document(d);
      counts.document_tokens.push_back(document.size());
      for (int64_t i = 0; i < document.size(); ++i) ++counts.by_token[static_cast<size_t>(document[i])];
    }
  }
  std::sort(counts.document_tokens.begin(), counts.document_tokens.end());
  return counts;
}

int64_t percentile(const std::vector<int64_t>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::vector<Report::Row> most_frequent(const Counts& counts, const tokenizer::Tokenizer& tokenizer, int64_t top) {
  std::vector<int32_t> ids(counts.by_token.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    return counts.by_token[static_cast<size_t>(a)] > counts.by_token[static_cast<size_t>(b)];
  });
  const auto total = static_cast<double>(std::accumulate(counts.by_token.begin(), counts.by_token.end(), int64_t{0}));
  std::vector<Report::Row> rows;
  for (size_t i = 0; i < std::min(ids.size(), static_cast<size_t>(top)); ++i) {
    const int64_t count = counts.by_token[static_cast<size_t>(ids[i])];
    rows.push_back({int64_t{ids[i]}, visible_token(tokenizer.token_bytes(ids[i])), count,
                    ReportReal{100 * static_cast<double>(count) / std::max(total, 1.0), 2}});
  }
  return rows;
}

int run_data_stats(const ParsedOptions& options) {
  Console console(options);
  const data::Dataset dataset = data::open_dataset(options.text("data"));
  const tokenizer::Tokenizer tokenizer = data::load_dataset_tokenizer(dataset);
  const Counts counts = count_tokens(dataset);
  const auto unused = std::count(counts.by_token.begin(), counts.by_token.end(), int64_t{0});
  Report report = dataset_report(dataset);
  report.add("tokens_a_document_median", percentile(counts.document_tokens, 0.5))
      .add("tokens_a_document_p90", percentile(counts.document_tokens, 0.9))
      .add("tokens_a_document_most", percentile(counts.document_tokens, 1))
      .add("entries_never_used", static_cast<int64_t>(unused))
      .add_table("most_frequent_tokens", {"id", "token", "count", "percent"},
                 most_frequent(counts, tokenizer, options.integer("top")));
  console.result(report);
  return kDone;
}

}  // namespace

Command data_stats_command() {
  return {.name = "data stats",
          .summary = "Show what a dataset holds: documents, tokens, bytes a token, frequent tokens",
          .examples = {"vitrine data stats --data runs/data/small"},
          .options = {data_option(),
                      {.name = "top",
                       .kind = OptionKind::kInteger,
                       .fallback = "20",
                       .help = "how many frequent tokens to list",
                       .min = 0,
                       .max = 1e6}},
          .run = run_data_stats};
}

}  // namespace vitrine::cli
