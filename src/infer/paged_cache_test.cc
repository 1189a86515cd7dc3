// Pages of many sequences: shared where they may be, and never written under another's feet.
#include "infer/paged_cache.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "core/rng.h"
#include "support/tiny_model.h"

namespace vitrine::infer {
namespace {

constexpr int64_t kPage = 4;

nn::TransformerConfig one_layer() {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.layers = 1;
  return config;
}

std::vector<TokenKey> keys_of(std::initializer_list<int32_t> ids) {
  std::vector<TokenKey> keys;
  for (const int32_t id : ids) keys.push_back(key_of_token(id));
  return keys;
}

/// A cache whose rows hold a number made of everything up to their position, as keys and values of a model do.
class Texts {
 public:
  explicit Texts(int64_t num_pages, bool share = true)
      : cache(one_layer(), {.page_tokens = kPage, .num_pages = num_pages}, share) {}

  struct Text {
    std::vector<TokenKey> keys;
    PageTable table;
  };

  Text begin(std::vector<TokenKey> keys) {
    Text text{std::move(keys), {}};
    text.table = cache.attach(text.keys, static_cast<int64_t>(text.keys.size()) - 1);
    expect_right(text);
    return text;
  }
  /// Reads the next tokens. False when there is no room.
  bool read(Text& text, int64_t tokens) {
    if (!cache.reserve(text.table, tokens)) return false;
    const int64_t end = text.table.length + tokens;
    for (int64_t t = text.table.length; t < end; ++t) write(text, t, number(text, t));
    cache.advance(text.table, text.keys, end);
    return true;
  }
  void end(Text& text) { cache.release(text.table, text.keys); }

  void expect_right(const Text& text) {
    std::vector<float> row(static_cast<size_t>(cache.pages().k(0).row_elements));
    for (int64_t t = 0; t < text.table.length; ++t)
      for (const kernels::PagedRows& pages : {cache.pages().k(0), cache.pages().v(0)}) {
        kernels::read_page_row(pages, slot(text, t), std::as_writable_bytes(std::span(row)).data());
        for (const float value : row)
          ASSERT_EQ(value, number(text, t)) << "position " << t << " of " << text.table.length;
      }
  }

  PagedCache cache;

