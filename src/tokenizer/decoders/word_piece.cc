// WordPiece: tokens that go on lose their prefix, others get a space before them; punctuation is closed up on request.
#include <utility>

#include "tokenizer/decoders/catalog.h"

namespace vitrine::tokenizer {
namespace {

// What the reference closes up, in its order.
constexpr std::pair<std::string_view, std::string_view> kCleanup[] = {
    {" .", "."},   {" ?", "?"},          {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
    {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
};

class WordPieceDecoder : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}

  void apply(DecodedToken& token) const override {
    std::string& bytes = token.bytes;
    if (!token.is_first && bytes.starts_with(prefix_)) {
      bytes.erase(0, prefix_.size());
    } else if (!token.is_first) {
      bytes.insert(0, 1, ' ');
    }
    if (!cleanup_) return;
    for (const auto& [from, to] : kCleanup)
      for (size_t at = bytes.find(from); at != bytes.npos; at = bytes.find(from, at + to.size()))
        bytes.replace(at, from.size(), to);
  }

 private:
  std::string prefix_;
  bool cleanup_;
};

}  // namespace

DecoderPointer make_word_piece_decoder(const Setting& setting, bool) {
  setting.expect_only({"prefix", "cleanup"});
  return std::make_unique<WordPieceDecoder>(setting.text_or("prefix", "##"), setting.flag("cleanup", true));
}

}  // namespace vitrine::tokenizer
