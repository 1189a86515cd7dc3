// Attention over pages gives the bits of attention over contiguous keys, whatever lies beside it.
#include "kernels/paged_attention.h"

#include "core/blocks.h"
#include "kernels/attention_testing.h"

namespace vitrine::kernels {
namespace {

using namespace attention_testing;  // NOLINT: written for these tests

class PagedAttention : public testing::TestWithParam<KernelSet> {};
INSTANTIATE_TEST_SUITE_P(KernelSets, PagedAttention, testing::ValuesIn(available_kernel_sets()), set_name);

constexpr int64_t kSlabPages = 4;

/// Keys and values of several sequences, their pages strewn over slabs.
class PagedStore {
 public:
  PagedStore(DType dtype, int64_t page_tokens, int64_t num_pages, int64_t heads, int64_t head_width, bool are_columns) {
    pages_ = {.dtype = dtype,
              .slab_pages = kSlabPages,
              .page_tokens = page_tokens,
              .row_elements = heads * head_width,
              .heads = heads,
              .are_columns = are_columns};
    const auto slab_bytes = static_cast<size_t>(kSlabPages * page_tokens * pages_.row_bytes());
    for (int64_t slab = 0; slab * kSlabPages < num_pages; ++slab) {
      memory_.emplace_back(slab_bytes, std::byte{0xff});  // NaN where nobody writes
      slabs_.push_back(memory_.back().data());
    }
    pages_.slabs = slabs_.data();
    for (int64_t page = 0; page < num_pages; ++page) free_.push_back(static_cast<int32_t>(page));
    std::mt19937 generator(3);
    std::shuffle(free_.begin(), free_.end(), generator);
  }

  std::vector<int32_t> take(int64_t tokens) {
    std::vector<int32_t> table;
    for (int64_t t = 0; t < tokens; t += pages_.page_tokens) {
      table.push_back(free_.back());
      free_.pop_back();
    }
    return table;
  }
  void write(const KernelContext& context, const Floats& rows, const std::vector<int32_t>& table) {
    std::vector<PageSlot> slots;
    for (size_t t = 0; t < rows.size() / static_cast<size_t>(pages_.row_elements); ++t) {
      const auto token = static_cast<int64_t>(t);
      slots.push_back(
          {table[static_cast<size_t>(token / pages_.page_tokens)], static_cast<int32_t>(token % pages_.page_tokens)});
    }
    write_page_rows(context, rows.data(), slots, pages_);
  }
  const PagedRows& pages() const { return pages_; }