 private:
  static kernels::PageSlot slot(const Text& text, int64_t t) {
    return {text.table.pages[static_cast<size_t>(t / kPage)], static_cast<int32_t>(t % kPage)};
  }
  void write(const Text& text, int64_t t, float value) {
    const std::vector<float> row(static_cast<size_t>(cache.pages().k(0).row_elements), value);
    const kernels::PageSlot where = slot(text, t);
    for (const kernels::PagedRows& pages : {cache.pages().k(0), cache.pages().v(0)})
      kernels::write_page_rows({}, row.data(), {&where, 1}, pages);
  }
  static float number(const Text& text, int64_t t) {
    uint64_t sum = 1;
    for (int64_t i = 0; i <= t; ++i) sum = (sum * 31 + text.keys[static_cast<size_t>(i)] + 7) % 8388593;
    return static_cast<float>(sum);
  }
};

TEST(PagedCache, FindsWholePagesAndTheBeginningOfOne) {
  Texts texts(20);
  auto first = texts.begin(keys_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(first.table.length, 0);
  ASSERT_TRUE(texts.read(first, 10));
  auto same_start = texts.begin(keys_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(same_start.table.length, 8);  // the last part cannot be found while its text goes on
  texts.end(first);
  auto longer = texts.begin(keys_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(longer.table.length, 10);
  auto parted = texts.begin(keys_of({1, 2, 3, 4, 5, 6, 99, 8, 9}));
  EXPECT_EQ(parted.table.length, 6);
  auto other = texts.begin(keys_of({2, 2, 3, 4, 5}));
  EXPECT_EQ(other.table.length, 0);
  EXPECT_EQ(same_start.table.pages[0], longer.table.pages[0]);
  EXPECT_EQ(parted.table.pages[0], longer.table.pages[0]);
  EXPECT_NE(parted.table.pages[1], longer.table.pages[1]);
  EXPECT_EQ(texts.cache.pool().holders(longer.table.pages[0]), 3);
}

TEST(PagedCache, AnotherAdapterSharesNothing) {
  Texts texts(10);
  auto first = texts.begin(keys_of({1, 2, 3, 4, 5}));
  ASSERT_TRUE(texts.read(first, 5));
  const PageTable other = texts.cache.attach(first.keys, 4, /*adapter=*/1);
  EXPECT_EQ(other.length, 0);
}

TEST(PagedCache, TextsThatAreReadSideBySideEndUpOnTheSamePages) {
  Texts texts(20);
  auto a = texts.begin(keys_of({1, 2, 3, 4, 5, 6})), b = texts.begin(keys_of({1, 2, 3, 4, 5, 7}));
  ASSERT_TRUE(texts.read(a, 6));
  ASSERT_TRUE(texts.read(b, 6));
  EXPECT_EQ(a.table.pages[0], b.table.pages[0]);
  EXPECT_EQ(texts.cache.pool().num_held(), 3);
  texts.expect_right(a);
  texts.expect_right(b);
}

TEST(PagedCache, WhatIsLetGoFirstIsGivenUpFirstAndItsEndBeforeItsBeginning) {
  Texts texts(4);
  auto first = texts.begin(keys_of({1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_TRUE(texts.read(first, 8));
  texts.end(first);
  auto second = texts.begin(keys_of({9, 9, 9, 9, 9, 9, 9, 9, 9}));
  ASSERT_TRUE(texts.read(second, 9));  // takes two free pages and one that was kept
  EXPECT_EQ(texts.cache.statistics().num_evictions, 1);
  texts.end(second);
  EXPECT_EQ(texts.begin(first.keys).table.length, 4);
}

TEST(PagedCache, AForkIsCopiedWhenItIsWritten) {
  Texts texts(10);
  auto text = texts.begin(keys_of({1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(texts.read(text, 6));
  Texts::Text fork{text.keys, texts.cache.fork(text.table)};
  EXPECT_EQ(texts.cache.pool().num_held(), 2);
  text.keys.push_back(key_of_token(10));
  fork.keys.push_back(key_of_token(11));
  ASSERT_TRUE(texts.read(text, 1));
  ASSERT_TRUE(texts.read(fork, 1));
  EXPECT_EQ(texts.cache.pool().num_held(), 3);
  EXPECT_EQ(texts.cache.statistics().num_copies, 1);
  texts.expect_right(text);
  texts.expect_right(fork);
  texts.end(text);
  texts.end(fork);
  EXPECT_EQ(texts.cache.pool().num_held(), 0);
}

TEST(PagedCache, WhereMemoryEndsKeptPagesAreUsedAgain) {
  nn::TransformerConfig config = one_layer();
  PagedCache cache(config, {.page_tokens = 512, .num_pages = 4});  // a slab is one page
  const std::vector<TokenKey> first(512, 1), second(512, 2);
  PageTable table = cache.attach(first, 511);
  ASSERT_TRUE(cache.reserve(table, 512));
  cache.advance(table, first, 512);
  release_cached_memory();
  set_memory_limit_bytes(memory_use().in_use_bytes + 1024);
  PageTable other = cache.attach(second, 511);
  EXPECT_THROW(cache.reserve(other, 512), Error);  // all that there is is held
  cache.release(table, first);
  EXPECT_TRUE(cache.reserve(other, 512));
  set_memory_limit_bytes(0);
  EXPECT_EQ(cache.statistics().num_evictions, 1);
  EXPECT_EQ(cache.pool().num_held(), 1);
}

TEST(PagedCache, WithoutSharingNothingIsKept) {
  Texts texts(10, /*share=*/false);
  auto text = texts.begin(keys_of({1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(texts.read(text, 6));
  texts.end(text);
  EXPECT_EQ(texts.cache.pool().num_free(), 10);
  EXPECT_EQ(texts.begin(text.keys).table.length, 0);
}

TEST(PagedCache, PagesOutOfTheWindowAreGivenUp) {
  Texts texts(64);
  Texts::Text text = texts.begin(std::vector<TokenKey>(200, 5));
  ASSERT_TRUE(texts.read(text, 200));
  const int64_t held = texts.cache.pool().num_held();
  texts.cache.drop_unseen(text.table, 200, /*window=*/30);
  // Keys from 171 on are seen, and read in blocks of 64 from 128 on.
  EXPECT_EQ(held - texts.cache.pool().num_held(), 128 / kPage);
  texts.end(text);
  EXPECT_EQ(texts.cache.pool().num_held(), 0);
}

/// Texts that begin, go on, fork, end and are forgotten in random order over few pages. Every row stays what its text
/// says, and a page has as many holders as there are tables with it.
TEST(PagedCache, RandomTextsNeverDisturbEachOtherAndNothingLeaks) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed, 77);
    Texts texts(12);
    std::vector<Texts::Text> live;
    for (int step = 0; step < 300; ++step) {
      const auto pick = [&] { return live.begin() + static_cast<std::ptrdiff_t>(rng.next_below(live.size())); };
      const uint64_t what = rng.next_below(10);
      if (what < 3 || live.empty()) {
        std::vector<TokenKey> keys;  // few ids: texts often begin alike
        for (uint64_t i = 0, n = 1 + rng.next_below(14); i < n; ++i) keys.push_back(rng.next_below(2));
        live.push_back(texts.begin(std::move(keys)));
      } else if (what < 7) {
        Texts::Text& text = *pick();
        const auto left = static_cast<int64_t>(text.keys.size()) - text.table.length;
        if (left == 0) text.keys.push_back(rng.next_below(2));
        texts.read(text, left == 0 ? 1 : 1 + static_cast<int64_t>(rng.next_below(static_cast<uint64_t>(left))));
      } else if (what == 7 && live.size() < 6) {
        const Texts::Text& text = *pick();
        Texts::Text fork{text.keys, texts.cache.fork(text.table)};
        live.push_back(std::move(fork));
      } else {
        const auto text = pick();
        texts.end(*text);
        live.erase(text);
      }
      std::map<int32_t, int64_t> holders;
      for (const Texts::Text& text : live) {
        texts.expect_right(text);
        for (const int32_t page : text.table.pages) ++holders[page];
      }
      for (const auto& [page, count] : holders) ASSERT_EQ(texts.cache.pool().holders(page), count) << seed;
      ASSERT_EQ(texts.cache.pool().num_held(), static_cast<int64_t>(holders.size()));
      if (HasFatalFailure()) return;
    }
    for (Texts::Text& text : live) texts.end(text);
    EXPECT_EQ(texts.cache.pool().num_available(), 12);
  }
}

}  // namespace
}  // namespace vitrine::infer
