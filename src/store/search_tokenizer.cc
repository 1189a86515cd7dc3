#include "store/search_tokenizer.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vitrine::store {
namespace {

using Take = int (*)(void*, int, const char*, int, int, int);

constexpr int kMaxPrefixLetters = 4, kMinStemLetters = 2;
constexpr std::string_view kHebrewPrefixes = "הובכלמש";

/// How many bytes the character at the start of a text has; texts are UTF-8, or else cut into bytes.
size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(bytes, text.size());
}

char32_t code_point(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]);
  auto code = static_cast<char32_t>(static_cast<unsigned char>(character[0]) & (0x7f >> character.size()));
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return code;
}

bool is_word_alone(char32_t c) {
  return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||  // Thai, Lao; Burmese
         (c >= 0x1780 && c <= 0x17ff) ||                                  // Khmer
         (c >= 0x2e80 && c <= 0x2fdf) || (c >= 0x3005 && c <= 0x30ff) ||  // radicals; kana
         (c >= 0x31f0 && c <= 0x31ff) || (c >= 0x3400 && c <= 0x9fff) ||  // kana; ideographs
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff66 && c <= 0xff9f) ||  // ideographs; narrow kana
         (c >= 0x20000 && c <= 0x3ffff);                                  // ideographs
}

bool is_hebrew(std::string_view word) {
  for (size_t at = 0; at < word.size(); at += 2)
    if (word.size() % 2 != 0 || (word[at] != '\xd7' && word[at] != '\xd6')) return false;
  return !word.empty();
}

/// Cuts what unicode61 takes for a word further.
class WordCutter {
 public:
  WordCutter(const char* text, bool is_query, void* context, Take take)
      : text_(text), is_query_(is_query), context_(context), take_(take) {}

  /// `folded`: the word as unicode61 has it, that stands from `start` to `end` in the text.
  int cut(std::string_view folded, int start, int end) {
    size_t at = 0, begin = 0;
    int from = start;
    for (int place = start; at < folded.size();) {
      const std::string_view character = folded.substr(at, character_bytes(folded.substr(at)));
      if (!is_word_alone(code_point(character))) {
        at += character.size();
        continue;
      }
      // These are not changed by folding: the same one stands next in the text.
      const std::string_view rest(text_ + place, static_cast<size_t>(end - place));
      const size_t found = rest.find(character);
      if (found == std::string_view::npos) break;
      const int own = place + static_cast<int>(found);
      if (const int code = put(folded.substr(begin, at - begin), from, own)) return code;
      place = own + static_cast<int>(character.size());
      if (const int code = put(character, own, place)) return code;
      at += character.size();
      begin = at;
      from = place;
    }
    return put(folded.substr(begin), from, end);
  }

 private:
  int put(std::string_view word, int start, int end) {
    if (word.empty()) return SQLITE_OK;
    std::string plain(word);
    for (const std::string_view sharp : {"ß", "ẞ"})
      for (size_t at; (at = plain.find(sharp)) != std::string::npos;) plain.replace(at, sharp.size(), "ss");
    if (const int code = take(0, plain, start, end)) return code;
    return is_query_ ? SQLITE_OK : put_stems(plain, start, end);
  }

  int put_stems(std::string_view word, int start, int end) {
    constexpr std::string_view kArticle = "ال";
    if (word.starts_with(kArticle) && word.size() >= kArticle.size() + 2 * kMinStemLetters)
      return take(FTS5_TOKEN_COLOCATED, word.substr(kArticle.size()), start, end);
    if (!is_hebrew(word)) return SQLITE_OK;
    for (int i = 0; i < kMaxPrefixLetters && word.size() >= 2 * (kMinStemLetters + 1); ++i) {
      if (kHebrewPrefixes.find(word.substr(0, 2)) == std::string_view::npos) break;
      word.remove_prefix(2);
      if (const int code = take(FTS5_TOKEN_COLOCATED, word, start, end)) return code;
    }
    return SQLITE_OK;
  }

  int take(int flags, std::string_view word, int start, int end) {
    return take_(context_, flags, word.data(), static_cast<int>(word.size()), start, end);
  }

  const char* text_;
  bool is_query_;
  void* context_;
  Take take_;
};

struct Tokenizer {
  fts5_tokenizer inner{};
  Fts5Tokenizer* words = nullptr;
};

int create(void* context, const char** /*options*/, int /*num_options*/, Fts5Tokenizer** out) {
  auto tokenizer = std::make_unique<Tokenizer>();
  auto* const api = static_cast<fts5_api*>(context);
  void* inner_context = nullptr;
  int code = api->xFindTokenizer(api, "unicode61", &inner_context, &tokenizer->inner);
  const char* options[] = {"remove_diacritics", "2"};
  if (code == SQLITE_OK) code = tokenizer->inner.xCreate(inner_context, options, 2, &tokenizer->words);
  if (code == SQLITE_OK) *out = reinterpret_cast<Fts5Tokenizer*>(tokenizer.release());
  return code;
}

void remove(Fts5Tokenizer* given) {
  const std::unique_ptr<Tokenizer> tokenizer(reinterpret_cast<Tokenizer*>(given));
  tokenizer->inner.xDelete(tokenizer->words);
}

int tokenize(Fts5Tokenizer* given, void* context, int flags, const char* text, int num_bytes, Take take) {
  auto* const tokenizer = reinterpret_cast<Tokenizer*>(given);
  WordCutter cutter(text, (flags & FTS5_TOKENIZE_QUERY) != 0, context, take);
  const Take cut = [](void* own, int, const char* word, int size, int start, int end) {
    return static_cast<WordCutter*>(own)->cut({word, static_cast<size_t>(size)}, start, end);
  };
  return tokenizer->inner.xTokenize(tokenizer->words, &cutter, flags, text, num_bytes, cut);
}

fts5_api* api_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

}  // namespace

void register_search_tokenizer(sqlite3* database) {
  fts5_api* const api = api_of(database);
  fts5_tokenizer tokenizer{.xCreate = create, .xDelete = remove, .xTokenize = tokenize};
  if (!api || api->xCreateTokenizer(api, "vitrine", api, &tokenizer, nullptr) != SQLITE_OK)
    throw Error(ErrorCode::kIo, "store: this SQLite has no full text search (FTS5)");
}

}  // namespace vitrine::store
