#include "tokenizer/unicode/normalization.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer/unicode/code_point_map.h"
#include "tokenizer/unicode/decompositions.h"
#include "tokenizer/unicode/table_text.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

// Hangul syllables are composed by arithmetic. Source: The Unicode Standard, section 3.12.
constexpr uint32_t kSBase = 0xAC00, kLBase = 0x1100, kVBase = 0x1161, kTBase = 0x11A7;
constexpr uint32_t kLCount = 19, kVCount = 21, kTCount = 28, kSCount = kLCount * kVCount * kTCount;

bool is_hangul_syllable(uint32_t c) { return c - kSBase < kSCount; }

/// What the generated texts say, in a form to look up.
struct Tables {
  struct Span {
    uint32_t begin = 0, end = 0;
  };
  std::vector<uint32_t> pool;  // the decompositions, one behind the other
  CodePointMap<Span> canonical, compatible;
  CodePointMap<uint8_t> combining_class;
  CodePointMap<uint8_t> may_change;  // one bit for each form
  std::unordered_map<uint64_t, uint32_t> composed;

  static const Tables& get() {
    static const Tables tables;
    return tables;
  }

  void mark(uint32_t c, std::initializer_list<NormalizationForm> forms) {
    uint8_t bits = may_change.get(c);
    for (const NormalizationForm form : forms) bits |= static_cast<uint8_t>(1u << static_cast<int>(form));
    may_change.set(c, bits);
  }

 private:
  using enum NormalizationForm;

  Tables() {
    const auto read = [&](std::string_view text, CodePointMap<Span>& map) {
      for_each_entry(text, [&](const std::vector<uint32_t>& entry) {
        const auto begin = static_cast<uint32_t>(pool.size());
        pool.insert(pool.end(), entry.begin() + 1, entry.end());
        map.set(entry[0], {begin, static_cast<uint32_t>(pool.size())});
        mark(entry[0], {kNfd, kNfkd, kNfkc});
        if (&map == &canonical) mark(entry[0], {kNfc});
      });
    };
    read(canonical_decompositions(), canonical);
    read(compatibility_decompositions(), compatible);
    for_each_entry(composition_pairs(), [&](const std::vector<uint32_t>& entry) {
      composed[uint64_t{entry[0]} << 32 | entry[1]] = entry[2];
      mark(entry[1], {kNfc, kNfkc});
    });
    for_each_entry(combining_classes(), [&](const std::vector<uint32_t>& entry) {
      for (uint32_t c = entry[0]; c <= entry[1]; ++c) {
        combining_class.set(c, static_cast<uint8_t>(entry[2]));
        mark(c, {kNfc, kNfd, kNfkc, kNfkd});
      }
    });
    for (uint32_t c = kSBase; c < kSBase + kSCount; ++c) mark(c, {kNfd, kNfkd});
    for (uint32_t c = kVBase; c < kTBase + kTCount; ++c) mark(c, {kNfc, kNfkc});
    // Composed characters are in NFC by themselves: only what follows them can change them, and that is marked.
    for (const auto& [pair, c] : composed) {
      uint8_t bits = may_change.get(c) & static_cast<uint8_t>(~(1u << static_cast<int>(kNfc)));
      if (compatible.get(c).begin == compatible.get(c).end)
        bits &= static_cast<uint8_t>(~(1u << static_cast<int>(kNfkc)));
      may_change.set(c, bits);
    }
  }
};

bool is_composing(NormalizationForm form) {
  return form == NormalizationForm::kNfc || form == NormalizationForm::kNfkc;
}

bool is_compatible(NormalizationForm form) {
  return form == NormalizationForm::kNfkc || form == NormalizationForm::kNfkd;
}

void append_decomposed(uint32_t c, bool compatible, std::vector<uint32_t>& out) {
  if (is_hangul_syllable(c)) {
    const uint32_t index = c - kSBase;
    out.push_back(kLBase + index / (kVCount * kTCount));
    out.push_back(kVBase + index / kTCount % kVCount);
    if (index % kTCount != 0) out.push_back(kTBase + index % kTCount);
    return;
  }
  const Tables& tables = Tables::get();
  Tables::Span span = compatible ? tables.compatible.get(c) : Tables::Span{};
  if (span.begin == span.end) span = tables.canonical.get(c);
  if (span.begin == span.end) {
    out.push_back(c);
  } else {
    out.insert(out.end(), tables.pool.begin() + span.begin, tables.pool.begin() + span.end);
  }
}

/// Sorts each run of marks by their class, keeping the order of equal ones.
void reorder_marks(std::vector<uint32_t>& text) {
  const auto class_of = [](uint32_t c) { return Tables::get().combining_class.get(c); };
  for (size_t begin = 0; begin < text.size();) {
    if (class_of(text[begin]) == 0) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && class_of(text[end]) != 0) ++end;
    std::stable_sort(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end),
                     [&](uint32_t a, uint32_t b) { return class_of(a) < class_of(b); });
    begin = end;
  }
}

/// Returns what two characters compose to, or 0.
uint32_t compose_pair(uint32_t first, uint32_t second) {
  if (first - kLBase < kLCount && second - kVBase < kVCount)
    return kSBase + ((first - kLBase) * kVCount + (second - kVBase)) * kTCount;
  if (is_hangul_syllable(first) && (first - kSBase) % kTCount == 0 && second - kTBase - 1 < kTCount - 1)
    return first + (second - kTBase);
  const auto& composed = Tables::get().composed;
  const auto found = composed.find(uint64_t{first} << 32 | second);
  return found == composed.end() ? 0 : found->second;
}

void compose(std::vector<uint32_t>& text) {
  size_t starter = SIZE_MAX, out = 0;
  int last_class = -1;  // of what stands between the starter and here; -1 where nothing does
  for (const uint32_t c : text) {
    const int mark_class = Tables::get().combining_class.get(c);
    if (starter != SIZE_MAX && last_class < mark_class) {
      if (const uint32_t whole = compose_pair(text[starter], c)) {
        text[starter] = whole;
        continue;
      }
    }
    if (mark_class == 0) {
      starter = out;
      last_class = -1;
    } else {
      last_class = mark_class;
    }
    text[out++] = c;
  }
  text.resize(out);
}

/// Normalizes a stretch of characters and appends it.
void flush(std::vector<uint32_t>& characters, NormalizationForm form, std::string& out) {
  reorder_marks(characters);
  if (is_composing(form)) compose(characters);
  for (const uint32_t c : characters) append_utf8(c, out);
  characters.clear();
}

}  // namespace

bool is_surely_normalized(std::string_view text, NormalizationForm form) {
  const auto& may_change = Tables::get().may_change;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    if (static_cast<uint8_t>(*at) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Char character = read_utf8(at, end);
    if (character.status == Utf8Status::kValid &&
        (may_change.get(character.code_point) >> static_cast<int>(form) & 1) != 0)
      return false;
    at += character.length;
  }
  return true;
}

std::string normalize(std::string_view text, NormalizationForm form) {
  std::string out;
  out.reserve(text.size());
  std::vector<uint32_t> characters;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const Utf8Char character = read_utf8(at, end);
    if (character.status == Utf8Status::kValid) {
      // ASCII neither changes nor is changed by what stands before it: a good place to cut.
      if (character.code_point < 0x80 && !characters.empty()) flush(characters, form, out);
      append_decomposed(character.code_point, is_compatible(form), characters);
    } else {
      flush(characters, form, out);
      out.append(at, character.length);
    }
    at += character.length;
  }
  flush(characters, form, out);
  return out;
}

}  // namespace vitrine::tokenizer
