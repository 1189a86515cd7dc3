// libFuzzer target: any bytes as a tokenizer file of each kind. What cannot be read gives an Error; what can be encodes
// any text to ids of its vocabulary, the same each time, none of them special but the unknown one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/stream_decoder.h"
#include "tokenizer/tiktoken_ranks.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_and_merges.h"

namespace {

using namespace vitrine;
using namespace vitrine::tokenizer;

/// The first byte says which kind the others are.
Tokenizer read(std::string_view input) {
  const char kind = input.empty() ? '{' : input[0];
  const std::string_view rest = input.substr(input.empty() ? 0 : 1);
  switch (kind) {
    case 'm': return parse_sentencepiece_model(rest);
    case 't': return parse_tiktoken_ranks(rest, "r50k_base");
    case 'v': {
      const size_t end = std::min(rest.find('\0'), rest.size());
      return parse_vocab_and_merges(rest.substr(0, end), rest.substr(std::min(end + 1, rest.size())),
                                    find_pre_tokenizer("gpt2"), {"<|e|>"});
    }
    default: return parse_tokenizer_json(input);
  }
}

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_unknown(const Tokenizer& tokenizer, TokenId id) {
  const TokenizerDefinition& definition = tokenizer.definition();
  if (const auto* unigram = std::get_if<UnigramDefinition>(&definition.model)) return unigram->unk_id == id;
  const std::string& name = definition.tokens[static_cast<size_t>(id)];
  if (const auto* bpe = std::get_if<BpeDefinition>(&definition.model)) return bpe->unk_token == name;
  return std::get<WordPieceDefinition>(definition.model).unk_token == name;
}

void use(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<TokenId> ids = tokenizer.encode(text);
  require(tokenizer.encode(text) == ids);
  StreamDecoder stream(tokenizer);
  for (const TokenId id : ids) {
    require(id >= 0 && id < tokenizer.vocab_size());
    require(!tokenizer.is_special(id) || is_unknown(tokenizer, id));
    stream.push(id);
  }
  tokenizer.decode(ids);
  tokenizer.encode(text, {.parse_special = true, .add_frame = true});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  try {
    const Tokenizer tokenizer = read(input);
    use(tokenizer, "The cat's 12 hats, \u00e9te\u0301.\n\n  <s>\u2581\u65e5\U0001F642 \xFF\xE2");
    use(tokenizer, input.substr(input.size() - std::min<size_t>(input.size(), 300)));
  } catch (const Error& error) {
    require(error.code() != ErrorCode::kInternal && !error.message().empty());
  }
  return 0;
}
