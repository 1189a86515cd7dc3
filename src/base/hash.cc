#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "base/error.h"

namespace vitrine {

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

struct Checksum::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

Checksum::Checksum() : state_(std::make_unique<State>()) {
  VITRINE_CHECK(state_->xxh != nullptr, "no memory for a checksum state");
  XXH3_128bits_reset(state_->xxh);
}
Checksum::~Checksum() = default;

void Checksum::update(const void* data, size_t num_bytes) { XXH3_128bits_update(state_->xxh, data, num_bytes); }

std::string Checksum::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(state_->xxh);
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

std::string checksum_hex(std::span<const std::byte> bytes) {
  Checksum checksum;
  checksum.update(bytes.data(), bytes.size());
  return checksum.hex();
}

}  // namespace vitrine
