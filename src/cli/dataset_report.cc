#include "cli/dataset_report.h"

namespace vitrine::cli {

Report dataset_report(const data::Dataset& dataset) {
  std::vector<Report::Row> rows;
  for (const data::DatasetSplit& split : dataset.splits)
    rows.push_back({split.name, split.num_documents, split.num_tokens, split.num_bytes,
                    ReportReal{split.bytes_per_token(), 3}, static_cast<int64_t>(split.shards.size())});
  Report report;
  report.add("data", dataset.folder.string())
      .add("vocab_size", dataset.vocab_size)
      .add("files", dataset.num_files)
      .add("conversations", dataset.num_conversations)
      .add("duplicates_left_out", dataset.num_duplicates)
      .add("empty_left_out", dataset.num_empty_documents)
      .add_table("splits", {"split", "documents", "tokens", "bytes", "bytes_per_token", "shards"}, std::move(rows));
  return report;
}

}  // namespace vitrine::cli
