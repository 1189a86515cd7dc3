// Any bytes as a text or JSONL file: cut into documents that hold everything but the space around them.
#include "data/input_files.h"

#include <algorithm>

#include "fuzz/fuzz_target.h"
#include "tokenizer/utf8.h"

namespace vitrine::fuzz {
namespace {

std::string without_space(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  return out;
}

void check_pieces(std::string_view text, const std::vector<std::string_view>& pieces) {
  const char* end = text.data();
  std::string joined;
  for (const std::string_view piece : pieces) {
    require(!piece.empty() && piece.data() >= end && piece.data() + piece.size() <= text.data() + text.size(),
            "pieces follow one another in the text");
    require(!tokenizer::is_valid_utf8(text) || tokenizer::is_valid_utf8(piece), "no character is cut");
    end = piece.data() + piece.size();
    joined += piece;
  }
  require(without_space(joined) == without_space(text), "nothing but space is left out");
}

}  // namespace

void run_target(std::string_view input) {
  const unsigned char form = take_byte(input);
  const int64_t piece_bytes = 1 + form / 4;
  check_pieces(input, data::cut_at_blank_lines(input, piece_bytes));
  const MemoryFile file(input);
  const data::InputKind kind = form % 2 == 0 ? data::InputKind::kText : data::InputKind::kJsonLines;
  data::InputRules rules;
  rules.piece_bytes = form % 4 < 2 ? piece_bytes : 0;
  if (form % 8 >= 6) rules.separator = "--";
  accepts([&] {
    const data::InputReader reader({file.path(), kind}, rules);
    for (int64_t i = 0; i < reader.num_documents(); ++i)
      accepts(
          [&] { require(kind != data::InputKind::kText || !reader.parse(i).text.empty(), "no document is empty"); });
  });
}

}  // namespace vitrine::fuzz
