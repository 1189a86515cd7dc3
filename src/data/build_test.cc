#include "data/build.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "data/chat_format.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::data {
namespace {

using testing::put_file;
using testing::small_tokenizer;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

/// 300 documents of text, some of them twice, and a conversation after every tenth.
std::string sample_lines() {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += "{\"text\": \"the cat number " + std::to_string(i % 280) + " sat on the mat. \\u20ac\"}\n";
    if (i % 10 == 0)
      lines += "{\"messages\": [{\"role\": \"user\", \"content\": \"the " + std::to_string(i) +
               "\"}, {\"role\": \"assistant\", \"content\": \"the answer\"}]}\n";
  }
  return lines + "{\"text\": \" \\n\"}\n";
}

Dataset build(const fs::path& input, const fs::path& out, double share = 0.1, int threads = 1,
              int64_t shard_tokens = 1 << 20) {
  ThreadPool pool(threads);
  return build_dataset({.inputs = {input}, .out_folder = out, .validation_share = share, .shard_tokens = shard_tokens},
                       small_tokenizer(), pool);
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    files[entry.path().filename().string()] = read_file(entry.path());
  return files;
}

std::vector<std::string> texts_of(const Dataset& dataset, std::string_view split) {
  std::vector<std::string> texts;
  const ShardSet set = dataset.open_split(split);
  for (int64_t i = 0; i < set.num_documents(); ++i)
    texts.push_back(small_tokenizer().decode(set.document(i).to_vector()));
  return texts;
}

TEST(BuildDataset, CountsWhatItKeptAndWhatItLeftOut) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  const Dataset dataset = build(folder / "d.jsonl", folder / "out");
  EXPECT_EQ(dataset.num_duplicates, 20);
  EXPECT_EQ(dataset.num_empty_documents, 1);
  EXPECT_EQ(dataset.num_conversations, 30);
  const auto &train = dataset.split("train"), &validation = dataset.split("validation");
  EXPECT_EQ(train.num_documents + validation.num_documents, 310);
  EXPECT_GT(validation.num_documents, 10);
  EXPECT_LT(validation.num_documents, 60);
  int64_t num_tokens = 0, num_bytes = 0;
  for (const std::string_view split : {kTrainSplit, kValidationSplit}) {
    const ShardSet set = dataset.open_split(split);
    num_tokens += set.num_tokens();
    for (std::string text : texts_of(dataset, split)) {
      ASSERT_TRUE(text.ends_with(kEndOfText));
      for (const std::string_view special : kSpecialTokens)
        for (size_t at = text.find(special); at != std::string::npos; at = text.find(special))
          text.erase(at, special.size());
      num_bytes += static_cast<int64_t>(text.size());
    }
  }
  EXPECT_EQ(train.num_tokens + validation.num_tokens, num_tokens);
  EXPECT_EQ(train.num_bytes + validation.num_bytes, num_bytes);
}

TEST(BuildDataset, DatasetJsonSaysWhatTheBuildReturned) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  const Dataset built = build(folder / "d.jsonl", folder / "out");
  const Dataset opened = open_dataset(folder / "out");
  EXPECT_EQ(opened.tokenizer_checksum, built.tokenizer_checksum);
  EXPECT_EQ(opened.num_duplicates, built.num_duplicates);
  EXPECT_EQ(opened.split("train").num_tokens, built.split("train").num_tokens);
  EXPECT_EQ(opened.split("train").shards.at(0).checksum, built.split("train").shards.at(0).checksum);
  EXPECT_EQ(tokenizer_checksum(tokenizer::load_tokenizer(opened.tokenizer_path())), opened.tokenizer_checksum);
  EXPECT_EQ(opened.open_split("train").shards()[0].info().tokenizer_checksum, opened.tokenizer_checksum);
  EXPECT_THROW(opened.split("test"), Error);
}

TEST(BuildDataset, IsTheSameForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  for (const int threads : {1, 2, 5}) build(folder / "d.jsonl", folder / std::to_string(threads), 0.1, threads, 700);
  const auto first = contents(folder / "1");
  EXPECT_GT(first.size(), 6u);  // several shards
  EXPECT_EQ(first, contents(folder / "2"));
  EXPECT_EQ(first, contents(folder / "5"));
}

