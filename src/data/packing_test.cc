#include "data/packing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "core/rng.h"
#include "support/temporary_folder.h"

namespace vitrine::data {
namespace {

using testing::TemporaryFolder;

/// Documents that can be told apart: tokens of document d are d, 1000 + d, then random.
std::shared_ptr<const ShardSet> make_set(const TemporaryFolder& folder, const std::vector<int64_t>& lengths,
                                         bool with_mask = false) {
  Rng rng(1, 0);
  std::vector<std::filesystem::path> paths;
  for (size_t begin = 0; begin < lengths.size(); begin += 50) {
    ShardBuilder builder({.vocab_size = 5000, .tokenizer_checksum = "t", .split = "train"});
    for (size_t d = begin; d < std::min(lengths.size(), begin + 50); ++d) {
      std::vector<TokenId> ids(static_cast<size_t>(lengths[d]));
      std::vector<uint8_t> mask(ids.size());
      for (size_t i = 0; i < ids.size(); ++i) {
        ids[i] = static_cast<TokenId>(i == 0 ? d : i == 1 ? 1000 + d : rng.next_below(5000));
        mask[i] = with_mask ? i % 3 == 0 : 1;
      }
      builder.add(ids, mask);
    }
    paths.push_back(folder / (std::to_string(begin) + ".vds"));
    builder.write(paths.back());
  }
  return std::make_shared<ShardSet>(paths);
}

/// Lengths spread as those of short stories: many around the mean, a tail of long ones.
std::vector<int64_t> typical_lengths(int count, double mean) {
  Rng rng(9, 0);
  std::vector<int64_t> lengths;
  for (int i = 0; i < count; ++i)
    lengths.push_back(std::max<int64_t>(2, static_cast<int64_t>(mean * std::exp(0.6 * rng.next_normal()))));
  return lengths;
}

/// Reads pieces back out of rows: (first token, tokens) of each, padding left out.
std::vector<std::vector<TokenId>> unpack(const Batch& batch) {
  std::vector<std::vector<TokenId>> pieces;
  const int64_t rows = batch.inputs.shape()[0], slots = batch.inputs.shape()[1];
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t slot = 0; slot < slots; ++slot) {
      const int64_t at = row * slots + slot;
      if (batch.targets.i32()[at] < 0) continue;
      if (batch.positions.i32()[at] == 0) pieces.push_back({batch.inputs.i32()[at]});
      EXPECT_EQ(pieces.back().back(), batch.inputs.i32()[at]);
      pieces.back().push_back(batch.targets.i32()[at]);
    }
  return pieces;
}

TEST(PackedDataset, AnEpochHoldsEveryDocumentOnceAndNothingElse) {
  const TemporaryFolder folder;
  std::vector<int64_t> lengths = typical_lengths(300, 12);
  for (int64_t& length : lengths) length = std::min<int64_t>(length, 65);  // T + 1: the longest that is not split
  const auto set = make_set(folder, lengths);
  PackedDataset packed(set, {.context_length = 64, .seed = 3, .window_documents = 70});
  for (int64_t epoch = 0, first_row = 0; epoch < 3; first_row += packed.rows_in_epoch(epoch++)) {
    auto pieces = unpack(packed.batch(first_row, packed.rows_in_epoch(epoch)));
    std::sort(pieces.begin(), pieces.end());
    std::vector<std::vector<TokenId>> documents;
    for (int64_t d = 0; d < set->num_documents(); ++d) documents.push_back(set->document(d).to_vector());
    std::sort(documents.begin(), documents.end());
    EXPECT_TRUE(pieces == documents) << epoch;
  }
}

TEST(PackedDataset, LongDocumentsAreSplitWithoutLosingATarget) {
  const TemporaryFolder folder;
  const std::vector<int64_t> lengths = {1, 2, 8, 9, 10, 16, 17, 18, 100};  // T is 8: edges of one and two rows
  const auto set = make_set(folder, lengths);
  PackedDataset packed(set, {.context_length = 8});
  std::map<TokenId, std::map<TokenId, int>> seen, expected;  // input -> target -> count
  for (const auto& piece : unpack(packed.batch(0, packed.rows_in_epoch(0)))) {
    EXPECT_LE(piece.size(), 9u);
    for (size_t i = 0; i + 1 < piece.size(); ++i) ++seen[piece[i]][piece[i + 1]];
  }
  int64_t num_pairs = 0;
  for (int64_t d = 0; d < set->num_documents(); ++d)
    for (int64_t i = 0; i + 1 < set->document(d).size(); ++i, ++num_pairs)
      ++expected[set->document(d)[i]][set->document(d)[i + 1]];
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(packed.batch(0, packed.rows_in_epoch(0)).num_targets, num_pairs);
}

TEST(PackedDataset, SlotsKnowTheirDocument) {
  const TemporaryFolder folder;
  PackedDataset packed(make_set(folder, typical_lengths(100, 9)), {.context_length = 33});
  const Batch batch = packed.batch(0, packed.rows_in_epoch(0));
  for (int64_t row = 0; row < batch.inputs.shape()[0]; ++row)
    for (int64_t slot = 0; slot < 33; ++slot) {
      const int64_t at = row * 33 + slot;
      const int32_t first = batch.first_key.i32()[at];
      EXPECT_EQ(batch.positions.i32()[at], slot - first);
      const bool is_padding = batch.targets.i32()[at] < 0;
      EXPECT_TRUE(!is_padding || first == slot);
      EXPECT_TRUE(first == slot || batch.first_key.i32()[at - 1] == first);
    }
}

TEST(PackedDataset, ABatchIsItsRowsWhereverOneResumes) {
  const TemporaryFolder folder;
  const auto set = make_set(folder, typical_lengths(60, 20));
  const PackingOptions options{.context_length = 32, .seed = 5};
  PackedDataset first(set, options);
  const int64_t num_rows = first.rows_in_epoch(0) * 3;
  const Batch whole = first.batch(0, num_rows);
  for (const int64_t row : {num_rows - 1, int64_t{0}, num_rows / 2, first.rows_in_epoch(0) - 1}) {
    PackedDataset resumed(set, options);
    const Batch one = resumed.batch(row, 1);
    EXPECT_TRUE(std::equal(one.inputs.ints().begin(), one.inputs.ints().end(), whole.inputs.i32() + row * 32));
    EXPECT_TRUE(std::equal(one.targets.ints().begin(), one.targets.ints().end(), whole.targets.i32() + row * 32));
  }
}

TEST(PackedDataset, OrderDependsOnSeedAndEpoch) {
  const TemporaryFolder folder;
  const auto set = make_set(folder, typical_lengths(200, 20));
  PackedDataset a(set, {.context_length = 32, .seed = 1}), b(set, {.context_length = 32, .seed = 2});
  const auto rows = [](PackedDataset& packed, int64_t first) {
    const auto tensor = packed.batch(first, 8).inputs;
    return std::vector<int32_t>(tensor.ints().begin(), tensor.ints().end());
  };
  EXPECT_NE(rows(a, 0), rows(b, 0));
  EXPECT_NE(rows(a, 0), rows(a, a.rows_in_epoch(0)));
  EXPECT_EQ(a.epoch_of(a.rows_in_epoch(0) - 1), 0);
  EXPECT_EQ(a.epoch_of(a.rows_in_epoch(0)), 1);
}

TEST(PackedDataset, RowsAreNearlyFullOnTypicalLengths) {
  const TemporaryFolder folder;
  for (const double mean : {60.0, 120.0, 300.0}) {
    PackedDataset packed(make_set(folder, typical_lengths(2000, mean)), {.context_length = 256});
    EXPECT_GE(packed.utilisation(0), 0.95) << mean;
    const Batch batch = packed.batch(0, packed.rows_in_epoch(0));
    EXPECT_DOUBLE_EQ(packed.utilisation(0),
                     static_cast<double>(batch.num_targets) / static_cast<double>(batch.targets.num_elements()));
  }
}

TEST(PackedDataset, MaskAndBytesCountTheTargetsThatAreLearnt) {
  const TemporaryFolder folder;
  const auto set = make_set(folder, {7, 7, 30}, /*with_mask=*/true);
  std::vector<int32_t> bytes(5000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<int32_t>(i % 7);
  for (const bool use_loss_mask : {false, true}) {
    PackedDataset packed(set, {.context_length = 40, .use_loss_mask = use_loss_mask, .token_text_bytes = bytes});
    const Batch batch = packed.batch(0, packed.rows_in_epoch(0));
    int64_t num_targets = 0, num_bytes = 0;
    for (int64_t d = 0; d < 3; ++d)
      for (int64_t i = 1; i < set->document(d).size(); ++i) {
        if (use_loss_mask && i % 3 != 0) continue;
        ++num_targets;
        num_bytes += set->document(d)[i] % 7;
      }
    EXPECT_EQ(batch.num_targets, num_targets);
    EXPECT_EQ(batch.num_target_bytes, num_bytes);
    EXPECT_EQ(num_targets, std::count_if(batch.targets.ints().begin(), batch.targets.ints().end(),
                                         [](int32_t target) { return target >= 0; }));
  }
}

TEST(PackedDataset, WhatCannotBePackedIsRefused) {
  const TemporaryFolder folder;
  const auto set = make_set(folder, {1, 1});
  EXPECT_THROW(PackedDataset(set, {.context_length = 8}), Error);
  EXPECT_THROW(PackedDataset(make_set(folder, {5}), {.context_length = 0}), Error);
}

}  // namespace
}  // namespace vitrine::data
