#include "template/text_operations.h"

#include <algorithm>

#include "template/code_points.h"

namespace vitrine::templates {
namespace {

bool is_member(std::optional<std::string_view> characters, std::string_view symbol, uint32_t value) {
  return characters ? characters->find(symbol) != std::string_view::npos : is_space(value);
}

int64_t clip(int64_t index, int64_t length) {
  if (index < 0) index = index < -length ? 0 : index + length;
  return std::min(index, length);
}

}  // namespace

Text stripped(const Text& text, std::optional<std::string_view> characters, bool left, bool right, Budget& budget) {
  const std::string_view bytes = text.bytes();
  budget.charge_bytes(bytes.size());
  size_t begin = 0, end = bytes.size();
  while (left && begin < end) {
    const CodePoint symbol = code_point_at(bytes, begin);
    if (!is_member(characters, bytes.substr(begin, symbol.length), symbol.value)) break;
    begin += symbol.length;
  }
  const size_t first = begin;
  while (right && end > begin) {
    const size_t last = previous_code_point(bytes, end);
    if (!is_member(characters, bytes.substr(last, end - last), code_point_at(bytes, last).value)) break;
    end = last;
  }
  if (characters) budget.charge((first + bytes.size() - end) * (1 + characters->size() / kBytesPerUnit));
  return text.part(begin, end);
}

Text replaced(const Text& text, std::string_view old_text, const Text& new_text, int64_t count, Budget& budget) {
  const std::string_view bytes = text.bytes();
  budget.charge_bytes(bytes.size());
  Text result;
  const auto insert = [&](size_t begin, size_t end) {
    budget.charge_bytes(new_text.size());
    budget.check_length(result.size() + new_text.size());
    if (text.origin_of(begin, end) == Origin::kInput) {
      result.append(new_text.bytes(), Origin::kInput);
    } else {
      result.append(new_text);
    }
  };
  size_t at = 0;
  if (old_text.empty()) {
    for (; count != 0 && at <= bytes.size(); --count) {
      insert(at == 0 ? 0 : at - 1, std::min(at + 1, bytes.size()));
      if (at == bytes.size()) return result;
      const size_t next = at + code_point_at(bytes, at).length;
      result.append(text, at, next);
      at = next;
    }
  }
  while (count != 0 && !old_text.empty()) {
    const size_t found = bytes.find(old_text, at);
    if (found == std::string_view::npos) break;
    result.append(text, at, found);
    insert(found, found + old_text.size());
    at = found + old_text.size();
    --count;
  }
  result.append(text, at, bytes.size());
  return result;
}

std::vector<Text> symbols(const Text& text, Budget& budget) {
  const std::string_view bytes = text.bytes();
  std::vector<Text> result;
  budget.charge(8 * bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const size_t next = at + code_point_at(bytes, at).length;
    result.push_back(text.part(at, next));
    at = next;
  }
  return result;
}

Text repeated(const Text& text, int64_t count, Budget& budget) {
  Text result;
  if (text.empty() || count <= 0) return result;
  if (static_cast<uint64_t>(count) > budget.limits().max_output_bytes) budget.charge_string(SIZE_MAX);
  budget.charge_string(text.size() * static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) result.append(text);
  return result;
}

SlicePlan plan_slice(std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step, int64_t length) {
  if (step == 0) fail("the step of a slice cannot be 0");
  step = std::clamp<int64_t>(step, -INT64_MAX, INT64_MAX);
  if (step > 0) {
    const int64_t first = start ? clip(*start, length) : 0, last = stop ? clip(*stop, length) : length;
    return {first, step, last > first ? (last - first - 1) / step + 1 : 0};
  }
  // Backwards, places run from length - 1 down to -1, which stands before the first.
  const auto clip_back = [&](int64_t index) {
    return index < 0 ? (index < -length ? -1 : index + length) : std::min(index, length - 1);
  };
  const int64_t first = start ? clip_back(*start) : length - 1, last = stop ? clip_back(*stop) : -1;
  return {first, step, first > last ? (first - last - 1) / -step + 1 : 0};
}

std::optional<ByteRange> symbol_range(const Text& text, std::optional<int64_t> start, std::optional<int64_t> end,
                                      Budget& budget) {
  const std::string_view bytes = text.bytes();
  budget.charge_bytes(bytes.size());
  if (!start && !end) return ByteRange{0, bytes.size()};
  const auto length = static_cast<int64_t>(count_code_points(bytes));
  if (start && *start > length) return std::nullopt;
  const int64_t first = start ? clip(*start, length) : 0, last = end ? clip(*end, length) : length;
  if (first > last) return std::nullopt;
  const size_t begin = byte_of_code_point(bytes, static_cast<size_t>(first));
  return ByteRange{begin, begin + byte_of_code_point(bytes.substr(begin), static_cast<size_t>(last - first))};
}

Text sliced(const Text& text, std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step, Budget& budget) {
  if (step == 1) {
    const auto range = symbol_range(text, start, stop, budget);
    return range ? text.part(range->begin, range->end) : Text();
  }
  const std::string_view bytes = text.bytes();
  budget.charge_items(bytes.size());
  std::vector<size_t> places;
  for (size_t at = 0; at < bytes.size(); at += code_point_at(bytes, at).length) places.push_back(at);
  const SlicePlan plan = plan_slice(start, stop, step, static_cast<int64_t>(places.size()));
  places.push_back(bytes.size());
  Text result;
  for (int64_t i = 0; i < plan.count; ++i) {
    const auto place = static_cast<size_t>(plan.start + i * plan.step);
    result.append(text, places[place], places[place + 1]);
  }
  return result;
}

}  // namespace vitrine::templates