TEST(BuildDataset, ShardsStayNearTheirLimitAndStaleOnesGo) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  const Dataset small = build(folder / "d.jsonl", folder / "out", 0.1, 1, 700);
  EXPECT_GT(small.split("train").shards.size(), 3u);
  const ShardSet set = small.open_split("train");
  for (const Shard& shard : set.shards()) EXPECT_LT(shard.num_tokens(), 900);
  const auto before = texts_of(small, "train");
  const Dataset large = build(folder / "d.jsonl", folder / "out");
  EXPECT_EQ(texts_of(large, "train"), before);
  EXPECT_EQ(contents(folder / "out").size(), 4u);
}

TEST(BuildDataset, ADocumentKeepsItsSplitWhenOthersCome) {
  const TemporaryFolder folder;
  put_file(folder / "a.jsonl", sample_lines());
  put_file(folder / "b.jsonl", "{\"text\": \"a new one\"}\n" + sample_lines() + "{\"text\": \"another\"}\n");
  const auto first = texts_of(build(folder / "a.jsonl", folder / "a"), "validation");
  const auto second = texts_of(build(folder / "b.jsonl", folder / "b"), "validation");
  for (const std::string& text : first) EXPECT_NE(std::find(second.begin(), second.end(), text), second.end());
}

TEST(BuildDataset, EverySplitGetsADocumentAndOneAloneIsRefused) {
  const TemporaryFolder folder;
  put_file(folder / "two.txt", "one|two");
  put_file(folder / "one.txt", "the only one");
  ThreadPool pool(1);
  for (const double share : {1e-9, 0.5, 0.999999}) {
    const Dataset dataset = build_dataset({.inputs = {folder / "two.txt"},
                                           .out_folder = folder / "out",
                                           .rules = {.separator = "|"},
                                           .validation_share = share},
                                          small_tokenizer(), pool);
    EXPECT_EQ(dataset.split("train").num_documents, 1);
    EXPECT_EQ(dataset.split("validation").num_documents, 1);
  }
  EXPECT_THROW(build(folder / "one.txt", folder / "x"), Error);
  EXPECT_FALSE(fs::exists(folder / "x"));
  const Dataset whole = build(folder / "one.txt", folder / "y", 0);
  EXPECT_FALSE(whole.has_split("validation"));
  EXPECT_EQ(texts_of(whole, "train"), std::vector<std::string>{"<|endoftext|>the only one<|endoftext|>"});
}

TEST(BuildDataset, ATextFileIsCutSoThatThereIsSomethingToValidateOn) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "the cat number " + std::to_string(i) + " sat.\n\n";
  put_file(folder / "book.txt", text);
  const Dataset dataset = build(folder / "book.txt", folder / "out");
  EXPECT_GT(dataset.split("train").num_documents, 15);
  EXPECT_GE(dataset.split("validation").num_documents, 1);
}

TEST(BuildDataset, ManyTextFilesStayWholeUnlessTheCallerCutsThem) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in");
  ThreadPool pool(1);
  int64_t num_left_whole = 0;
  const auto num_documents = [&](bool leaves_whole) {
    num_left_whole = 0;
    return build_dataset({.inputs = {folder / "in"},
                          .out_folder = folder / "out",
                          .rules = {.piece_bytes = 8},
                          .leaves_many_files_whole = leaves_whole,
                          .validation_share = 0,
                          .on_files_left_whole = [&](int64_t count) { num_left_whole = count; }},
                         small_tokenizer(), pool)
        .split("train")
        .num_documents;
  };
  const auto add_file = [&](int64_t i) {
    const std::string number = std::to_string(1000 + i);
    put_file(folder / ("in/" + number + ".txt"), "the cat " + number + "\n\nthe dog " + number + "\n");
  };
  for (int64_t i = 0; i < kManyFiles - 1; ++i) add_file(i);
  EXPECT_EQ(num_documents(true), 2 * (kManyFiles - 1));
  EXPECT_EQ(num_left_whole, 0);
  add_file(kManyFiles - 1);
  EXPECT_EQ(num_documents(true), kManyFiles);
  EXPECT_EQ(num_left_whole, kManyFiles);
  EXPECT_EQ(num_documents(false), 2 * kManyFiles);
  EXPECT_EQ(num_left_whole, 0);
}

