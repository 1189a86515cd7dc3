// Any text as a tokenizer.json; what can be read is written and read again, and encodes the same.
#include "tokenizer/tokenizer_json.h"

#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {

void run_target(std::string_view input) {
  using namespace tokenizer;
  accepts([&] {
    const Tokenizer first = parse_tokenizer_json(input);
    const std::string written = must([&] { return to_tokenizer_json(first); });
    const Tokenizer second = must([&] { return parse_tokenizer_json(written); });
    require(to_tokenizer_json(second) == written, "writing what was written changes nothing");
    const std::string text = "The cat's 12 hats, \xc3\xa9t\xc3\xa9.\n\n" + std::string(input.substr(0, 300));
    const std::vector<TokenId> ids = first.encode(text);
    require(second.encode(text) == ids, "the same ids after writing");
    // Normalizers and decoders of a file may change the text; the round trip has a target of its own.
    must([&] { return first.decode(ids); });
    for (const TokenId id : ids) require(!first.is_special(id), "no special token comes out of text");
  });
}

}  // namespace vitrine::fuzz
