// Fast non-cryptographic hashes (XXH3) for checksums, document splits and deduplication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vitrine {

/// Hashes bytes with XXH3-64. Stable across machines and releases; used for document splits.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

/// Incremental XXH3-128, written as 32 hexadecimal digits; the checksum of shards and checkpoints.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;

  void update(const void* data, size_t num_bytes);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the checksum of one block of bytes, as 32 hexadecimal digits.
std::string checksum_hex(std::span<const std::byte> bytes);

}  // namespace vitrine
