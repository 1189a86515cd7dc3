// What fuzz targets share. A target is one function, run_target(), which returns for every input: what it cannot use it
// refuses with an Error, and what it accepts has to hold the properties that the target checks.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vitrine::fuzz {

/// The target: called with each input.
void run_target(std::string_view input);

/// Ends the program, which the fuzzer reports with the input, when a property does not hold.
void require(bool holds, std::string_view property);

/// Ends the program when an error is not one that bad input may give: a bug of ours, an empty message, or one longer
/// than a screen.
void require_clear(const Error& error);

/// Runs a step that may refuse its input. Returns whether it did not.
template <typename Step>
bool accepts(const Step& step) {
  try {
    step();
    return true;
  } catch (const Error& error) {
    require_clear(error);
    return false;
  }
}

/// Runs a step on something that was accepted before, which may not be refused now.
template <typename Step>
auto must(const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    require(false, "refused what came out of itself: " + error.message());
    throw;
  }
}

/// Bytes as a file that lies in memory, for functions that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

/// Takes the first byte off, as a number that chooses; 0 where there is none.
inline unsigned char take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

}  // namespace vitrine::fuzz
