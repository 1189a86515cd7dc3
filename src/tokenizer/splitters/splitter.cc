#include "tokenizer/splitters/splitter.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/splitters/catalog.h"

namespace vitrine::tokenizer {

std::span<const SplitterKind> splitter_kinds() {
  static const SplitterKind kCatalog[] = {
      {"BertPreTokenizer", make_bert_splitter},
      {"ByteLevel", make_byte_level_splitter},
      {"CharDelimiterSplit", make_delimiter_splitter},
      {"Digits", make_digits_splitter},
      {"Metaspace", make_metaspace_splitter},
      {"Punctuation", make_punctuation_splitter},
      {"Split", make_pattern_splitter},
      {"Whitespace", make_whitespace_splitter},
      {"WhitespaceSplit", make_whitespace_splitter},
  };
  return kCatalog;
}

std::vector<SplitterPointer> make_splitters(const std::vector<const Setting*>& steps) {
  std::vector<SplitterPointer> splitters;
  for (const Setting* step : steps) {
    const SplitterKind* kind = nullptr;
    for (const SplitterKind& known : splitter_kinds())
      if (known.type == step->type()) kind = &known;
    if (kind == nullptr)
      throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: unknown pre-tokenizer '{}'", step->type()),
                  "docs/ARCHITECTURE.md says how to add one");
    splitters.push_back(kind->make(*step));
  }
  return splitters;
}

const PreTokenizer* scanner_of(const std::vector<const Setting*>& steps) {
  if (steps.empty() || steps.back()->type() != "ByteLevel" || steps.back()->flag("add_prefix_space", true))
    return nullptr;
  const bool use_regex = steps.back()->flag("use_regex", true);
  if (steps.size() == 1) return use_regex ? &find_pre_tokenizer("gpt2") : nullptr;
  if (steps.size() != 2) return nullptr;
  const Setting& first = *steps[0];
  if (first.type() == "Digits" && use_regex && first.flag("individual_digits", false))
    return &find_pre_tokenizer("smollm");
  if (first.type() != "Split" || use_regex) return nullptr;
  const std::string* pattern = first.get("pattern").get("Regex").text();
  // The patterns leave nothing between their matches, so that the two ways to keep the matches are one.
  const bool keeps_matches = first.flag("invert", false) ? first.text("behavior") == "Removed"
                                                         : first.text("behavior") == "Isolated";
  for (const PreTokenizer& scanner : pre_tokenizers())
    if (pattern != nullptr && keeps_matches && *pattern == scanner.pattern) return &scanner;
  return nullptr;
}

Setting setting_of(const PreTokenizer& scanner) {
  const auto byte_level = [](bool use_regex) {
    return make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}});
  };
  // gpt2's pattern is the byte-level step's own.
  if (scanner.name == "gpt2") return byte_level(true);
  if (scanner.name == "smollm")
    return make_sequence("pretokenizers", {make_part("Digits", {{"individual_digits", true}}), byte_level(true)});
  return make_sequence(
      "pretokenizers",
      {make_part("Split", {{"pattern", Setting::Object{{"Regex", std::string(scanner.pattern)}}},
                           {"behavior", "Isolated"},
                           {"invert", false}}),
       byte_level(false)});
}

}  // namespace vitrine::tokenizer
