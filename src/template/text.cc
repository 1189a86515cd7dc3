#include "template/text.h"

#include <algorithm>

namespace vitrine::templates {

void Text::append(std::string_view bytes, Origin origin) {
  if (bytes.empty()) return;
  if (bytes_.empty()) {
    first_ = origin;
  } else if (last() != origin) {
    changes_.push_back(bytes_.size());
  }
  bytes_ += bytes;
}

void Text::append(const Text& other, size_t begin, size_t end) {
  while (begin < end) {
    const size_t stop = std::min(end, other.run_end(begin));
    append(std::string_view(other.bytes_).substr(begin, stop - begin), other.origin_of(begin, begin + 1));
    begin = stop;
  }
}

Text Text::part(size_t begin, size_t end) const {
  if (changes_.empty()) return Text(bytes_.substr(begin, end - begin), first_);
  Text result;
  result.append(*this, begin, end);
  return result;
}

size_t Text::changes_up_to(size_t at) const {
  return static_cast<size_t>(std::ranges::upper_bound(changes_, at) - changes_.begin());
}

Origin Text::origin_of(size_t begin, size_t end) const {
  if (changes_.empty()) return first_;
  const size_t before = changes_up_to(begin);
  if (end > begin && changes_up_to(end - 1) != before) return Origin::kInput;
  return before % 2 == 0 ? first_ : other_than(first_);
}

size_t Text::run_end(size_t at) const {
  const size_t before = changes_up_to(at);
  return before < changes_.size() ? changes_[before] : bytes_.size();
}

}  // namespace vitrine::templates