 private:
  PagedRows pages_;
  std::vector<std::vector<std::byte>> memory_;
  std::vector<std::byte*> slabs_;
  std::vector<int32_t> free_;
};

/// What the type of the pages makes of the values.
Floats rounded(DType dtype, const Floats& values) {
  std::vector<std::byte> bytes(static_cast<size_t>(storage_bytes(dtype, static_cast<int64_t>(values.size()))));
  quantize(dtype, values, bytes);
  Floats back(values.size());
  dequantize(dtype, bytes, back);
  return back;
}

struct Batch {
  std::vector<Inputs> sequences;
  int64_t heads, key_heads, head_width, window;
  size_t prompts = 0;  // the first so many
};

Batch random_batch(int64_t heads, int64_t key_heads, int64_t head_width, int64_t window) {
  Batch batch{{}, heads, key_heads, head_width, window};
  const std::pair<int64_t, int64_t> lengths[] = {{1, 1}, {1, 200}, {70, 70}, {5, 131}, {1, 64}, {33, 97}, {1, 65}};
  uint32_t seed = 1;
  for (const auto& [queries, keys] : lengths)
    batch.sequences.push_back(
        random_inputs(make_case(1, queries, keys, heads, key_heads, head_width, window), seed += 10));
  return batch;
}

Floats run_paged(const Batch& batch, DType dtype, int64_t page_tokens, KernelSet set, int threads,
                 Precision precision = Precision::kFast) {
  ThreadPool pool(threads);
  Arena arena;
  const KernelContext context{&pool, &arena, set, precision};
  PagedStore k(dtype, page_tokens, 200, batch.key_heads, batch.head_width, true),
      v(dtype, page_tokens, 200, batch.key_heads, batch.head_width, false);
  std::vector<std::vector<int32_t>> tables;
  std::vector<PagedSequence> sequences;
  Floats q;
  for (const Inputs& in : batch.sequences) {
    tables.push_back(k.take(in.shape.keys));
    k.write(context, in.k, tables.back());
    v.write(context, in.v, tables.back());
  }
  int64_t first_row = 0, prompt_rows = 0;
  for (size_t s = 0; s < tables.size(); ++s) {
    const Inputs& in = batch.sequences[s];
    sequences.push_back({tables[s].data(), first_row, in.shape.queries, in.shape.keys});
    first_row += in.shape.queries;
    if (s < batch.prompts) prompt_rows = first_row;
    q.insert(q.end(), in.q.begin(), in.q.end());
  }
  Floats out = nans(q);
  paged_attention(context, {.sequences = sequences,
                            .heads = batch.heads,
                            .key_heads = batch.key_heads,
                            .head_width = batch.head_width,
                            .window = batch.window,
                            .scale = static_cast<float>(default_scale(batch.head_width)),
                            .k = k.pages(),
                            .v = v.pages(),
                            .q = q.data(),
                            .out = out.data(),
                            .prompt_rows = prompt_rows});
  return out;
}

Floats run_alone(const Batch& batch, DType dtype, KernelSet set) {
  Floats out;
  Runner runner(set);
  for (Inputs in : batch.sequences) {
    in.k = rounded(dtype, in.k);
    in.v = rounded(dtype, in.v);
    const Floats one = runner.run(in, /*backward=*/false).out;
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

TEST_P(PagedAttention, ABatchOfSequencesGivesTheBitsOfContiguousKeysOneByOne) {
  for (const int64_t page_tokens : {4, 16, 64, 128})
    for (const int64_t head_width : {6, 16, 33, 64})
      for (const int64_t window : {0, 40}) {
        const Batch batch = random_batch(6, 2, head_width, window);
        const Floats want = run_alone(batch, DType::kF32, GetParam());
        EXPECT_TRUE(same_bits(run_paged(batch, DType::kF32, page_tokens, GetParam(), 1), want))
            << page_tokens << " " << head_width << " " << window;
        EXPECT_TRUE(same_bits(run_paged(batch, DType::kF32, page_tokens, GetParam(), 3), want));
      }
}

bool in_pairs(KernelSet set, DType dtype) { return attends_in_pairs({.kernel_set = set}, dtype); }

/// In pairs of bf16 they come near alone: PagesReadInPairsStayNearTheRoundedKeysAndValues.
TEST_P(PagedAttention, NarrowPagesGiveTheBitsOfTheRoundedKeysAndValues) {
  const auto expect_same = [](const Batch& batch, DType dtype, int64_t page_tokens) {
    const Floats want = run_alone(batch, dtype, GetParam());
    EXPECT_TRUE(same_bits(run_paged(batch, dtype, page_tokens, GetParam(), 2, Precision::kExact), want))
        << dtype_name(dtype) << " " << batch.head_width;
    const bool is_same = same_bits(run_paged(batch, dtype, page_tokens, GetParam(), 2), want);
    EXPECT_EQ(is_same, !in_pairs(GetParam(), dtype)) << dtype_name(dtype) << " " << batch.head_width;
  };
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kQ8_0})
    for (const int64_t head_width : {32, 64, 96}) expect_same(random_batch(4, 2, head_width, 0), dtype, 16);
  for (const DType dtype : {DType::kF16, DType::kBF16})
    expect_same(random_batch(4, 4, 13, 20), dtype, 8);  // a head of no whole vectors
}

TEST_P(PagedAttention, PagesReadInPairsStayNearTheRoundedKeysAndValues) {
  if (!in_pairs(GetParam(), DType::kF16)) GTEST_SKIP() << "no pairs of bf16 in this set on this processor";
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kQ8_0})
    for (const int64_t page_tokens : {4, 16})
      for (const int64_t window : {0, 41}) {
        const Batch batch = random_batch(6, 2, 64, window);
        const Floats want = run_alone(batch, dtype, GetParam());
        EXPECT_LT(relative_error(run_paged(batch, dtype, page_tokens, GetParam(), 2), doubles(want)), 8e-3)
            << dtype_name(dtype) << " " << window;
      }
}

