// Reads the generated tables that are kept as text.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vitrine::tokenizer {

/// Calls `use` with the numbers of each entry.
template <typename Use>
void for_each_entry(std::string_view text, Use use) {
  std::vector<uint32_t> numbers;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++at) {
    uint32_t number = 0;
    at = std::from_chars(at, end, number, 16).ptr;
    numbers.push_back(number);
    if (*at != '|') continue;
    use(numbers);
    numbers.clear();
  }
}

}  // namespace vitrine::tokenizer