TEST(BuildDataset, ConversationsAreLearntWhereTheAssistantSpeaks) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl",
           "{\"messages\": [{\"role\": \"user\", \"content\": \"the cat\"}, {\"role\": \"assistant\", \"content\": "
           "\"the dog\"}]}\n{\"text\": \"the mat\"}\n");
  const ShardSet set = build(folder / "d.jsonl", folder / "out", 0).open_split("train");
  ASSERT_TRUE(set.shards()[0].has_mask());
  std::string learnt[2];
  for (int64_t d = 0; d < 2; ++d)
    for (int64_t i = 0; i < set.document(d).size(); ++i)
      if (set.document(d).is_learnt(i)) learnt[d] += small_tokenizer().token_bytes(set.document(d)[i]);
  EXPECT_EQ(learnt[0], "the dog<|im_end|>");
  EXPECT_EQ(learnt[1], "<|endoftext|>the mat<|endoftext|>");
}

TEST(BuildDataset, TheFirstBadLineIsNamedWhateverTheThreads) {
  const TemporaryFolder folder;
  std::string lines = sample_lines() + "{bad\n" + sample_lines() + "{worse\n";
  put_file(folder / "d.jsonl", lines);
  for (int round = 0; round < 5; ++round) {
    try {
      build(folder / "d.jsonl", folder / "out", 0.1, 4);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("d.jsonl:332: "), std::string::npos) << error.message();
    }
  }
  put_file(folder / "e.jsonl",
           "{\"text\": \"a\"}\n{\"messages\": [{\"role\": \"assistant\", \"reasoning_content\": \"hm\", \"content\": "
           "\"b\"}]}\n");
  try {
    build(folder / "e.jsonl", folder / "out");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("e.jsonl:2: "), std::string::npos) << error.message();
  }
}

TEST(BuildDataset, OptionsThatCannotBeUsedAreRefused) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  for (const double share : {-0.1, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(build(folder / "d.jsonl", folder / "out", share), Error);
  EXPECT_THROW(build(folder / "d.jsonl", folder / "out", 0.1, 1, 0), Error);
}

TEST(BuildDataset, ProgressRisesToTheWhole) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  std::vector<BuildProgress> seen;
  ThreadPool pool(2);
  build_dataset({.inputs = {folder / "d.jsonl"},
                 .out_folder = folder / "out",
                 .on_progress = [&](const BuildProgress& progress) { seen.push_back(progress); }},
                small_tokenizer(), pool);
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.front().stage, BuildProgress::Stage::kReading);
  EXPECT_EQ(seen.back().stage, BuildProgress::Stage::kTokenizing);
  for (const BuildProgress& progress : seen) EXPECT_LE(progress.done_bytes, progress.total_bytes);
}

tokenizer::Tokenizer another_tokenizer() {
  const std::string_view documents[] = {"another text, with other words in it, and others"};
  tokenizer::TrainOptions options{.vocab_size = 270};
  for (const std::string_view name : kSpecialTokens) options.special_tokens.emplace_back(name);
  ThreadPool pool(1);
  return tokenizer::train_bpe(options, documents, pool);
}

/// Makes the n-th operation on files fail while it lives.
class FailingDisk {
 public:
  explicit FailingDisk(int n) {
    set_file_hook([this, n](FileOperation, const fs::path&) {
      if (++count_ == n) throw Error(ErrorCode::kIo, "disk full");
    });
  }
  ~FailingDisk() { set_file_hook(nullptr); }

 private:
  int count_ = 0;
};

TEST(Dataset, ABuildThatFailsLeavesNoDatasetWhereThereWasNone) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  bool was_built = false;
  for (int n = 1; !was_built; ++n) {
    ASSERT_LT(n, 200);
    fs::remove_all(folder / "out");
    try {
      const FailingDisk disk(n);
      build(folder / "d.jsonl", folder / "out", 0.1, 1, 700);
      was_built = true;
    } catch (const Error&) {
    }
    if (has_dataset(folder / "out"))
      EXPECT_NO_THROW(open_dataset(folder / "out").open_split("train")) << n;  // only the last sync failed
    else
      EXPECT_TRUE(contents(folder / "out").empty()) << n;
  }
}

