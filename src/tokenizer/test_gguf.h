// Reads the tokenizer's metadata of a trusted GGUF file, for tests: this folder reads no GGUF itself.
#pragma once

#include <cstring>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "tokenizer/gguf_vocabulary.h"

namespace vitrine::tokenizer {

class TestGgufReader {
 public:
  explicit TestGgufReader(const std::filesystem::path& path) : map_(path) {
    at_ = reinterpret_cast<const char*>(map_.bytes().data());
  }

  GgufVocabulary read() {
    at_ += 16;  // magic, version, number of tensors
    const auto num_keys = take<uint64_t>();
    for (uint64_t i = 0; i < num_keys; ++i) {
      const std::string key = text();
      read_value(key, take<uint32_t>());
    }
    return std::move(vocabulary_);
  }

 private:
  template <typename T>
  T take() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string text() {
    const auto size = take<uint64_t>();
    std::string value(at_, size);
    at_ += size;
    return value;
  }

  void read_value(const std::string& key, uint32_t type) {
    constexpr std::string_view kPrefix = "tokenizer.ggml.";
    const std::string name = key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : "";
    if (type == 8) return set_text(name, text());
    if (type == 9) return read_array(name);
    const uint64_t number = take_number(type);
    const auto id = static_cast<TokenId>(number);
    GgufVocabulary& v = vocabulary_;
    if (name == "bos_token_id") v.bos_token_id = id;
    if (name == "eos_token_id") v.eos_token_id = id;
    if (name == "unknown_token_id") v.unknown_token_id = id;
    if (name == "seperator_token_id") v.separator_token_id = id;
    if (name == "padding_token_id") v.padding_token_id = id;
    if (name == "cls_token_id") v.cls_token_id = id;
    if (name == "add_bos_token") v.add_bos_token = number != 0;
    if (name == "add_eos_token") v.add_eos_token = number != 0;
    if (name == "add_space_prefix") v.add_space_prefix = number != 0;
  }

  uint64_t take_number(uint32_t type) {
    static constexpr size_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    uint64_t number = 0;
    std::memcpy(&number, at_, kSizes[type]);
    at_ += kSizes[type];
    return number;
  }

  void set_text(const std::string& name, std::string value) {
    if (name == "model") vocabulary_.model = std::move(value);
    if (name == "pre") vocabulary_.pre = std::move(value);
  }

  void read_array(const std::string& name) {
    const auto type = take<uint32_t>();
    const auto count = take<uint64_t>();
    for (uint64_t i = 0; i < count; ++i) {
      if (type == 8) {
        std::string value = text();
        if (name == "tokens") vocabulary_.tokens.push_back(std::move(value));
        if (name == "merges") vocabulary_.merges.push_back(std::move(value));
      } else if (type == 6) {
        const auto value = take<float>();
        if (name == "scores") vocabulary_.scores.push_back(value);
      } else {
        const auto value = take_number(type);
        if (name == "token_type") vocabulary_.token_types.push_back(static_cast<int32_t>(value));
      }
    }
  }

  MappedFile map_;
  const char* at_ = nullptr;
  GgufVocabulary vocabulary_;
};

}  // namespace vitrine::tokenizer
