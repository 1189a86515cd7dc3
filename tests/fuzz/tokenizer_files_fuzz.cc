// Any bytes as a tokenizer file of each kind. What can be read encodes any text to ids of its vocabulary, the same each
// time, none of them special but the unknown one; what is written as tokenizer.json is read again and encodes the same.
#include <algorithm>

#include "fuzz/fuzz_target.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/stream_decoder.h"
#include "tokenizer/tiktoken_ranks.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_and_merges.h"

namespace vitrine::fuzz {
namespace {

using namespace tokenizer;

/// The first byte says which kind the others are; a tokenizer.json begins with its brace.
Tokenizer read(std::string_view input) {
  const char kind = input.empty() ? '{' : input[0];
  const std::string_view rest = input.substr(input.empty() ? 0 : 1);
  switch (kind) {
    case 'm':
      return parse_sentencepiece_model(rest);
    case 't':
      return parse_tiktoken_ranks(rest, "r50k_base");
    case 'v': {
      const size_t end = std::min(rest.find('\0'), rest.size());
      return parse_vocab_and_merges(rest.substr(0, end), rest.substr(std::min(end + 1, rest.size())),
                                    find_pre_tokenizer("gpt2"), {"<|e|>"});
    }
    default:
      return parse_tokenizer_json(input);
  }
}

bool is_unknown(const Tokenizer& tokenizer, TokenId id) {
  const TokenizerDefinition& definition = tokenizer.definition();
  if (const auto* unigram = std::get_if<UnigramDefinition>(&definition.model)) return unigram->unk_id == id;
  const std::string& name = definition.tokens[static_cast<size_t>(id)];
  if (const auto* bpe = std::get_if<BpeDefinition>(&definition.model)) return bpe->unk_token == name;
  return std::get<WordPieceDefinition>(definition.model).unk_token == name;
}

std::vector<TokenId> checked_encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  if (!accepts([&] { ids = tokenizer.encode(text); })) return ids;  // a pattern may give up
  require(must([&] { return tokenizer.encode(text); }) == ids, "the same ids each time");
  StreamDecoder stream(tokenizer);
  for (const TokenId id : ids) {
    require(id >= 0 && id < tokenizer.vocab_size(), "an id is one of the vocabulary");
    require(!tokenizer.is_special(id) || is_unknown(tokenizer, id), "no special token comes out of text");
    must([&] { return stream.push(id); });
  }
  must([&] { return tokenizer.decode(ids); });
  must([&] { return tokenizer.encode(text, {.parse_special = true, .add_frame = true}); });
  return ids;
}

}  // namespace

void run_target(std::string_view input) {
  const std::string text = "The cat's 12 hats, \u00e9te\u0301.\n\n  <s>\u2581\u65e5\U0001F642 \xFF\xE2" +
                           std::string(input.substr(input.size() - std::min<size_t>(input.size(), 300)));
  accepts([&] {
    const Tokenizer tokenizer = read(input);
    const std::vector<TokenId> ids = checked_encode(tokenizer, text);
    if (!input.starts_with('{')) return;
    std::string written;
    if (!accepts([&] { written = to_tokenizer_json(tokenizer); })) return;
    const Tokenizer second = must([&] { return parse_tokenizer_json(written); });
    require(must([&] { return to_tokenizer_json(second); }) == written, "writing what was written changes nothing");
    require(second.encode(text) == ids, "the same ids after writing");
  });
}

}  // namespace vitrine::fuzz
