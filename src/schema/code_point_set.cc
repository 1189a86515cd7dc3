#include "schema/code_point_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::schema {
namespace {

constexpr uint32_t kFirstSurrogate = 0xD800, kLastSurrogate = 0xDFFF;

/// Adds a range without its surrogates.
void push_scalar_values(CodePointRange range, std::vector<CodePointRange>& out) {
  range.last = std::min(range.last, kMaxCodePoint);
  if (range.first < kFirstSurrogate && range.last >= kFirstSurrogate) {
    out.push_back({range.first, kFirstSurrogate - 1});
    range.first = kLastSurrogate + 1;
  } else if (range.first >= kFirstSurrogate && range.first <= kLastSurrogate) {
    range.first = kLastSurrogate + 1;
  }
  if (range.first <= range.last) out.push_back(range);
}

}  // namespace

CodePointSet::CodePointSet(std::vector<CodePointRange> ranges) {
  std::vector<CodePointRange> scalar;
  for (const CodePointRange& range : ranges) {
    if (range.first <= range.last) push_scalar_values(range, scalar);
  }
  std::ranges::sort(scalar, {}, &CodePointRange::first);
  for (const CodePointRange& range : scalar) {
    if (!ranges_.empty() && range.first <= ranges_.back().last + 1) {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    } else {
      ranges_.push_back(range);
    }
  }
}

CodePointSet CodePointSet::all() { return CodePointSet({{0, kMaxCodePoint}}); }

bool CodePointSet::contains(uint32_t code_point) const {
  const auto after = std::ranges::upper_bound(ranges_, code_point, {}, &CodePointRange::first);
  return after != ranges_.begin() && std::prev(after)->last >= code_point;
}

CodePointSet CodePointSet::complement() const {
  std::vector<CodePointRange> out;
  uint32_t next = 0;
  for (const CodePointRange& range : ranges_) {
    if (range.first > next) out.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kMaxCodePoint) out.push_back({next, kMaxCodePoint});
  return CodePointSet(std::move(out));
}

CodePointSet CodePointSet::united(const CodePointSet& other) const {
  std::vector<CodePointRange> out = ranges_;
  out.insert(out.end(), other.ranges_.begin(), other.ranges_.end());
  return CodePointSet(std::move(out));
}

CodePointSet CodePointSet::with_ascii_case() const {
  std::vector<CodePointRange> out = ranges_;
  for (const CodePointRange& range : ranges_) {
    const auto add = [&](uint32_t first, uint32_t last, int shift) {
      first = std::max(first, range.first), last = std::min(last, range.last);
      if (first <= last) out.push_back({first + static_cast<uint32_t>(shift), last + static_cast<uint32_t>(shift)});
    };
    add('a', 'z', -32);
    add('A', 'Z', 32);
  }
  return CodePointSet(std::move(out));
}

void append_utf8(uint32_t code_point, std::string& out) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6), put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12), put(0x80 | (code_point >> 6 & 0x3F)), put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18), put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F)), put(0x80 | (code_point & 0x3F));
  }
}

std::vector<uint32_t> decode_utf8(std::string_view text, std::string_view operation) {
  std::vector<uint32_t> out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    uint32_t code_point = length <= 1 ? lead : lead & (0x7Fu >> length);
    bool ok = length > 0 && i + length <= text.size();
    for (size_t k = 1; ok && k < length; ++k) {
      const auto byte = static_cast<uint8_t>(text[i + k]);
      ok = (byte & 0xC0) == 0x80;
      code_point = code_point << 6 | (byte & 0x3F);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!ok || code_point < kSmallest[length] || code_point > kMaxCodePoint ||
        (code_point >= kFirstSurrogate && code_point <= kLastSurrogate)) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: not UTF-8 at byte {}", operation, i));
    }
    out.push_back(code_point);
    i += length;
  }
  return out;
}

}  // namespace vitrine::schema
