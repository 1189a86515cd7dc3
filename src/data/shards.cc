#include "data/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "io/json_depth.h"

namespace vitrine::data {
namespace {

static_assert(std::endian::native == std::endian::little, "shards are little-endian");

constexpr char kMagic[8] = {'V', 'I', 'T', 'R', 'T', 'O', 'K', 'S'};
constexpr uint32_t kShardVersion = 1;
constexpr uint64_t kSmallVocabulary = 65536;  // ids up to here take two bytes
constexpr uint64_t kMaxVocabulary = uint64_t{1} << 31;
constexpr size_t kChecksumChars = 32;

/// The start of a shard, as it lies in the file. The parts follow in the order of their checksums, each padded with
/// zeros to eight bytes.
struct Header {
  char magic[8];
  uint32_t version;
  uint32_t token_bytes;
  uint64_t vocab_size;
  uint64_t num_documents;
  uint64_t num_tokens;
  uint64_t metadata_bytes;
  uint64_t mask_bytes;  // 0 without a mask
  char part_checksums[4][kChecksumChars];
  char header_checksum[kChecksumChars];  // of all that precedes it, and so of the whole file
};
static_assert(sizeof(Header) == 216, "the layout of the file");

constexpr std::array<const char*, 4> kPartNames = {"metadata", "document offsets", "tokens", "loss mask"};

std::string header_checksum(const Header& header) {
  return checksum_hex({reinterpret_cast<const std::byte*>(&header), sizeof(Header) - kChecksumChars});
}

void pad(std::string& text) { text.append((8 - text.size() % 8) % 8, '\0'); }

Error corrupt_shard(const std::filesystem::path& path, const std::string& problem) {
  return Error(ErrorCode::kCorruptData, fmt::format("open shard '{}': {}", path.string(), problem),
               "the shard is damaged: run `vitrine data build` again, or copy it again");
}

std::string metadata_text(const ShardInfo& info) {
  const nlohmann::ordered_json json = {
      {"tokenizer", info.tokenizer_checksum}, {"split", info.split}, {"source", info.source}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool parse_metadata(std::string_view text, ShardInfo& info) {
  if (io::json_nesting_depth(text) > 1) return false;
  const auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const std::pair<const char*, std::string*> fields[] = {
      {"tokenizer", &info.tokenizer_checksum}, {"split", &info.split}, {"source", &info.source}};
  for (const auto& [name, target] : fields) {
    if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return false;
    *target = json[name].get<std::string>();
  }
  return true;
}

/// Sizes of the four parts with their padding. Each count is bounded by the file's size first, so nothing overflows.
std::array<uint64_t, 4> part_bytes(const Header& header) {
  const auto pad = [](uint64_t bytes) { return (bytes + 7) / 8 * 8; };
  return {pad(header.metadata_bytes), (header.num_documents + 1) * 8, pad(header.num_tokens * header.token_bytes),
          pad(header.mask_bytes)};
}

template <typename Word>
bool all_below(const std::byte* tokens, int64_t count, uint64_t bound) {
  const Word* words = reinterpret_cast<const Word*>(tokens);
  Word largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, words[i]);
  return count == 0 || largest < bound;
}

}  // namespace

std::vector<TokenId> TokenSpan::to_vector() const {
  std::vector<TokenId> ids(static_cast<size_t>(size_));
  for (int64_t i = 0; i < size_; ++i) ids[static_cast<size_t>(i)] = (*this)[i];
  return ids;
}

ShardBuilder::ShardBuilder(ShardInfo info) : info_(std::move(info)) {
  VITRINE_CHECK(info_.vocab_size > 0 && static_cast<uint64_t>(info_.vocab_size) <= kMaxVocabulary, "vocabulary size");
  token_bytes_ = static_cast<uint64_t>(info_.vocab_size) <= kSmallVocabulary ? 2 : 4;
}

void ShardBuilder::add(std::span<const TokenId> ids, std::span<const uint8_t> loss_mask) {
  VITRINE_CHECK(!ids.empty() && (loss_mask.empty() || loss_mask.size() == ids.size()), "a document and its mask");
  has_mask_ |= std::find(loss_mask.begin(), loss_mask.end(), 0) != loss_mask.end();
  uint64_t position = offsets_.back();
  mask_.resize((position + ids.size() + 7) / 8);
  for (size_t i = 0; i < ids.size(); ++i, ++position) {
    if (ids[i] < 0 || ids[i] >= info_.vocab_size)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("write shard: token id outside the vocabulary (got {} of {})", ids[i], info_.vocab_size));
    const auto id = static_cast<uint32_t>(ids[i]);
    tokens_.append(reinterpret_cast<const char*>(&id), static_cast<size_t>(token_bytes_));  // low bytes first
    const bool is_learnt = loss_mask.empty() || loss_mask[i] != 0;
    if (is_learnt) mask_[position / 8] = static_cast<char>(mask_[position / 8] | (1 << (position % 8)));
  }
  offsets_.push_back(position);
}

std::string ShardBuilder::write(const std::filesystem::path& path) {
  std::string metadata = metadata_text(info_);
  if (!has_mask_) mask_.clear();
  const size_t metadata_bytes = metadata.size(), mask_bytes = mask_.size();
  for (std::string* text : {&metadata, &tokens_, &mask_}) pad(*text);
  const std::array<std::span<const std::byte>, 4> parts = {
      std::as_bytes(std::span(metadata)), std::as_bytes(std::span(offsets_)), std::as_bytes(std::span(tokens_)),
      std::as_bytes(std::span(mask_))};
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kShardVersion;
  header.token_bytes = static_cast<uint32_t>(token_bytes_);
  header.vocab_size = static_cast<uint64_t>(info_.vocab_size);
  header.num_documents = offsets_.size() - 1;
  header.num_tokens = offsets_.back();
  header.metadata_bytes = metadata_bytes;
  header.mask_bytes = mask_bytes;
  for (size_t i = 0; i < parts.size(); ++i)
    std::memcpy(header.part_checksums[i], checksum_hex(parts[i]).data(), kChecksumChars);
  const std::string checksum = header_checksum(header);
  std::memcpy(header.header_checksum, checksum.data(), kChecksumChars);
  DurableFile file(path);
  file.write(&header, sizeof(header));
  for (const auto part : parts)
    if (!part.empty()) file.write(part.data(), part.size());
  file.commit();
  return checksum;
}

Shard::Shard(const std::filesystem::path& path) : path_(path), map_(path) { parse(); }

void Shard::parse() {
  const auto bytes = map_.bytes();
  Header header;
  if (bytes.size() < sizeof(Header))
    throw corrupt_shard(path_, fmt::format("it is cut short (got {} bytes)", bytes.size()));
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) throw corrupt_shard(path_, "it is not a token shard");
  checksum_ = header_checksum(header);
  if (checksum_ != std::string_view(header.header_checksum, kChecksumChars))
    throw corrupt_shard(path_, "its header does not match its checksum");
  if (header.version != kShardVersion)
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("open shard '{}': version (got {}, expected {})", path_.string(), header.version, kShardVersion),
        "build the shards again with this release");
  const uint64_t size = bytes.size();
  const uint64_t expected_token_bytes = header.vocab_size <= kSmallVocabulary ? 2 : 4;
  if (header.vocab_size == 0 || header.vocab_size > kMaxVocabulary || header.token_bytes != expected_token_bytes ||
      header.num_documents > size || header.num_tokens > size || header.metadata_bytes > size ||
      (header.mask_bytes != 0 && header.mask_bytes != (header.num_tokens + 7) / 8))
    throw corrupt_shard(path_, "its header holds impossible sizes");
  const auto lengths = part_bytes(header);
  uint64_t total = sizeof(Header);
  for (const uint64_t length : lengths) total += length;
  if (total != size) throw corrupt_shard(path_, fmt::format("it has {} bytes, expected {}", size, total));
  std::array<const std::byte*, 4> parts{};
  const std::byte* next = bytes.data() + sizeof(Header);
  for (size_t i = 0; i < lengths.size(); next += lengths[i++]) {
    parts[i] = next;
    if (checksum_hex({next, lengths[i]}) != std::string_view(header.part_checksums[i], kChecksumChars))
      throw corrupt_shard(path_, fmt::format("its {} do not match their checksum", kPartNames[i]));
  }
  info_.vocab_size = static_cast<int64_t>(header.vocab_size);
  if (!parse_metadata({reinterpret_cast<const char*>(parts[0]), header.metadata_bytes}, info_))
    throw corrupt_shard(path_, "its metadata are not what they should be");
  num_documents_ = static_cast<int64_t>(header.num_documents);
  num_tokens_ = static_cast<int64_t>(header.num_tokens);
  token_bytes_ = static_cast<int>(header.token_bytes);
  offsets_ = reinterpret_cast<const uint64_t*>(parts[1]);
  tokens_ = parts[2];
  mask_ = header.mask_bytes == 0 ? nullptr : parts[3];
  // Checksums only tell damage; whoever made the file may still have put anything in it.
  if (offsets_[0] != 0 || offsets_[num_documents_] != header.num_tokens ||
      std::adjacent_find(offsets_, offsets_ + num_documents_ + 1, std::greater_equal<>()) !=
          offsets_ + num_documents_ + 1)
    throw corrupt_shard(path_, "its document offsets do not rise from 0 to the number of tokens");
  const bool in_range = token_bytes_ == 2 ? all_below<uint16_t>(tokens_, num_tokens_, header.vocab_size)
                                          : all_below<uint32_t>(tokens_, num_tokens_, header.vocab_size);
  if (!in_range) throw corrupt_shard(path_, "it holds a token id outside its vocabulary");
}

