// SentencePiece: what the sentencepiece library does to a text by its model's normalizer_spec: the longest replacement
// of the table at each place, then white space. No other program's files hold it; models in SentencePiece's own format
// and in GGUF ask for it.
#include "base/error.h"
#include "tokenizer/base64.h"
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/normalizers/charsmap.h"
#include "tokenizer/space_mark.h"
#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

struct Options {
  bool add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces, treat_whitespace_as_suffix;
};

class SentencePieceNormalizer : public Normalizer {
 public:
  SentencePieceNormalizer(const Options& options, std::string_view charsmap, const Setting& kept)
      : options_(options), charsmap_(charsmap) {
    if (kept.is_null()) return;
    for (const Setting& symbol : *kept.list())
      if (const std::string* text = symbol.text()) kept_.add(*text, 0);
  }

  /// User-defined symbols stand in the text as they are, only their spaces change.
  std::string apply_to_token(std::string token) const override {
    std::string out;
    append(token, false, options_.escape_whitespaces ? kSpaceMark : " ", out);
    return out;
  }

  std::string apply(std::string given) const override {
    std::string_view text = given;
    if (options_.remove_extra_whitespaces) {
      while (!text.empty() && next(text).text == " ") text.remove_prefix(next(text).num_bytes);
    }
    if (text.empty()) return "";
    std::string out;
    out.reserve(text.size() * 3 / 2);
    const std::string_view space = options_.escape_whitespaces ? kSpaceMark : " ";
    if (options_.add_dummy_prefix && !options_.treat_whitespace_as_suffix) out += space;
    bool after_space = options_.remove_extra_whitespaces;
    while (!text.empty()) {
      const Piece piece = next(text);
      text.remove_prefix(piece.num_bytes);
      after_space = append(piece.text, after_space, space, out);
    }
    if (options_.remove_extra_whitespaces)
      while (out.ends_with(space)) out.resize(out.size() - space.size());
    if (options_.add_dummy_prefix && options_.treat_whitespace_as_suffix) out += space;
    return out;
  }

 private:
  struct Piece {
    size_t num_bytes;
    std::string_view text;  // what they become
  };

  Piece next(std::string_view text) const {
    if (const size_t kept = longest_kept(text)) return {kept, text.substr(0, kept)};
    if (const auto match = charsmap_.longest(text)) return {match->num_bytes, match->replacement};
    const size_t length = read_utf8(text.data(), text.data() + text.size()).length;
    return {length, text.substr(0, length)};
  }

  size_t longest_kept(std::string_view text) const {
    size_t longest = 0;
    uint32_t node = Trie::kRoot;
    for (size_t i = 0; i < text.size(); ++i) {
      node = kept_.step(node, static_cast<uint8_t>(text[i]));
      if (node == Trie::kNoNode) break;
      if (kept_.value(node) >= 0) longest = i + 1;
    }
    return longest;
  }

  /// Appends a piece, its spaces as `space`; returns whether further spaces are extra ones.
  bool append(std::string_view piece, bool after_space, std::string_view space, std::string& out) const {
    while (after_space && piece.starts_with(' ')) piece.remove_prefix(1);
    if (piece.empty()) return after_space;
    for (const char c : piece) {
      if (c == ' ') {
        out += space;
      } else {
        out += c;
      }
    }
    return options_.remove_extra_whitespaces && piece.ends_with(' ');
  }

  Options options_;
  Charsmap charsmap_;
  Trie kept_;  // user-defined symbols
};

}  // namespace

NormalizerPointer make_sentencepiece_normalizer(const Setting& setting) {
  setting.expect_only({"precompiled_charsmap", "add_dummy_prefix", "remove_extra_whitespaces", "escape_whitespaces",
                       "treat_whitespace_as_suffix", "user_defined_symbols"});
  const auto charsmap = from_base64(setting.text_or("precompiled_charsmap", ""));
  const Setting& kept = setting.get("user_defined_symbols");
  if (!charsmap || (!kept.is_null() && kept.list() == nullptr))
    throw Error(ErrorCode::kCorruptData, "tokenizer: the SentencePiece normalizer has bad options",
                "get the file again");
  const Options options{
      .add_dummy_prefix = setting.flag("add_dummy_prefix", true),
      .remove_extra_whitespaces = setting.flag("remove_extra_whitespaces", true),
      .escape_whitespaces = setting.flag("escape_whitespaces", true),
      .treat_whitespace_as_suffix = setting.flag("treat_whitespace_as_suffix", false),
  };
  return std::make_unique<SentencePieceNormalizer>(options, *charsmap, kept);
}

}  // namespace vitrine::tokenizer
