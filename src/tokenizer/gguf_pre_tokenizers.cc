#include "tokenizer/gguf_pre_tokenizers.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/splitters/splitter.h"

namespace vitrine::tokenizer {
namespace {

struct Entry {
  std::string_view name;
  std::string_view scanner;
  bool ignore_merges = false;
  bool add_bos = false;
};

// One line for each name that converters write; several models share a scanner.
constexpr Entry kEntries[] = {
    {"chatglm-bpe", "llama3"},
    {"codeshell", "smollm"},
    {"command-r", "smollm"},
    {"dbrx", "llama3"},
    {"deepseek-r1-qwen", "qwen2"},
    {"gpt-2", "gpt2"},
    {"gpt-4o", "o200k"},
    {"gpt2", "gpt2"},
    {"jais", "gpt2"},
    {"llama-bpe", "llama3", true, true},
    {"llama-v3", "llama3", true, true},
    {"llama3", "llama3", true, true},
    {"llama4", "o200k"},
    {"mpt", "gpt2"},
    {"olmo", "gpt2"},
    {"phi-2", "gpt2"},
    {"qwen2", "qwen2"},
    {"refact", "smollm"},
    {"smaug-bpe", "llama3"},
    {"smollm", "smollm"},
    {"stablelm2", "qwen2"},
    {"starcoder", "smollm"},
    {"tekken", "tekken", true, true},
};

Setting split(const char* pattern) {
  return make_part("Split",
                   {{"pattern", Setting::Object{{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
}

/// deepseek-v3: digits in threes, Chinese and Japanese apart, then words with one symbol before them.
Setting deepseek_v3() {
  return make_sequence(
      "pretokenizers",
      {split(R"(\p{N}{1,3})"), split("[一-龥぀-ゟ゠-ヿ]+"),
       split(R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|)"
             R"( ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"),
       make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}})});
}

}  // namespace

GgufPreTokenizer find_gguf_pre_tokenizer(std::string_view name) {
  if (name == "deepseek-v3") return {deepseek_v3(), false, false};
  for (const Entry& entry : kEntries)
    if (entry.name == name) return {setting_of(find_pre_tokenizer(entry.scanner)), entry.ignore_merges, entry.add_bos};
  throw Error(ErrorCode::kUnsupported, fmt::format("gguf vocabulary: unknown pre-tokenizer '{}'", name),
              "use the model's tokenizer.json");
}

}  // namespace vitrine::tokenizer
