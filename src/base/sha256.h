// SHA-256, the checksum that model hubs and package indexes publish.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine {

/// Incremental SHA-256. Source: FIPS 180-4.
class Sha256 {
 public:
  void update(const void* data, size_t num_bytes);
  /// The digest of what was put in so far, as 64 hexadecimal digits; more may follow.
  std::string hex() const;

 private:
  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> block_{};
  uint64_t num_bytes_ = 0;
};

/// The digest of one text.
std::string sha256_hex(std::string_view bytes);

/// The digits in lower case, or an empty text where they are no SHA-256.
std::string normalized_sha256(std::string_view digits);

}  // namespace vitrine
