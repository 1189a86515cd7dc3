// Any bytes as a token shard, as they are and with all checksums put right: whoever made the file can do that too.
#include <array>
#include <cstring>

#include "base/hash.h"
#include "data/shards.h"
#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {
namespace {

constexpr size_t kHeaderBytes = 216, kSizesAt = 24, kChecksumsAt = 56, kChecksumChars = 32;

uint64_t number_at(const std::string& file, size_t position) {
  uint64_t number = 0;
  std::memcpy(&number, &file[position], sizeof(number));
  return number;
}

/// Puts the checksums of the parts, as the header places them, and then its own into the header.
void put_checksums_right(std::string& file) {
  uint32_t token_bytes = 0;
  std::memcpy(&token_bytes, &file[12], sizeof(token_bytes));
  const uint64_t documents = number_at(file, kSizesAt), tokens = number_at(file, kSizesAt + 8);
  const uint64_t sizes[] = {number_at(file, kSizesAt + 16), (documents + 1) * 8, tokens * token_bytes,
                            number_at(file, kSizesAt + 24)};
  size_t begin = kHeaderBytes;
  for (size_t part = 0; part < 4; ++part) {
    const uint64_t padded = (sizes[part] + 7) / 8 * 8;
    if (padded > file.size() - begin) break;
    const auto bytes = std::as_bytes(std::span(file)).subspan(begin, static_cast<size_t>(padded));
    std::memcpy(&file[kChecksumsAt + part * kChecksumChars], checksum_hex(bytes).data(), kChecksumChars);
    begin += static_cast<size_t>(padded);
  }
  const auto header = std::as_bytes(std::span(file)).first(kHeaderBytes - kChecksumChars);
  std::memcpy(&file[kHeaderBytes - kChecksumChars], checksum_hex(header).data(), kChecksumChars);
}

void check(std::string_view bytes) {
  const MemoryFile file(bytes);
  accepts([&] {
    const data::Shard shard(file.path());
    int64_t num_tokens = 0;
    data::ShardBuilder builder(shard.info());
    for (int64_t i = 0; i < shard.num_documents(); ++i) {
      const data::TokenSpan document = shard.document(i);
      num_tokens += document.size();
      std::vector<uint8_t> mask;
      for (int64_t at = 0; at < document.size(); ++at) {
        require(document[at] >= 0 && document[at] < shard.info().vocab_size, "ids lie in the vocabulary");
        mask.push_back(document.is_learnt(at));
      }
      builder.add(document.to_vector(), mask);
    }
    require(num_tokens == shard.num_tokens(), "documents hold all tokens");
    require(builder.num_tokens() == num_tokens, "a shard can be built again");
  });
}

}  // namespace

void run_target(std::string_view input) {
  check(input);
  if (input.size() < kHeaderBytes) return;
  std::string file(input);
  put_checksums_right(file);
  check(file);
}

}  // namespace vitrine::fuzz
