#include "data/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "base/hash.h"
#include "data/chat_format.h"
#include "data/dataset_replacement.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDocumentsPerChunk = 64;    // of one thread's work
constexpr int64_t kDocumentsPerBatch = 4096;  // tokenized before they are appended in order
constexpr uint64_t kSplitSeed = 0x73706c6974;

enum class Fate : uint8_t { kDropped, kTrain, kValidation };

/// Hashes that tell documents apart; two of 64 bits, since one would collide among billions.
struct DocumentHash {
  uint64_t first = 0, second = 0;
  bool operator==(const DocumentHash&) const = default;
};
struct HashOfHash {
  size_t operator()(const DocumentHash& hash) const { return hash.first; }
};

bool is_empty(const Document& document) {
  return !document.is_conversation() && document.text.find_first_not_of(" \t\r\n") == std::string::npos;
}

DocumentHash hash_document(Document document) {
  document.kind.clear();
  const std::string text = document.is_conversation() ? to_json_line(document) : std::move(document.text);
  return {hash64(text, 0), hash64(text, 1)};
}

/// Calls body(index) for every index in parallel; of several errors the first in order is thrown.
void for_each_document(ThreadPool& pool, int64_t begin, int64_t end, const std::function<void(int64_t)>& body) {
  const int64_t num_chunks = (end - begin + kDocumentsPerChunk - 1) / kDocumentsPerChunk;
  std::vector<std::optional<Error>> errors(static_cast<size_t>(num_chunks));
  pool.parallel_for(num_chunks, [&](int64_t chunk, int) {
    const int64_t first = begin + chunk * kDocumentsPerChunk;
    try {
      for (int64_t i = first; i < std::min(end, first + kDocumentsPerChunk); ++i) body(i);
    } catch (const Error& error) {
      errors[static_cast<size_t>(chunk)] = error;
    }
  });
  for (const auto& error : errors)
    if (error) throw *error;
}

/// Writes one split shard by shard.
class SplitWriter {
 public:
  SplitWriter(const BuildOptions& options, DatasetReplacement& files, ShardInfo info)
      : folder_(options.out_folder),
        shard_tokens_(options.shard_tokens),
        files_(files),
        info_(std::move(info)),
        shard_(info_) {
    split_.name = info_.split;
  }

  void add(const RenderedChat& document, int64_t num_bytes) {
    shard_.add(document.ids, document.loss_mask);
    ++split_.num_documents;
    split_.num_tokens += static_cast<int64_t>(document.ids.size());
    split_.num_bytes += num_bytes;
    if (shard_.num_tokens() >= shard_tokens_) close_shard();
  }

  DatasetSplit finish() {
    if (shard_.num_documents() > 0) close_shard();
    return split_;
  }

 private:
  void close_shard() {
    const std::string name = files_.add_shard(split_.name, split_.shards.size());
    split_.shards.push_back({name, shard_.write(folder_ / name)});
    shard_ = ShardBuilder(info_);
  }

  fs::path folder_;
  int64_t shard_tokens_;
  DatasetReplacement& files_;
  ShardInfo info_;
  ShardBuilder shard_;
  DatasetSplit split_;
};

/// The two passes of a build: the first decides each document's fate, the second tokenizes.
class Build {
 public:
  Build(const BuildOptions& options, const Tokenizer& tokenizer, ThreadPool& pool)
      : options_(options),
        rules_(options.rules),
        format_(tokenizer),
        pool_(pool),
        text_bytes_(token_text_bytes(tokenizer)) {
    files_ = list_input_files(options.inputs);
    int64_t num_text_files = 0;
    for (const InputFile& file : files_) {
      num_text_files += file.kind == InputKind::kText;
      std::error_code status;
      const auto num_bytes = fs::file_size(file.path, status);
      if (!status) total_bytes_ += static_cast<int64_t>(num_bytes);
    }
    const bool cuts = rules_.separator.empty() && rules_.piece_bytes > 0;
    if (!cuts || !options.leaves_many_files_whole || num_text_files < kManyFiles) return;
    rules_.piece_bytes = 0;
    if (options.on_files_left_whole) options.on_files_left_whole(num_text_files);
  }

  Dataset run() {
    read_all();
    decide_splits();
    return write_all();
  }

 private:
  void report(BuildProgress::Stage stage, int64_t done_bytes) const {
    if (options_.on_progress) options_.on_progress({stage, done_bytes, total_bytes_});
  }

