// Counts who holds which page: held, kept for later, or free.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace vitrine::infer {

/// Pages are numbers. A page that nobody holds is free, or kept with what it holds until its place is needed: the one
/// that was let go first is given up first.
class PagePool {
 public:
  explicit PagePool(int64_t num_pages);

  struct Taken {
    int32_t page = -1;
    bool was_kept = false;  ///< what it held is lost
  };
  /// A page for one holder; nothing when all are held.
  std::optional<Taken> take();
  /// One holder more, of a page that is held or kept.
  void share(int32_t page);
  /// One holder less; `keep`: when it was the last, the page is kept.
  void release(int32_t page, bool keep);

  int64_t holders(int32_t page) const { return pages_[static_cast<size_t>(page)].holders; }
  int64_t num_pages() const { return static_cast<int64_t>(pages_.size()); }
  int64_t num_kept() const { return static_cast<int64_t>(kept_.size()); }
  int64_t num_free() const { return static_cast<int64_t>(free_.size()); }
  int64_t num_held() const { return num_pages() - num_kept() - num_free(); }
  /// Pages that take() can give.
  int64_t num_available() const { return num_kept() + num_free(); }

 private:
  struct Page {
    int64_t holders = 0;
    bool is_kept = false;
    std::list<int32_t>::iterator place;  // in kept_
  };

  std::vector<Page> pages_;
  std::vector<int32_t> free_;  // the lowest last: neighbours in memory for neighbours in the text
  std::list<int32_t> kept_;    // let go first … last
};

}  // namespace vitrine::infer
