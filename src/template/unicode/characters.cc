#include "template/unicode/characters.h"

#include <algorithm>

#include "template/code_points.h"
#include "template/unicode/tables.h"

namespace vitrine::templates {
namespace {

/// Finds the range that holds the character, or nullptr.
template <typename Range>
const Range* find_range(std::span<const Range> ranges, uint32_t character) {
  const auto found = std::ranges::partition_point(ranges, [&](const Range& r) { return r.last < character; });
  return found == ranges.end() || found->first > character ? nullptr : &*found;
}

const char* find_exception(std::span<const CaseException> exceptions, uint32_t character) {
  const auto found = std::ranges::lower_bound(exceptions, character, {}, &CaseException::character);
  return found == exceptions.end() || found->character != character ? nullptr : found->form;
}

void append_form(uint32_t character, std::span<const CaseException> exceptions, std::span<const CaseRange> ranges,
                 std::string& bytes) {
  if (const char* form = find_exception(exceptions, character)) {
    bytes += form;
    return;
  }
  const CaseRange* range = find_range(ranges, character);
  const bool has_form = range != nullptr && (character - range->first) % range->step == 0;
  append_code_point(has_form ? character + static_cast<uint32_t>(range->offset) : character, bytes);
}

}  // namespace

bool is_printable(uint32_t character) { return find_range(unprintable_ranges(), character) == nullptr; }
bool is_letter(uint32_t character) { return find_range(letter_ranges(), character) != nullptr; }
bool is_decimal(uint32_t character) { return find_range(decimal_ranges(), character) != nullptr; }
bool is_numeric(uint32_t character) { return find_range(numeric_ranges(), character) != nullptr; }
bool is_lower(uint32_t character) { return find_range(lower_ranges(), character) != nullptr; }
bool is_upper(uint32_t character) { return find_range(upper_ranges(), character) != nullptr; }

void append_upper(uint32_t character, std::string& bytes) {
  append_form(character, to_upper_exceptions(), to_upper_ranges(), bytes);
}

void append_lower(uint32_t character, std::string& bytes) {
  append_form(character, to_lower_exceptions(), to_lower_ranges(), bytes);
}

void append_title(uint32_t character, std::string& bytes) {
  if (const char* form = find_exception(to_title_exceptions(), character)) {
    bytes += form;
  } else {
    append_upper(character, bytes);
  }
}

}  // namespace vitrine::templates
