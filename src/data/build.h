// `data build`: text and JSONL in, a dataset of token shards out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "data/dataset.h"
#include "data/input_files.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::data {

/// With so many text files each is taken for one document, unless a separator or the caller says otherwise.
inline constexpr int64_t kManyFiles = 1000;

/// Where a build stands; both stages read all inputs.
struct BuildProgress {
  enum class Stage { kReading, kTokenizing };
  Stage stage;
  int64_t done_bytes;
  int64_t total_bytes;
};

struct BuildOptions {
  std::vector<std::filesystem::path> inputs;  ///< files and folders
  std::filesystem::path out_folder;
  InputRules rules;
  bool leaves_many_files_whole = true;       ///< from kManyFiles text files on, whatever rules.piece_bytes says
  double validation_share = 0.01;            ///< of the documents, by their hash; 0 makes no validation split
  int64_t shard_tokens = int64_t{64} << 20;  ///< a shard is closed when it holds this many
  std::function<void(const BuildProgress&)> on_progress;  ///< called on the calling thread, when given
  std::function<void(int64_t)> on_files_left_whole;       ///< with their number, where leaves_many_files_whole matters
};

/// Reads, deduplicates, splits, tokenizes and writes; returns what dataset.json says. Every document ends with
/// <|endoftext|>; plain text begins with it too. The result is a pure function of inputs, options and tokenizer,
/// whatever the number of threads; a document's split depends on its content, except that each split gets at least one.
/// Errors: kInvalidArgument, kCorruptData or kNotFound for unusable input (see InputReader), for one document where two
/// splits are wanted, and for none; kIo. A dataset that stood in the folder is replaced at the very end, and stays as
/// it was where the build fails or on_progress throws; new shards have other names than those they replace.
Dataset build_dataset(const BuildOptions& options, const tokenizer::Tokenizer& tokenizer, ThreadPool& pool);

/// The checksum by which shards and checkpoints name a tokenizer.
std::string tokenizer_checksum(const tokenizer::Tokenizer& tokenizer);

/// Loads the tokenizer of a dataset. Errors: as tokenizer::load_tokenizer(); kMismatch when it is not the one that the
/// shards were made with.
tokenizer::Tokenizer load_dataset_tokenizer(const Dataset& dataset);

/// Bytes of text that each token stands for: the length of its bytes, nothing for special tokens.
std::vector<int32_t> token_text_bytes(const tokenizer::Tokenizer& tokenizer);

}  // namespace vitrine::data