/// Few heads and many keys: threads share the keys of a head.
TEST_P(PagedAttention, KeysSharedAmongThreadsGiveTheBitsOfOneThread) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kQ8_0})
    for (const int64_t window : {0, 500})
      for (const auto& [queries, keys] : {std::pair<int64_t, int64_t>{1, 1500}, {2, 901}, {1, 384}}) {
        Batch batch{{}, 9, 3, 64, window};
        batch.sequences.push_back(random_inputs(make_case(1, queries, keys, 9, 3, 64, window), 5, 3.0f));
        const Floats want = in_pairs(GetParam(), dtype) ? run_paged(batch, dtype, 16, GetParam(), 1)
                                                        : run_alone(batch, dtype, GetParam());
        for (const int threads : {1, 2, 4})
          EXPECT_TRUE(same_bits(run_paged(batch, dtype, 16, GetParam(), threads), want))
              << dtype_name(dtype) << " " << keys << " keys " << window << " " << threads << " threads";
      }
}

TEST_P(PagedAttention, NarrowPagesStayNearTheFullKeys) {
  const Batch batch = random_batch(4, 2, 64, 0);
  const Floats full = run_alone(batch, DType::kF32, GetParam());
  const std::pair<DType, double> bounds[] = {
      {DType::kF16, in_pairs(GetParam(), DType::kF16) ? 8e-3 : 2e-3}, {DType::kBF16, 2e-2}, {DType::kQ8_0, 3e-2}};
  for (const auto& [dtype, bound] : bounds) {
    const double error = relative_error(run_paged(batch, dtype, 16, GetParam(), 1), doubles(full));
    EXPECT_LT(error, bound) << dtype_name(dtype);
    EXPECT_GT(error, 0.0);
  }
}

/// Queries first … end - 1 of a sequence that has as many keys as queries.
Inputs piece_of(const Inputs& whole, int64_t first, int64_t end) {
  Inputs piece = whole;
  piece.shape.queries = end - first, piece.shape.keys = end;
  const auto cut = [](const Floats& rows, int64_t row, int64_t begin, int64_t stop) {
    return Floats(rows.begin() + begin * row, rows.begin() + stop * row);
  };
  piece.q = cut(whole.q, whole.shape.heads * whole.shape.head_width, first, end);
  piece.k = cut(whole.k, whole.shape.key_heads * whole.shape.head_width, 0, end);
  piece.v = cut(whole.v, whole.shape.key_heads * whole.shape.head_width, 0, end);
  return piece;
}

Batch prompt_of(const Inputs& in) {
  return {{in}, in.shape.heads, in.shape.key_heads, in.shape.head_width, in.shape.window, 1};
}

struct PromptCase {
  DType dtype;
  int64_t tokens, heads, key_heads, head_width, window, page_tokens;
  float spread = 1.0f;
};

const PromptCase kPromptCases[] = {{DType::kF16, 203, 9, 3, 64, 0, 16},      {DType::kF16, 150, 9, 3, 64, 70, 16},
                                   {DType::kF16, 131, 4, 4, 33, 40, 4},      {DType::kBF16, 140, 7, 1, 80, 0, 64},
                                   {DType::kQ8_0, 110, 4, 2, 96, 0, 128},    {DType::kF16, 75, 40, 2, 128, 33, 8},
                                   {DType::kF16, 230, 2, 1, 16, 0, 16, 8.0f}};

TEST_P(PagedAttention, APromptGivesTheSameBitsWholeInPiecesAndTokenByToken) {
  for (const PromptCase& c : kPromptCases) {
    const Inputs in =
        random_inputs(make_case(1, c.tokens, c.tokens, c.heads, c.key_heads, c.head_width, c.window), 7, c.spread);
    const Floats whole = run_paged(prompt_of(in), c.dtype, c.page_tokens, GetParam(), 1);
    EXPECT_TRUE(same_bits(run_paged(prompt_of(in), c.dtype, c.page_tokens, GetParam(), 3), whole));
    for (const int64_t size : {1, 17, 101}) {
      Floats pieces;
      for (int64_t first = 0; first < c.tokens; first += size) {
        const Inputs piece = piece_of(in, first, std::min(first + size, c.tokens));
        const Floats out = run_paged(prompt_of(piece), c.dtype, c.page_tokens, GetParam(), 1);
        pieces.insert(pieces.end(), out.begin(), out.end());
      }
      EXPECT_TRUE(same_bits(pieces, whole)) << c.tokens << " tokens, " << c.head_width << " wide, pieces of " << size;
    }
  }
}

