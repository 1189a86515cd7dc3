// Metaspace: the visible character becomes a space again, and goes at the start of the text.
#include "tokenizer/decoders/catalog.h"
#include "tokenizer/splitters/metaspace.h"

namespace vitrine::tokenizer {
namespace {

class MetaspaceDecoder : public Decoder {
 public:
  MetaspaceDecoder(std::string replacement, bool drops_first)
      : replacement_(std::move(replacement)), drops_first_(drops_first) {}

  void apply(DecodedToken& token) const override {
    const std::string_view space = token.is_first && drops_first_ ? "" : " ";
    std::string& bytes = token.bytes;
    for (size_t at = bytes.find(replacement_); at != bytes.npos; at = bytes.find(replacement_, at + space.size()))
      bytes.replace(at, replacement_.size(), space);
  }

 private:
  std::string replacement_;
  bool drops_first_;
};

}  // namespace

DecoderPointer make_metaspace_decoder(const Setting& setting, bool) {
  setting.expect_only({"replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"});
  return std::make_unique<MetaspaceDecoder>(setting.text("replacement"),
                                            read_prepend_scheme(setting) != PrependScheme::kNever);
}

}  // namespace vitrine::tokenizer
