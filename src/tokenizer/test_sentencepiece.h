// Writes small SentencePiece models, good and bad ones, for tests.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace vitrine::tokenizer {

inline std::string proto_varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7F));
  return bytes + static_cast<char>(value);
}

inline std::string proto_number(uint64_t field, uint64_t value) { return proto_varint(field << 3) + proto_varint(value); }

inline std::string proto_bytes(uint64_t field, std::string_view bytes) {
  return proto_varint(field << 3 | 2) + proto_varint(bytes.size()) + std::string(bytes);
}

inline std::string proto_float(uint64_t field, float value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return proto_varint(field << 3 | 5) + bytes;
}

inline std::string proto_piece(std::string_view token, float score, uint64_t type = 1) {
  return proto_bytes(1, proto_bytes(1, token) + proto_float(2, score) + proto_number(3, type));
}

/// Unknown, start and end, then a few pieces; `model_type` 1 is Unigram, 2 BPE.
inline std::string small_sentencepiece_model(uint64_t model_type) {
  std::string model = proto_piece("<unk>", 0, 2) + proto_piece("<s>", 0, 3) + proto_piece("</s>", 0, 3) +
                      proto_piece("<sep>", 0, 4);
  float score = -1;
  for (const char* token : {"▁", "a", "b", "c", "ab", "▁a", "abc", "▁ab", "▁abc"}) model += proto_piece(token, score--);
  return model + proto_bytes(2, proto_number(3, model_type));
}

}  // namespace vitrine::tokenizer