TokenSpan Shard::document(int64_t index) const {
  VITRINE_CHECK(index >= 0 && index < num_documents_, "document index");
  const auto begin = static_cast<int64_t>(offsets_[index]), end = static_cast<int64_t>(offsets_[index + 1]);
  return TokenSpan(tokens_ + begin * token_bytes_, token_bytes_, end - begin, mask_, begin);
}

ShardSet::ShardSet(const std::vector<std::filesystem::path>& paths) {
  VITRINE_CHECK(!paths.empty(), "a set of no shards");
  for (const auto& path : paths) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
      throw Error(ErrorCode::kNotFound, fmt::format("open shard '{}': it is missing", path.string()),
                  "run `vitrine data build` again");
    shards_.emplace_back(path);
    const ShardInfo &first = shards_.front().info(), &info = shards_.back().info();
    if (info.vocab_size != first.vocab_size || info.tokenizer_checksum != first.tokenizer_checksum)
      throw Error(
          ErrorCode::kMismatch,
          fmt::format("open shard '{}': its tokenizer is not that of '{}'", path.string(), paths.front().string()),
          "build all shards with one tokenizer");
    first_documents_.push_back(first_documents_.back() + shards_.back().num_documents());
    num_tokens_ += shards_.back().num_tokens();
  }
}

TokenSpan ShardSet::document(int64_t index) const {
  const auto next = std::upper_bound(first_documents_.begin(), first_documents_.end(), index);
  const auto shard = static_cast<size_t>(next - first_documents_.begin()) - 1;
  return shards_[shard].document(index - first_documents_[shard]);
}

}  // namespace vitrine::data