  void read_all() {
    int64_t done_bytes = 0;
    std::unordered_set<DocumentHash, HashOfHash> seen;
    for (const InputFile& file : files_) {
      const InputReader reader(file, rules_);
      std::vector<std::optional<DocumentHash>> hashes(static_cast<size_t>(reader.num_documents()));
      for_each_document(pool_, 0, reader.num_documents(), [&](int64_t i) {
        Document document = reader.parse(i);
        if (!is_empty(document)) hashes[static_cast<size_t>(i)] = hash_document(std::move(document));
      });
      for (const auto& hash : hashes) {
        const bool is_new = hash && seen.insert(*hash).second;
        dataset_.num_empty_documents += !hash;
        dataset_.num_duplicates += hash && !is_new;
        fates_.push_back(is_new ? Fate::kTrain : Fate::kDropped);
        split_keys_.push_back(hash ? hash->first ^ (hash->second * kSplitSeed) : 0);
      }
      documents_of_file_.push_back(reader.num_documents());
      report(BuildProgress::Stage::kReading, done_bytes += reader.num_bytes());
    }
  }

  /// A document goes to validation when its key lies below the share; so a document stays in its split when others
  /// come or go.
  void decide_splits() {
    const double share = options_.validation_share;
    std::vector<size_t> kept;
    for (size_t i = 0; i < fates_.size(); ++i)
      if (fates_[i] != Fate::kDropped) kept.push_back(i);
    if (kept.empty())
      throw Error(ErrorCode::kInvalidArgument, "build data: the input holds no document", "add text to it");
    if (share == 0) return;
    if (kept.size() == 1)
      throw Error(ErrorCode::kInvalidArgument,
                  "build data: one document cannot be split into training and validation (got 1, expected 2 or more)",
                  "add documents, name the separator between them, or set the validation share to 0");
    const auto [least, most] = std::minmax_element(kept.begin(), kept.end(),
                                                   [&](size_t a, size_t b) { return split_keys_[a] < split_keys_[b]; });
    for (const size_t i : kept) {
      const double position = static_cast<double>(split_keys_[i] >> 11) * 0x1.0p-53;
      if (position < share) fates_[i] = Fate::kValidation;
    }
    fates_[*least] = Fate::kValidation;
    fates_[*most] = Fate::kTrain;
  }

  /// Tokens of a document with its ends; text is learnt whole, a conversation where the assistant speaks.
  RenderedChat tokenize(const Document& document) const {
    RenderedChat rendered;
    if (document.is_conversation()) {
      rendered = format_.render(document.messages);
    } else {
      rendered.ids.push_back(format_.end_of_text());  // what a model is given to begin a text of its own
      format_.tokenizer().encode_append(document.text, rendered.ids);
    }
    rendered.loss_mask.resize(rendered.ids.size(), 1);
    rendered.ids.push_back(format_.end_of_text());
    rendered.loss_mask.push_back(!document.is_conversation());
    return rendered;
  }

  int64_t text_bytes(const RenderedChat& rendered) const {
    int64_t total = 0;
    for (const TokenId id : rendered.ids) total += text_bytes_[static_cast<size_t>(id)];
    return total;
  }

  std::string source_text() const {
    const std::string first = files_.front().path.filename().string();
    return files_.size() == 1 ? first : fmt::format("{} and {} more", first, files_.size() - 1);
  }

  void write_file(const InputReader& reader, int64_t first_document, SplitWriter& train, SplitWriter& validation) {
    for (int64_t begin = 0; begin < reader.num_documents(); begin += kDocumentsPerBatch) {
      const int64_t end = std::min(reader.num_documents(), begin + kDocumentsPerBatch);
      std::vector<RenderedChat> rendered(static_cast<size_t>(end - begin));
      std::vector<uint8_t> is_conversation(rendered.size());
      const auto fate = [&](int64_t i) { return fates_[static_cast<size_t>(first_document + i)]; };
      for_each_document(pool_, begin, end, [&](int64_t i) {
        if (fate(i) == Fate::kDropped) return;
        const Document document = reader.parse(i);
        is_conversation[static_cast<size_t>(i - begin)] = document.is_conversation();
        try {
          rendered[static_cast<size_t>(i - begin)] = tokenize(document);
        } catch (const Error& error) {
          throw error.wrapped(reader.place(i));
        }
      });
      for (int64_t i = begin; i < end; ++i) {
        if (fate(i) == Fate::kDropped) continue;
        const RenderedChat& document = rendered[static_cast<size_t>(i - begin)];
        dataset_.num_conversations += is_conversation[static_cast<size_t>(i - begin)];
        (fate(i) == Fate::kTrain ? train : validation).add(document, text_bytes(document));
        done_bytes_ += reader.document_bytes(i);
      }
      report(BuildProgress::Stage::kTokenizing, std::min(done_bytes_, total_bytes_));
    }
  }

