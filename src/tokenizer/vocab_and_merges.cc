#include "tokenizer/vocab_and_merges.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/error.h"
#include "tokenizer/splitters/splitter.h"
#include "tokenizer/token_list.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kMaxVocabBytes = size_t{256} << 20;
constexpr size_t kMaxVocabDepth = 4;

[[noreturn]] void corrupt_vocab_and_merges(std::string what) {
  throw Error(ErrorCode::kCorruptData, std::move(what), "get the file again");
}

void read_vocab(std::string_view text, TokenList& tokens) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  simdjson::dom::object vocab;
  if (parser.allocate(std::max<size_t>(text.size(), 1), kMaxVocabDepth) || parser.parse(padded).get(vocab))
    corrupt_vocab_and_merges("vocab.json: not a JSON object");
  for (const auto& [name, id] : vocab) {
    int64_t number = -1;
    if (id.get(number) || number < 0 || number > INT32_MAX)
      corrupt_vocab_and_merges(fmt::format("vocab.json: the id of token '{}' is none", excerpt(name)));
    tokens.add(name, static_cast<TokenId>(number));
  }
}

std::vector<Merge> read_merge_lines(std::string_view text, const TokenList& tokens) {
  std::vector<Merge> merges;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.ends_with('\r')) pair.remove_suffix(1);
    if (pair.empty() || (line == 1 && pair.starts_with("#version"))) continue;
    const size_t space = pair.find(' ');
    if (space == pair.npos || pair.find(' ', space + 1) != pair.npos)
      corrupt_vocab_and_merges(fmt::format("merges.txt: line {} is no pair of tokens", line));
    const auto find = [&](std::string_view name) {
      const auto id = tokens.find(name);
      if (!id)
        corrupt_vocab_and_merges(
            fmt::format("merges.txt: line {}: token '{}' is not in the vocabulary", line, excerpt(name)));
      return *id;
    };
    const std::string_view left = pair.substr(0, space), right = pair.substr(space + 1);
    merges.push_back({find(left), find(right), find(std::string(left) + std::string(right))});
  }
  return merges;
}

}  // namespace

Tokenizer parse_vocab_and_merges(std::string_view vocab_json, std::string_view merges_text,
                                 const PreTokenizer& pre_tokenizer, const std::vector<std::string>& special_names) {
  if (std::max(vocab_json.size(), merges_text.size()) > kMaxVocabBytes)
    corrupt_vocab_and_merges(fmt::format("vocab.json, merges.txt: larger than {} bytes", kMaxVocabBytes));
  TokenList tokens(static_cast<size_t>(std::count(vocab_json.begin(), vocab_json.end(), ':')) + special_names.size());
  read_vocab(vocab_json, tokens);
  TokenizerDefinition definition;
  definition.model = BpeDefinition{.merges = read_merge_lines(merges_text, tokens)};
  for (const std::string& name : special_names) {
    const auto known = tokens.find(name);
    const TokenId id = known.value_or(static_cast<TokenId>(tokens.size()));
    tokens.add(name, id);
    definition.added_tokens.push_back({.id = id, .content = name, .in_vocabulary = known.has_value()});
  }
  std::sort(definition.added_tokens.begin(), definition.added_tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  definition.tokens = tokens.take();
  definition.pre_tokenizer = setting_of(pre_tokenizer);
  definition.decoder =
      make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}});
  return Tokenizer(std::move(definition));
}

}  // namespace vitrine::tokenizer