TEST(Dataset, ABuildThatFailsOverADatasetLeavesItAsItWas) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  put_file(folder / "e.jsonl", "{\"text\": \"other\"}\n" + sample_lines());
  build(folder / "d.jsonl", folder / "old");
  const auto old_files = contents(folder / "old");
  const tokenizer::Tokenizer other = another_tokenizer();
  ThreadPool pool(1);
  bool was_built = false;
  for (int n = 1; !was_built; ++n) {
    ASSERT_LT(n, 200);
    fs::remove_all(folder / "out");
    fs::copy(folder / "old", folder / "out");
    try {
      const FailingDisk disk(n);
      build_dataset({.inputs = {folder / "e.jsonl"}, .out_folder = folder / "out", .shard_tokens = 700}, other, pool);
      was_built = true;
    } catch (const Error&) {
    }
    const Dataset found = open_dataset(folder / "out");
    EXPECT_NO_THROW(found.open_split("train")) << n;
    EXPECT_NO_THROW(load_dataset_tokenizer(found)) << n;
    const bool is_old = found.tokenizer_checksum != tokenizer_checksum(other);
    EXPECT_TRUE(!is_old || contents(folder / "out") == old_files) << n;
  }
  EXPECT_EQ(open_dataset(folder / "out").tokenizer_checksum, tokenizer_checksum(other));
}

TEST(Dataset, AnInterruptedBuildLeavesTheOldOneAndItsReaders) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  const Dataset old = build(folder / "d.jsonl", folder / "out", 0.1, 1, 700);
  const auto old_files = contents(folder / "out");
  ThreadPool pool(1);
  int num_shards_seen = 0;
  const auto stop = [&](const BuildProgress& progress) {
    if (progress.stage != BuildProgress::Stage::kTokenizing) return;
    num_shards_seen = static_cast<int>(contents(folder / "out").size());
    EXPECT_NO_THROW(old.open_split("train"));
    throw Error(ErrorCode::kInterrupted, "stopped");
  };
  const BuildOptions options{
      .inputs = {folder / "d.jsonl"}, .out_folder = folder / "out", .shard_tokens = 500, .on_progress = stop};
  EXPECT_THROW(build_dataset(options, small_tokenizer(), pool), Error);
  EXPECT_GT(num_shards_seen, static_cast<int>(old_files.size()));  // it had begun to write
  EXPECT_EQ(contents(folder / "out"), old_files);
}

TEST(Dataset, ARebuildOfTheSameInputHasTheSameChecksums) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  const Dataset first = build(folder / "d.jsonl", folder / "out"), second = build(folder / "d.jsonl", folder / "out");
  EXPECT_NE(second.split("train").shards[0].name, first.split("train").shards[0].name);
  EXPECT_EQ(second.split("train").shards[0].checksum, first.split("train").shards[0].checksum);
  EXPECT_EQ(contents(folder / "out").size(), 4u);
  EXPECT_EQ(build(folder / "d.jsonl", folder / "out").split("train").shards[0].name, "train-00000.vds");
}

TEST(Dataset, DamageAndForeignShardsAreRefused) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl", sample_lines());
  put_file(folder / "e.jsonl", "{\"text\": \"other\"}\n" + sample_lines());
  build(folder / "d.jsonl", folder / "a");
  build(folder / "e.jsonl", folder / "b");
  const std::string good = read_file(folder / "a/dataset.json");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    put_file(folder / "a/dataset.json", bad);
    EXPECT_THROW(open_dataset(folder / "a"), Error) << i;
    put_file(folder / "a/dataset.json", good.substr(0, i));
    EXPECT_THROW(open_dataset(folder / "a"), Error) << i;
  }
  put_file(folder / "a/dataset.json", good);
  put_file(folder / "a/train-00000.vds", read_file(folder / "b/train-00000.vds"));
  try {
    open_dataset(folder / "a").open_split("train");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  }
  EXPECT_THROW(open_dataset(folder.path()), Error);
}

}  // namespace
}  // namespace vitrine::data