  Dataset write_all() {
    DatasetReplacement replacement(options_.out_folder);
    const Tokenizer& tokenizer = format_.tokenizer();
    dataset_.folder = options_.out_folder;
    dataset_.num_files = static_cast<int64_t>(files_.size());
    dataset_.vocab_size = tokenizer.vocab_size();
    dataset_.tokenizer_checksum = tokenizer_checksum(tokenizer);
    const auto info = [&](std::string_view split) {
      return ShardInfo{dataset_.vocab_size, dataset_.tokenizer_checksum, std::string(split), source_text()};
    };
    SplitWriter train(options_, replacement, info(kTrainSplit));
    SplitWriter validation(options_, replacement, info(kValidationSplit));
    int64_t first_document = 0;
    for (size_t i = 0; i < files_.size(); ++i) {
      const InputReader reader(files_[i], rules_);
      if (reader.num_documents() != documents_of_file_[i])
        throw Error(ErrorCode::kMismatch,
                    fmt::format("build data: '{}' changed while it was read", files_[i].path.string()),
                    "run the build again when nothing writes to its input");
      write_file(reader, first_document, train, validation);
      first_document += reader.num_documents();
    }
    dataset_.splits.push_back(train.finish());
    if (DatasetSplit split = validation.finish(); split.num_documents > 0) dataset_.splits.push_back(std::move(split));
    replacement.commit(dataset_, tokenizer);
    return dataset_;
  }

  const BuildOptions& options_;
  InputRules rules_;
  ChatFormat format_;
  ThreadPool& pool_;
  std::vector<int32_t> text_bytes_;
  std::vector<InputFile> files_;
  int64_t total_bytes_ = 0;
  int64_t done_bytes_ = 0;
  std::vector<int64_t> documents_of_file_;
  std::vector<Fate> fates_;
  std::vector<uint64_t> split_keys_;
  Dataset dataset_;
};

/// The tokenizer of a build that ended between dataset.json and putting the tokenizer in its place.
std::optional<Tokenizer> next_tokenizer(const Dataset& dataset) {
  std::error_code ignored;
  if (!fs::exists(dataset.next_tokenizer_path(), ignored)) return std::nullopt;
  try {
    Tokenizer next = tokenizer::load_tokenizer(dataset.next_tokenizer_path());
    if (tokenizer_checksum(next) == dataset.tokenizer_checksum) return next;
  } catch (const Error&) {  // it belongs to no dataset then
  }
  return std::nullopt;
}

}  // namespace

Dataset build_dataset(const BuildOptions& options, const Tokenizer& tokenizer, ThreadPool& pool) {
  if (!(options.validation_share >= 0 && options.validation_share < 1))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("build data: validation share out of range (got {}, expected 0 up to below 1)",
                            options.validation_share));
  if (options.shard_tokens < 1 || options.rules.piece_bytes < 0 || options.rules.text_field.empty())
    throw Error(ErrorCode::kInvalidArgument, "build data: shard size, piece size and text field cannot be used",
                "sizes are positive, and the field has a name");
  return Build(options, tokenizer, pool).run();
}

std::string tokenizer_checksum(const Tokenizer& tokenizer) {
  const std::string text = tokenizer::to_tokenizer_json(tokenizer);
  return checksum_hex(std::as_bytes(std::span(text)));
}

Tokenizer load_dataset_tokenizer(const Dataset& dataset) {
  if (std::optional<Tokenizer> next = next_tokenizer(dataset)) return *std::move(next);
  Tokenizer loaded = tokenizer::load_tokenizer(dataset.tokenizer_path());
  if (tokenizer_checksum(loaded) != dataset.tokenizer_checksum)
    throw Error(ErrorCode::kMismatch,
                fmt::format("open dataset '{}': tokenizer.json is not the one that the shards were made with",
                            dataset.folder.string()),
                "run `vitrine data build` again");
  return loaded;
}

std::vector<int32_t> token_text_bytes(const Tokenizer& tokenizer) {
  std::vector<int32_t> lengths(static_cast<size_t>(tokenizer.vocab_size()));
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id)
    lengths[static_cast<size_t>(id)] =
        tokenizer.is_special(id) ? 0 : static_cast<int32_t>(tokenizer.token_bytes(id).size());
  return lengths;
}

}  // namespace vitrine::data
