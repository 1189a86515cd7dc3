#include "tokenizer/load_tokenizer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/tiktoken_ranks.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_and_merges.h"

namespace vitrine::tokenizer {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Tokenizer load_json(const fs::path& path) {
  const std::string text = read_regular_file(path);
  try {
    return parse_tokenizer_json(text);
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
}

/// vocab.json and merges.txt do not say how text is cut; the class that tokenizer_config.json names does.
const PreTokenizer& pre_tokenizer_of_class(const std::string& name) {
  if (name.starts_with("Qwen2Tokenizer")) return find_pre_tokenizer("qwen2");
  if (name.starts_with("GPT2Tokenizer")) return find_pre_tokenizer("gpt2");
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("vocab.json and merges.txt: unknown tokenizer_class '{}' in tokenizer_config.json", excerpt(name)),
      "use a folder with a tokenizer.json");
}

Tokenizer load_vocab_and_merges(const fs::path& folder) {
  if (!is_there(folder / "tokenizer_config.json"))
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("load '{}': vocab.json and merges.txt without a tokenizer_config.json, which says how text is "
                    "cut into words",
                    folder.string()),
        "put the model's tokenizer_config.json or tokenizer.json beside them");
  const TokenizerConfig config = parse_tokenizer_config_json(read_small_text(folder / "tokenizer_config.json"));
  try {
    const std::string vocab = read_regular_file(folder / "vocab.json"),
                      merges = read_regular_file(folder / "merges.txt");
    return parse_vocab_and_merges(vocab, merges, pre_tokenizer_of_class(config.tokenizer_class),
                                  config.special_names());
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", folder.string()));
  }
}

}  // namespace

bool holds_tokenizer(const fs::path& folder) {
  return is_there(folder / "tokenizer.json") || is_there(folder / "tokenizer.model") ||
         (is_there(folder / "vocab.json") && is_there(folder / "merges.txt"));
}

Tokenizer load_tokenizer(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    if (is_there(path / "tokenizer.json") || !holds_tokenizer(path)) return load_json(path / "tokenizer.json");
    if (is_there(path / "tokenizer.model")) return load_sentencepiece_model(path / "tokenizer.model");
    return load_vocab_and_merges(path);
  }
  if (path.extension() == ".model") return load_sentencepiece_model(path);
  if (path.extension() == ".tiktoken") return load_tiktoken_ranks(path);
  return load_json(path);
}

}  // namespace vitrine::tokenizer
