// The cache of many sequences: pages that are shared where texts begin alike.
#pragma once

#include <span>
#include <vector>

#include "infer/page_pool.h"
#include "infer/prefix_index.h"
#include "nn/kv_pages.h"

namespace vitrine::infer {

/// The pages of one sequence, in order. Made by PagedCache and given back to it.
struct PageTable {
  std::vector<int32_t> pages;  ///< -1: given up, since out of the window
  int64_t length = 0;          ///< tokens whose keys and values are in
  PrefixIndex::Node node = 0;  ///< of the last page that can be found again
  int64_t num_indexed = 0;     ///< pages up to that one
};

struct PagedCacheStatistics {
  int64_t num_copies = 0;     ///< pages copied because a shared one was to be written
  int64_t num_evictions = 0;  ///< kept pages given up for others
};

/// Hands out pages, finds kept ones again, copies shared ones before they are written. `keys` always are those of the
/// whole sequence from its start. Threads: one caller at a time.
class PagedCache {
 public:
  /// Without `share_prefixes` nothing is found again.
  PagedCache(const nn::TransformerConfig& config, const nn::KvPages::Options& options, bool share_prefixes = true);

  /// A table that holds as many of the first `limit` keys as the cache has: whole pages shared, a last part copied or
  /// shared.
  PageTable attach(std::span<const TokenKey> keys, int64_t limit, int64_t adapter = 0);
  /// Makes room for further tokens, which may then be written. False when there are not enough pages; what was taken
  /// stays in the table.
  bool reserve(PageTable& table, int64_t tokens);
  /// Says that tokens up to `length` are in; whole pages can be found from now on.
  void advance(PageTable& table, std::span<const TokenKey> keys, int64_t length);
  /// Gives up pages that no query from `position` on sees through a window.
  void drop_unseen(PageTable& table, int64_t position, int64_t window);
  /// A second holder of everything that is in.
  PageTable fork(const PageTable& table);
  /// Gives everything back; what is in stays findable while there is room.
  void release(PageTable& table, std::span<const TokenKey> keys);

  int64_t page_tokens() const { return pages_.page_tokens(); }
  int64_t pages_for(int64_t tokens) const { return (tokens + page_tokens() - 1) / page_tokens(); }
  const PagePool& pool() const { return pool_; }
  nn::KvPages& pages() { return pages_; }
  /// Of the memory that pages have taken.
  int64_t pages_bytes() const { return pages_.num_bytes(); }
  const PagedCacheStatistics& statistics() const { return statistics_; }

 private:
  int32_t take();  // -1: none left
  void index_whole_page(PageTable& table, std::span<const TokenKey> keys);
  void index_last_part(PageTable& table, std::span<const TokenKey> keys);

  nn::KvPages pages_;
  PagePool pool_;
  PrefixIndex index_;
  bool share_prefixes_;
  PagedCacheStatistics statistics_;
};

}  // namespace vitrine::infer
