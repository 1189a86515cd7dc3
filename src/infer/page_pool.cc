#include "infer/page_pool.h"

#include "base/error.h"

namespace vitrine::infer {

PagePool::PagePool(int64_t num_pages) : pages_(static_cast<size_t>(num_pages)) {
  for (int64_t page = num_pages - 1; page >= 0; --page) free_.push_back(static_cast<int32_t>(page));
}

std::optional<PagePool::Taken> PagePool::take() {
  Taken taken;
  if (!free_.empty()) {
    taken.page = free_.back();
    free_.pop_back();
  } else if (!kept_.empty()) {
    taken = {kept_.front(), true};
    kept_.pop_front();
    pages_[static_cast<size_t>(taken.page)].is_kept = false;
  } else {
    return std::nullopt;
  }
  pages_[static_cast<size_t>(taken.page)].holders = 1;
  return taken;
}

void PagePool::share(int32_t index) {
  Page& page = pages_[static_cast<size_t>(index)];
  VITRINE_CHECK(page.holders > 0 || page.is_kept, "page pool: a free page cannot be shared");
  if (page.is_kept) {
    kept_.erase(page.place);
    page.is_kept = false;
  }
  ++page.holders;
}

void PagePool::release(int32_t index, bool keep) {
  Page& page = pages_[static_cast<size_t>(index)];
  VITRINE_CHECK(page.holders > 0, "page pool: nobody holds this page");
  if (--page.holders > 0) return;
  if (keep) {
    page.place = kept_.insert(kept_.end(), index);
    page.is_kept = true;
  } else {
    free_.push_back(index);
  }
}

}  // namespace vitrine::infer
