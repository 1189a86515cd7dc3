#include "base/gguf_part_name.h"

#include <fmt/format.h>

#include <charconv>

namespace vitrine {
namespace {

constexpr std::string_view kExtension = ".gguf", kBetween = "-of-";
constexpr size_t kDigits = 5;

/// Takes five digits off the end; 0: none are there.
int64_t take_number(std::string_view& text) {
  if (text.size() < kDigits) return 0;
  const std::string_view digits = text.substr(text.size() - kDigits);
  int64_t number = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + kDigits, number);
  if (problem != std::errc() || stop != digits.data() + kDigits) return 0;
  text.remove_suffix(kDigits);
  return number;
}

bool take_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

}  // namespace

std::string GgufPartName::file(int64_t index) const {
  return fmt::format("{}-{:05}-of-{:05}.gguf", name, index, count);
}

std::optional<GgufPartName> read_gguf_part_name(std::string_view file) {
  GgufPartName part;
  if (!take_end(file, kExtension) || (part.count = take_number(file)) < 1 || !take_end(file, kBetween) ||
      (part.number = take_number(file)) < 1 || !take_end(file, "-"))
    return std::nullopt;
  part.name = file;
  return part;
}

std::vector<std::filesystem::path> gguf_parts(const std::filesystem::path& file) {
  const std::optional<GgufPartName> part = read_gguf_part_name(file.filename().string());
  if (!part) return {file};
  std::vector<std::filesystem::path> parts;
  for (int64_t number = 1; number <= part->count; ++number) parts.push_back(file.parent_path() / part->file(number));
  return parts;
}

int64_t gguf_bytes(const std::filesystem::path& file) {
  int64_t total = 0;
  for (const std::filesystem::path& part : gguf_parts(file)) {
    std::error_code error;
    if (const auto size = std::filesystem::file_size(part, error); !error) total += static_cast<int64_t>(size);
  }
  return total;
}

}  // namespace vitrine
