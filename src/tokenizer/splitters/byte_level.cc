// ByteLevel: gpt2's pattern, then each byte as a character of the byte alphabet.
#include "tokenizer/splitters/byte_level.h"

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/splitters/catalog.h"

namespace vitrine::tokenizer {
namespace {

class ByteLevelSplitter : public Splitter {
 public:
  ByteLevelSplitter(const Setting& setting, bool to_alphabet)
      : add_prefix_space_(setting.flag("add_prefix_space", true)),
        to_alphabet_(to_alphabet),
        scanner_(setting.flag("use_regex", true) ? &find_pre_tokenizer("gpt2") : nullptr) {
    setting.expect_only({"add_prefix_space", "trim_offsets", "use_regex"});
  }

  void apply(Pieces& pieces) const override {
    std::string text, word_text;
    std::vector<Pieces::Range> ranges;
    for (const Pieces::Range& word : pieces.ranges()) {
      word_text = pieces.view(word);
      if (add_prefix_space_ && word_text[0] != ' ') word_text.insert(0, 1, ' ');
      const char* end = word_text.data() + word_text.size();
      for (const char *at = word_text.data(), *next; at != end; at = next) {
        next = scanner_ != nullptr ? scanner_->word_end(at, end) : end;
        const std::string_view bytes(at, static_cast<size_t>(next - at));
        const size_t begin = text.size();
        if (to_alphabet_) {
          text += to_byte_alphabet(bytes);
        } else {
          text += bytes;
        }
        ranges.push_back({begin, text.size(), word.starts_text && at == word_text.data()});
      }
    }
    pieces.set_text(std::move(text), std::move(ranges));
  }

 private:
  bool add_prefix_space_;
  bool to_alphabet_;
  const PreTokenizer* scanner_;
};

}  // namespace

SplitterPointer make_byte_level_splitter(const Setting& setting) {
  return std::make_unique<ByteLevelSplitter>(setting, /*to_alphabet=*/true);
}

SplitterPointer make_raw_byte_level_splitter(const Setting& setting) {
  return std::make_unique<ByteLevelSplitter>(setting, /*to_alphabet=*/false);
}

}  // namespace vitrine::tokenizer
