#include "tokenizer/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_cache.h"

namespace vitrine::tokenizer {
namespace {

[[noreturn]] void fail(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer: " + std::move(what), "get the tokenizer file again");
}

std::vector<bool> mark_special(size_t vocab_size, const std::vector<TokenId>& special_ids) {
  std::vector<bool> is_special(vocab_size, false);
  for (const TokenId id : special_ids) {
    if (id < 0 || static_cast<size_t>(id) >= vocab_size) {
      fail(fmt::format("special token id out of range (got {}, expected below {})", id, vocab_size));
    }
    if (is_special[static_cast<size_t>(id)]) fail(fmt::format("special token {} stands twice", id));
    is_special[static_cast<size_t>(id)] = true;
  }
  return is_special;
}

std::vector<SpecialToken> collect_special(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special) {
  std::vector<SpecialToken> tokens;
  for (size_t id = 0; id < is_special.size(); ++id) {
    if (is_special[id]) tokens.push_back({static_cast<TokenId>(id), vocabulary.tokens[id]});
  }
  return tokens;
}

/// Two tokens may not be written alike in a tokenizer.json, where ordinary ones stand in the byte alphabet.
void check_names(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special) {
  std::unordered_set<std::string> names;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& bytes = vocabulary.tokens[id];
    if (bytes.empty()) fail(fmt::format("token {} is empty", id));
    if (is_special[id] && !is_valid_utf8(bytes)) fail(fmt::format("the name of special token {} is not UTF-8", id));
    if (!names.insert(is_special[id] ? bytes : to_byte_alphabet(bytes)).second) {
      fail(fmt::format("token {} has the same name as an earlier one", id));
    }
  }
}

/// Some words at a time: all are looked for in the cache at once, so that their memory latencies overlap.
class WordBatch {
 public:
  /// Takes words from `at` on and returns where the next batch starts.
  const char* fill(const PreTokenizer& pre_tokenizer, const WordCache& cache, const char* at, const char* end) {
    for (num_words_ = 0; num_words_ < words_.size() && at != end; ++num_words_) {
      const char* next = pre_tokenizer.word_end(at, end);
      Word& word = words_[num_words_];
      word.bytes = {at, static_cast<size_t>(next - at)};
      if (word.bytes.size() <= WordKey::kMaxBytes) {
        word.key = make_word_key(at, word.bytes.size(), end);
        word.hash = word.key.hash();
        cache.prefetch(word.hash);
      }
      at = next;
    }
    return at;
  }

  /// Appends the tokens of the words and remembers those of new ones.
  void encode(const BpeModel& model, WordCache& cache, std::vector<TokenId>& out) const {
    for (const Word& word : std::span(words_).first(num_words_)) {
      if (word.bytes.size() > WordKey::kMaxBytes) {
        model.append_word(word.bytes, out);
      } else if (const WordCache::Entry* entry = cache.find(word.key, word.hash)) {
        for (const TokenId token : entry->tokens) {
          if (token == kNoToken) break;
          out.push_back(token);
        }
      } else {
        const auto num_before = static_cast<ptrdiff_t>(out.size());
        model.append_word(word.bytes, out);
        const std::span<const TokenId> tokens(out.begin() + num_before, out.end());
        if (tokens.size() <= WordCache::kMaxTokens) cache.insert(word.key, word.hash, tokens);
      }
    }
  }

 private:
  struct Word {
    std::string_view bytes;
    WordKey key;
    uint64_t hash;
  };
  std::array<Word, 32> words_;
  size_t num_words_ = 0;
};

}  // namespace

struct Tokenizer::State {
  State(const PreTokenizer& cut_by, BpeVocabulary given, const std::vector<TokenId>& special_ids)
      : pre_tokenizer(cut_by),
        vocabulary(std::move(given)),
        is_special(mark_special(vocabulary.tokens.size(), special_ids)),
        model(vocabulary, is_special),
        special_tokens(collect_special(vocabulary, is_special)) {
    check_names(vocabulary, is_special);
  }

  const PreTokenizer pre_tokenizer;
  const BpeVocabulary vocabulary;
  const std::vector<bool> is_special;
  const BpeModel model;
  const std::vector<SpecialToken> special_tokens;
  WordCachePool caches;
};

Tokenizer::Tokenizer(const PreTokenizer& pre_tokenizer, BpeVocabulary vocabulary,
                     const std::vector<TokenId>& special_ids)
    : state_(std::make_shared<State>(pre_tokenizer, std::move(vocabulary), special_ids)) {}

TokenId Tokenizer::vocab_size() const { return static_cast<TokenId>(state_->vocabulary.tokens.size()); }

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 1);  // English text has about four bytes a token
  encode_append(text, ids);
  return ids;
}

void Tokenizer::encode_append(std::string_view text, std::vector<TokenId>& out) const {
  WordCachePool::Loan loan(state_->caches);
  WordBatch batch;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    at = batch.fill(state_->pre_tokenizer, *loan, at, end);
    batch.encode(state_->model, *loan, out);
  }
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string bytes;
  for (const TokenId id : ids) bytes += token_bytes(id);
  return bytes;
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("decode: token id out of range (got {}, expected 0 to {})", id, vocab_size() - 1),
                "use the tokenizer that the ids were made with");
  }
  return state_->vocabulary.tokens[static_cast<size_t>(id)];
}

std::optional<TokenId> Tokenizer::special_id(std::string_view name) const {
  for (const SpecialToken& token : state_->special_tokens) {
    if (token.name == name) return token.id;
  }
  return std::nullopt;
}

bool Tokenizer::is_special(TokenId id) const {
  return id >= 0 && id < vocab_size() && state_->is_special[static_cast<size_t>(id)];
}

const std::vector<SpecialToken>& Tokenizer::special_tokens() const { return state_->special_tokens; }

const PreTokenizer& Tokenizer::pre_tokenizer() const { return state_->pre_tokenizer; }

const BpeVocabulary& Tokenizer::vocabulary() const { return state_->vocabulary; }

}  // namespace vitrine::tokenizer
