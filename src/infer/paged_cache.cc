#include "infer/paged_cache.h"

#include <algorithm>

#include "base/error.h"

namespace vitrine::infer {

PagedCache::PagedCache(const nn::TransformerConfig& config, const nn::KvPages::Options& options, bool share_prefixes)
    : pages_(config, options), pool_(options.num_pages), share_prefixes_(share_prefixes) {}

int32_t PagedCache::take() {
  auto taken = pool_.take();
  if (taken && !taken->was_kept) {
    try {
      pages_.ready(taken->page);
    } catch (const Error&) {  // no memory for a new page: an old one will do
      pool_.release(taken->page, false);
      taken = pool_.take_kept();
      if (!taken) throw;
    }
  }
  if (!taken) return -1;
  if (taken->was_kept) {
    index_.remove(taken->page);
    ++statistics_.num_evictions;
  }
  return taken->page;
}

PageTable PagedCache::attach(std::span<const TokenKey> keys, int64_t limit, int64_t adapter) {
  PageTable table{.node = PrefixIndex::root(adapter)};
  if (!share_prefixes_) return table;
  keys = keys.first(static_cast<size_t>(std::max<int64_t>(limit, 0)));
  const auto page_size = static_cast<size_t>(page_tokens());
  while (keys.size() >= page_size) {
    const auto page = index_.find(table.node, keys.first(page_size));
    if (!page) break;
    pool_.share(*page);
    table.pages.push_back(*page);
    table.node = index_.node(*page);
    table.length += page_tokens();
    ++table.num_indexed;
    keys = keys.subspan(page_size);
  }
  const PrefixIndex::Match part = index_.find_longest(table.node, keys.first(std::min(keys.size(), page_size)));
  if (part.page < 0) return table;
  pool_.share(part.page);
  if (part.is_whole) {  // what is written goes behind it
    table.pages.push_back(part.page);
  } else {
    const int32_t own = take();
    if (own >= 0) pages_.copy(part.page, own);
    pool_.release(part.page, true);
    if (own < 0) return table;
    ++statistics_.num_copies;
    table.pages.push_back(own);
  }
  table.length += part.tokens;
  return table;
}

bool PagedCache::reserve(PageTable& table, int64_t tokens) {
  const int64_t inside = table.length % page_tokens();
  if (inside > 0 && tokens > 0) {
    int32_t& last = table.pages[static_cast<size_t>(table.length / page_tokens())];
    if (pool_.holders(last) > 1) {
      const int32_t own = take();
      if (own < 0) return false;
      pages_.copy(last, own);
      pool_.release(last, index_.contains(last));
      last = own;
      ++statistics_.num_copies;
    }
  }
  while (static_cast<int64_t>(table.pages.size()) < pages_for(table.length + tokens)) {
    const int32_t page = take();
    if (page < 0) return false;
    table.pages.push_back(page);
  }
  return true;
}

void PagedCache::index_whole_page(PageTable& table, std::span<const TokenKey> keys) {
  int32_t& page = table.pages[static_cast<size_t>(table.num_indexed)];
  if (const auto same = index_.find(table.node, keys)) {
    // Computed twice: the bits are the same, one is enough.
    if (*same != page) {
      pool_.share(*same);
      pool_.release(page, index_.contains(page));
      page = *same;
    }
    table.node = index_.node(page);
  } else {
    if (index_.contains(page)) index_.remove(page);  // it was known for a part of this
    table.node = index_.insert(page, table.node, keys);
  }
  ++table.num_indexed;
}

void PagedCache::advance(PageTable& table, std::span<const TokenKey> keys, int64_t length) {
  VITRINE_CHECK(length >= table.length && pages_for(length) <= static_cast<int64_t>(table.pages.size()) &&
                    length <= static_cast<int64_t>(keys.size()),
                "cache: advance beyond what is there");
  table.length = length;
  if (!share_prefixes_) return;
  const auto page_size = static_cast<size_t>(page_tokens());
  while ((table.num_indexed + 1) * page_tokens() <= length)
    index_whole_page(table, keys.subspan(static_cast<size_t>(table.num_indexed) * page_size, page_size));
}

void PagedCache::drop_unseen(PageTable& table, int64_t position, int64_t window) {
  constexpr int64_t kKeyBlock = 64;  // attention reads whole blocks of keys
  if (window <= 0) return;
  const int64_t first_read = std::max<int64_t>(0, position - window + 1) / kKeyBlock * kKeyBlock;
  const int64_t end = std::min({first_read / page_tokens(), static_cast<int64_t>(table.pages.size()),
                                share_prefixes_ ? table.num_indexed : table.length / page_tokens()});
  for (int64_t i = end - 1; i >= 0 && table.pages[static_cast<size_t>(i)] >= 0; --i) {
    int32_t& page = table.pages[static_cast<size_t>(i)];
    pool_.release(page, index_.contains(page));
    page = -1;
  }
}

PageTable PagedCache::fork(const PageTable& table) {
  PageTable copy = table;
  copy.pages.resize(static_cast<size_t>(pages_for(table.length)));
  for (const int32_t page : copy.pages)
    if (page >= 0) pool_.share(page);
  return copy;
}

void PagedCache::index_last_part(PageTable& table, std::span<const TokenKey> keys) {
  const int32_t page = table.pages[static_cast<size_t>(table.num_indexed)];
  const PrefixIndex::Match known = index_.find_longest(table.node, keys);
  if (known.tokens == static_cast<int64_t>(keys.size()) || pool_.holders(page) > 1) return;
  if (index_.contains(page)) index_.remove(page);
  index_.insert(page, table.node, keys);
}

void PagedCache::release(PageTable& table, std::span<const TokenKey> keys) {
  const int64_t begin = table.num_indexed * page_tokens();
  if (share_prefixes_ && table.length > begin)
    index_last_part(table, keys.subspan(static_cast<size_t>(begin), static_cast<size_t>(table.length - begin)));
  // The end goes first, so that it is given up first: without its beginning it cannot be found.
  for (auto page = table.pages.rbegin(); page != table.pages.rend(); ++page)
    if (*page >= 0) pool_.release(*page, index_.contains(*page));
  table = {};
}

}  // namespace vitrine::infer
