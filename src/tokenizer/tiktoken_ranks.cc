#include "tokenizer/tiktoken_ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/base64.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/splitters/splitter.h"
#include "tokenizer/token_list.h"
#include "tokenizer/vocabulary_merges.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kMaxRanksBytes = size_t{64} << 20;

struct Special {
  std::string_view name;
  TokenId id;
};

constexpr Special kR50kSpecial[] = {{"<|endoftext|>", 50256}};
constexpr Special kCl100kSpecial[] = {{"<|endoftext|>", 100257},
                                      {"<|fim_prefix|>", 100258},
                                      {"<|fim_middle|>", 100259},
                                      {"<|fim_suffix|>", 100260},
                                      {"<|endofprompt|>", 100276}};
constexpr Special kO200kSpecial[] = {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}};

struct Encoding {
  std::string_view name;
  std::string_view pre_tokenizer;
  std::span<const Special> special;
};

constexpr Encoding kEncodings[] = {
    {"cl100k_base", "cl100k", kCl100kSpecial}, {"gpt2", "gpt2", kR50kSpecial},
    {"o200k_base", "o200k", kO200kSpecial},    {"p50k_base", "gpt2", kR50kSpecial},
    {"r50k_base", "gpt2", kR50kSpecial},
};

const Encoding& find_encoding(std::string_view name) {
  std::string names;
  for (const Encoding& encoding : kEncodings) {
    if (encoding.name == name) return encoding;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", encoding.name);
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("tiktoken ranks: unknown encoding (got '{}', expected {})", excerpt(name), names),
              "name the file after its encoding, such as cl100k_base.tiktoken");
}

[[noreturn]] void corrupt_ranks_line(size_t line, std::string_view what) {
  throw Error(ErrorCode::kCorruptData, fmt::format("tiktoken ranks: line {}: {}", line, what), "get the file again");
}

/// Reads the lines into names of the byte alphabet.
void read_lines(std::string_view text, TokenList& tokens) {
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (entry.ends_with('\r')) entry.remove_suffix(1);
    if (entry.empty()) continue;
    const size_t space = entry.find(' ');
    if (space == entry.npos) corrupt_ranks_line(line, "no space between token and rank");
    const auto bytes = from_base64(entry.substr(0, space));
    if (!bytes || bytes->empty()) corrupt_ranks_line(line, "the token is not base64");
    TokenId rank = kNoToken;
    const auto [rest, error] = std::from_chars(entry.data() + space + 1, entry.data() + entry.size(), rank);
    if (error != std::errc() || rest != entry.data() + entry.size() || rank < 0)
      corrupt_ranks_line(line, "the rank is no number");
    tokens.add(to_byte_alphabet(*bytes), rank);
  }
}

}  // namespace

Tokenizer parse_tiktoken_ranks(std::string_view text, std::string_view name) {
  const Encoding& encoding = find_encoding(name);
  if (text.size() > kMaxRanksBytes)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("tiktoken ranks: {} bytes (expected at most {})", text.size(), kMaxRanksBytes));
  const auto num_lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  TokenList tokens(std::max(num_lines, static_cast<size_t>(encoding.special.back().id) + 1));
  read_lines(text, tokens);
  TokenizerDefinition definition;
  for (const Special& special : encoding.special) {
    definition.added_tokens.push_back({.id = special.id, .content = std::string(special.name), .in_vocabulary = false});
    tokens.add(special.name, special.id);
  }
  definition.tokens = tokens.take();
  std::vector<std::string> bytes(definition.tokens.size());
  std::vector<uint32_t> ranks(definition.tokens.size(), kNoMergeRank);
  for (size_t id = 0; id < bytes.size(); ++id) {
    bytes[id] = from_byte_alphabet(definition.tokens[id]).value_or("");
    if (!bytes[id].empty()) ranks[id] = static_cast<uint32_t>(id);
  }
  for (const Special& special : encoding.special) ranks[static_cast<size_t>(special.id)] = kNoMergeRank;
  BpeDefinition bpe{.ignore_merges = true};  // a word that is a token is looked up first
  find_merges(bytes, ranks, BpeUnit::kByte, bpe);
  bpe.ranks.clear();  // the merges stand in the order of their ranks, no two of which are equal
  definition.model = std::move(bpe);
  definition.pre_tokenizer = setting_of(find_pre_tokenizer(encoding.pre_tokenizer));
  definition.decoder =
      make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}});
  return Tokenizer(std::move(definition));
}

Tokenizer load_tiktoken_ranks(const std::filesystem::path& path) {
  const std::string text = read_regular_file(path);
  try {
    return parse_tiktoken_ranks(text, path.stem().string());
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("load '{}'", path.string()));
  }
}

}  // namespace vitrine::tokenizer
