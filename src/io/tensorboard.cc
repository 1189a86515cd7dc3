#include "io/tensorboard.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "base/error.h"

namespace vitrine::io {
namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0);
    table[byte] = crc;
  }
  return table;
}

/// TFRecord stores checksums rotated and shifted, so that a checksum of data with checksums in it stays sound.
uint32_t masked_crc32c(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return std::rotr(crc, 15) + 0xa282ead8u;
}

/// A little-endian number of fixed width.
template <typename Unsigned>
void put_fixed(std::string& out, Unsigned value) {
  for (size_t i = 0; i < sizeof(Unsigned); ++i) out += static_cast<char>(value >> (8 * i));
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

enum class WireType : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void put_key(std::string& out, uint64_t field, WireType type) {
  put_varint(out, field << 3 | static_cast<uint64_t>(type));
}

void put_bytes(std::string& out, uint64_t field, std::string_view bytes) {
  put_key(out, field, WireType::kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Field numbers of the messages Event, Summary and Summary.Value.
constexpr uint64_t kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5;
constexpr uint64_t kSummaryValue = 1, kValueTag = 1, kValueSimpleValue = 2;

std::string event_start(int64_t step, double wall_time_s) {
  std::string event;
  put_key(event, kEventWallTime, WireType::kFixed64);
  put_fixed(event, std::bit_cast<uint64_t>(wall_time_s));
  put_key(event, kEventStep, WireType::kVarint);
  put_varint(event, static_cast<uint64_t>(step));
  return event;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = make_crc_table();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return ~crc;
}

std::string tensorboard_record(std::string_view payload) {
  std::string record;
  put_fixed(record, static_cast<uint64_t>(payload.size()));
  put_fixed(record, masked_crc32c(record));
  record += payload;
  put_fixed(record, masked_crc32c(payload));
  return record;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& folder) {
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  if (status)
    throw Error(ErrorCode::kIo, fmt::format("create folder '{}': {}", folder.string(), status.message()),
                "choose a folder that you may write to");
  int session = 0;
  do {
    path_ = folder / fmt::format("events.out.tfevents.{:08}.vitrine", session++);
  } while (std::filesystem::exists(path_));
  file_ = std::make_unique<FileAppender>(path_);
  std::string event = event_start(0, 0);
  put_bytes(event, kEventFileVersion, "brain.Event:2");
  file_->append(tensorboard_record(event));
}

void TensorboardWriter::write(int64_t step, double wall_time_s, std::span<const Scalar> scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    std::string value;
    put_bytes(value, kValueTag, scalar.tag);
    put_key(value, kValueSimpleValue, WireType::kFixed32);
    put_fixed(value, std::bit_cast<uint32_t>(scalar.value));
    put_bytes(summary, kSummaryValue, value);
  }
  std::string event = event_start(step, wall_time_s);
  put_bytes(event, kEventSummary, summary);
  file_->append(tensorboard_record(event));
}

}  // namespace vitrine::io
