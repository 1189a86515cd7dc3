// Precompiled: SentencePiece's table of replacements as Hugging Face's `tokenizers` applies it: to whole grapheme
// clusters below six bytes where one begins with an entry, to single characters elsewhere.
#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/base64.h"
#include "tokenizer/normalizers/catalog.h"
#include "tokenizer/normalizers/charsmap.h"
#include "tokenizer/regex/text_pattern.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kMaxClusterBytes = 5;

class Precompiled : public Normalizer {
 public:
  explicit Precompiled(std::string_view charsmap) : charsmap_(charsmap), cluster_(TextPattern::regex("\\X")) {}

  std::string apply(std::string text) const override {
    std::string out;
    out.reserve(text.size());
    size_t done = 0;
    cluster_.for_each_match(text, [&](size_t begin, size_t end) {
      append_characters(std::string_view(text).substr(done, begin - done), out);  // bytes that are not UTF-8
      append_cluster(std::string_view(text).substr(begin, end - begin), out);
      done = end;
    });
    append_characters(std::string_view(text).substr(done), out);
    return out;
  }

 private:
  void append_cluster(std::string_view cluster, std::string& out) const {
    const auto match = cluster.size() <= kMaxClusterBytes ? charsmap_.shortest(cluster) : std::nullopt;
    if (match) {
      out += match->replacement;
    } else {
      append_characters(cluster, out);
    }
  }

  void append_characters(std::string_view text, std::string& out) const {
    while (!text.empty()) {
      const size_t length = read_utf8(text.data(), text.data() + text.size()).length;
      const auto match = charsmap_.shortest(text.substr(0, length));
      out += match ? match->replacement : text.substr(0, length);
      text.remove_prefix(length);
    }
  }

  Charsmap charsmap_;
  TextPattern cluster_;
};

}  // namespace

NormalizerPointer make_precompiled(const Setting& setting) {
  setting.expect_only({"precompiled_charsmap"});
  const auto bytes = from_base64(setting.text("precompiled_charsmap"));
  if (!bytes)
    throw Error(ErrorCode::kCorruptData, "tokenizer: the precompiled charsmap is not base64", "get the file again");
  return std::make_unique<Precompiled>(*bytes);
}

}  // namespace vitrine::tokenizer
