#include "base/look_ahead.h"

#include <algorithm>

namespace vitrine {

LookAhead::Entry& LookAhead::entry(const std::byte* key) {
  const uint64_t mixed = (reinterpret_cast<uintptr_t>(key) >> 6) * 0x9E3779B97F4A7C15u;
  Entry& found = entries_[mixed >> 54];  // the upper 10 bits: who comes later takes the place
  if (found.key != key) found = {.key = key, .next = {}};
  return found;
}

LookAhead::Places LookAhead::follow(std::span<const std::byte* const> starts) {
  if (starts.empty()) return {};
  if (last_ != nullptr) {
    last_->next = {};
    std::copy_n(starts.begin(), std::min(starts.size(), last_->next.size()), last_->next.begin());
  }
  last_ = &entry(starts[0]);
  return last_->next;
}

}  // namespace vitrine
