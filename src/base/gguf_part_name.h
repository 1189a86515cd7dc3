// Names of split GGUF files, which several readers and fetchers have to tell from whole ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// What NAME-00002-of-00003.gguf says: part 2 of 3 of NAME.
struct GgufPartName {
  std::string name;  ///< with the folders before it
  int64_t number = 0, count = 0;

  /// The file that the model begins with.
  std::string first() const;
  bool operator==(const GgufPartName&) const = default;
};

/// Nothing for the name of a whole file.
std::optional<GgufPartName> read_gguf_part_name(std::string_view file);

}  // namespace vitrine
