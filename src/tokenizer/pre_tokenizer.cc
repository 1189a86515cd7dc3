#include "tokenizer/pre_tokenizer.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "tokenizer/pre_tokenizers/catalog.h"

namespace vitrine::tokenizer {

std::span<const PreTokenizer> pre_tokenizers() {
  static const PreTokenizer kCatalog[] = {
      cl100k_pre_tokenizer(), gpt2_pre_tokenizer(),   llama3_pre_tokenizer(), o200k_pre_tokenizer(),
      qwen2_pre_tokenizer(),  smollm_pre_tokenizer(), tekken_pre_tokenizer(),
  };
  return kCatalog;
}

const PreTokenizer& find_pre_tokenizer(std::string_view name) {
  std::string names;
  for (const PreTokenizer& entry : pre_tokenizers()) {
    if (entry.name == name) return entry;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.name);
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("pre-tokenizer: unknown name (got '{}', expected {})", name, names),
              "choose one of " + names);
}

}  // namespace vitrine::tokenizer
