// Reads the wire format of Protocol Buffers, as far as SentencePiece's models need it.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace vitrine::tokenizer {

/// Goes through the fields of one message. Every length is checked against the message. All errors are kCorruptData.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  /// Goes to the next field; false at the end.
  bool next() {
    if (rest_.empty()) return false;
    const uint64_t tag = read_varint();
    field_ = tag >> 3;
    number_ = 0;
    bytes_ = {};
    switch (tag & 7) {
      case 0: number_ = read_varint(); break;
      case 1: bytes_ = take(8); break;
      case 2: bytes_ = take(read_varint()); break;
      case 5: bytes_ = take(4); break;
      default: fail("a field of an unknown wire type");
    }
    return true;
  }

  uint64_t field() const { return field_; }
  uint64_t number() const { return number_; }            ///< of a varint field; 0 for others
  std::string_view bytes() const { return bytes_; }      ///< of a field with bytes; empty for others
  float real() const {                                   ///< of a field of four bytes
    uint32_t bits = 0;
    if (bytes_.size() != 4) fail("a number of another size");
    std::memcpy(&bits, bytes_.data(), 4);
    return std::bit_cast<float>(bits);
  }

 private:
  [[noreturn]] static void fail(const char* what) {
    throw Error(ErrorCode::kCorruptData, std::string("protocol buffer: ") + what, "get the file again");
  }

  uint64_t read_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number that does not end");
  }

  std::string_view take(uint64_t size) {
    if (size > rest_.size()) fail("a field that reaches behind the end");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  uint64_t field_ = 0;
  uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace vitrine::tokenizer
