// Scalars in the files that TensorBoard reads: records with masked CRC-32C, each a small protocol buffer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace vitrine::io {

struct Scalar {
  std::string tag;
  float value = 0;
};

/// Appends scalars to a new event file in a folder. A resumed run gets a further file, which TensorBoard reads after
/// the earlier ones, so a record that a crash tore is never written over or behind.
/// Errors: kIo. Threads: one caller at a time.
class TensorboardWriter {
 public:
  explicit TensorboardWriter(const std::filesystem::path& folder);
  /// `wall_time_s` is the caller's clock; TensorBoard uses it for its time axis only.
  void write(int64_t step, double wall_time_s, std::span<const Scalar> scalars);
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<FileAppender> file_;
};

/// CRC-32C (Castagnoli) of bytes.
uint32_t crc32c(std::string_view bytes);

/// One record of an event file: lengths and checksums around `payload`.
std::string tensorboard_record(std::string_view payload);

}  // namespace vitrine::io
