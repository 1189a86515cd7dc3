// Names of split GGUF files, which several readers and fetchers have to tell from whole ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// What NAME-00002-of-00003.gguf says: part 2 of 3 of NAME.
struct GgufPartName {
  std::string name;  ///< with the folders before it
  int64_t number = 0, count = 0;

  /// The file with part `index` of the model, from 1 on.
  std::string file(int64_t index) const;
  /// The file that the model begins with.
  std::string first() const { return file(1); }
  bool operator==(const GgufPartName&) const = default;
};

/// Nothing for the name of a whole file.
std::optional<GgufPartName> read_gguf_part_name(std::string_view file);

/// Where all parts are of a file that is named as one of them, whether they are there or not; of another, the file.
std::vector<std::filesystem::path> gguf_parts(const std::filesystem::path& file);

/// The bytes of those that are there.
int64_t gguf_bytes(const std::filesystem::path& file);

}  // namespace vitrine