TEST_P(PagedAttention, PromptsBesideOthersGiveTheirOwnBitsAndLeaveThoseOfOthers) {
  for (const int64_t window : {0, 40}) {
    Batch batch = random_batch(6, 2, 64, window);
    const Floats none = run_paged(batch, DType::kF16, 16, GetParam(), 2);
    batch.prompts = 4;
    const Floats some = run_paged(batch, DType::kF16, 16, GetParam(), 2);
    size_t row = 0;
    for (size_t s = 0; s < batch.sequences.size(); ++s) {
      const size_t size = batch.sequences[s].q.size();
      const Floats got(some.begin() + row, some.begin() + row + size),
          plain(none.begin() + row, none.begin() + row + size);
      EXPECT_TRUE(same_bits(
          got, s < batch.prompts ? run_paged(prompt_of(batch.sequences[s]), DType::kF16, 16, GetParam(), 1) : plain))
          << s;
      row += size;
    }
  }
}

TEST_P(PagedAttention, PromptsStayNearTheDefinition) {
  for (const PromptCase& c : kPromptCases) {
    if (c.spread > 1.0f) continue;  // scores of hundreds: rounding them decides
    Inputs in = random_inputs(make_case(1, c.tokens, c.tokens, c.heads, c.key_heads, c.head_width, c.window), 9);
    const Floats out = run_paged(prompt_of(in), c.dtype, c.page_tokens, GetParam(), 2);
    const Doubles want =
        reference::attention(in.shape, doubles(in.q), doubles(rounded(c.dtype, in.k)), doubles(rounded(c.dtype, in.v)))
            .out;
    const bool is_otherwise = GetParam() == KernelSet::kAmx || in_pairs(GetParam(), c.dtype);
    EXPECT_LT(relative_error(out, want), is_otherwise ? 8e-3 : 2e-6) << c.head_width;
    if (is_otherwise) {
      EXPECT_GT(relative_error(out, want), 1e-5);
    }
  }
}

/// Scores that grow by hundreds from block to block, and fall again: the sums are scaled anew, none is lost.
TEST_P(PagedAttention, APromptWhoseLaterKeysWeighFarMoreKeepsItsSums) {
  constexpr int64_t kTokens = 300, kWidth = 32;
  Inputs in = random_inputs(make_case(1, kTokens, kTokens, 1, 1, kWidth), 3);
  std::fill(in.q.begin(), in.q.end(), 0.0f);
  std::fill(in.k.begin(), in.k.end(), 0.0f);
  for (int64_t t = 0; t < kTokens; ++t) {
    in.q[t * kWidth] = 4.0f;
    in.k[t * kWidth] = static_cast<float>(t < 200 ? t / 16 * 4 : 44 - (t - 200) / 4);
  }
  const Floats out = run_paged(prompt_of(in), DType::kF16, 16, GetParam(), 1);
  const Doubles want =
      reference::attention(in.shape, doubles(in.q), doubles(in.k), doubles(rounded(DType::kF16, in.v))).out;
  EXPECT_LT(relative_error(out, want), 5e-2);
}

TEST_P(PagedAttention, PromptsWithFullPagesOrInExactPrecisionAreComputedAsOthersAre) {
  Batch batch = random_batch(6, 2, 64, 0);
  const Floats f32 = run_paged(batch, DType::kF32, 16, GetParam(), 2);
  const Floats f16 = run_paged(batch, DType::kF16, 16, GetParam(), 2, Precision::kExact);
  batch.prompts = batch.sequences.size();
  EXPECT_TRUE(same_bits(run_paged(batch, DType::kF32, 16, GetParam(), 2), f32));
  EXPECT_TRUE(same_bits(run_paged(batch, DType::kF16, 16, GetParam(), 2, Precision::kExact), f16));
}

TEST_P(PagedAttention, NaNInAQueryOfAPromptStaysInItsRow) {
  Inputs in = random_inputs(make_case(1, 70, 70, 2, 1, 32), 3);
  const Floats clean = run_paged(prompt_of(in), DType::kF16, 16, GetParam(), 1);
  const size_t bad = 41 * 2 + 1;  // token 41, the second head
  in.q[bad * 32 + 5] = kNan;
  const Floats out = run_paged(prompt_of(in), DType::kF16, 16, GetParam(), 1);
  for (size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(i / 32 == bad ? std::isnan(out[i]) : out[i] == clean[i]) << i;
}

}  // namespace
}  // namespace vitrine::kernels
