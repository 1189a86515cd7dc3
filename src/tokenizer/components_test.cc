// Normalizers and pre-tokenizers one by one against Hugging Face's `tokenizers`, on random texts and on every
// character.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/models/byte_fallback.h"
#include "tokenizer/normalizers/normalizer.h"
#include "tokenizer/splitters/splitter.h"
#include "tokenizer/test_support.h"
#include "tokenizer/test_texts.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::ordered_json;

Setting to_setting(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    Setting::List list;
    for (const Json& item : json) list.push_back(to_setting(item));
    return list;
  }
  if (!json.is_object()) return {};
  Setting::Object object;
  for (const auto& [key, value] : json.items()) object.push_back({key, to_setting(value)});
  return object;
}

constexpr const char* kNormalizers[] = {
    R"({"type": "NFC"})",
    R"({"type": "NFD"})",
    R"({"type": "NFKC"})",
    R"({"type": "NFKD"})",
    R"({"type": "Lowercase"})",
    R"({"type": "StripAccents"})",
    R"({"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]})",
    R"({"type": "Strip", "strip_left": true, "strip_right": true})",
    R"({"type": "Strip", "strip_left": false, "strip_right": true})",
    R"({"type": "Prepend", "prepend": "▁"})",
    R"({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})",
    R"({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})",
    R"({"type": "Replace", "pattern": {"Regex": "(?i:the|\\d)|^\\s|$"}, "content": "<>"})",
    R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
        "lowercase": true})",
    R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": false, "strip_accents": false,
        "lowercase": false})",
};

constexpr const char* kPreTokenizers[] = {
    R"({"type": "Whitespace"})",
    R"({"type": "WhitespaceSplit"})",
    R"({"type": "BertPreTokenizer"})",
    R"({"type": "Punctuation", "behavior": "Isolated"})",
    R"({"type": "Punctuation", "behavior": "Contiguous"})",
    R"({"type": "Punctuation", "behavior": "MergedWithPrevious"})",
    R"({"type": "Punctuation", "behavior": "MergedWithNext"})",
    R"({"type": "Punctuation", "behavior": "Removed"})",
    R"({"type": "Digits", "individual_digits": true})",
    R"({"type": "Digits", "individual_digits": false})",
    R"({"type": "CharDelimiterSplit", "delimiter": "e"})",
    R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})",
    R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true})",
    R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false})",
    R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]})",
    R"({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true})",
    R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false})",
    R"({"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": "Contiguous"},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        {"type": "Digits", "individual_digits": false},
        {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": false}]})",
    R"({"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false})",
    R"({"type": "Split", "pattern": {"Regex": "\\w+|[^\\w\\s]+"}, "behavior": "Removed", "invert": true})",
    R"({"type": "Split", "pattern": {"Regex": "\\s+|\\h"}, "behavior": "Contiguous", "invert": false})",
    R"({"type": "Split", "pattern": {"Regex": " ?[^(\\s|[.,!?…。，、।۔،])]+"}, "behavior": "Isolated", "invert": false})",
    R"({"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
        "behavior": "MergedWithNext", "invert": false})",
    R"({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"}, "behavior": "Isolated", "invert": false},
        {"type": "Split", "pattern": {"Regex": "[一-龥぀-ゟ゠-ヿ]+"}, "behavior": "Isolated", "invert": false},
        {"type": "Split", "pattern": {"Regex": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
         "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]})",
};

std::vector<std::string> words_of(const Json& json, const std::string& text) {
  const Setting setting = to_setting(json);
  const auto splitters = make_splitters(flatten_sequence(setting, "pretokenizers"));
  Pieces pieces(text, true);
  for (const SplitterPointer& splitter : splitters) splitter->apply(pieces);
  std::vector<std::string> words;
  for (const Pieces::Range& range : pieces.ranges()) words.emplace_back(pieces.view(range));
  return words;
}

std::vector<std::string> component_texts() {
  std::mt19937 random(3);
  std::vector<std::string> texts{"", " ", "▁", "a", "  a  "};
  for (int i = 0; i < 1500; ++i) texts.push_back(random_text(random, {}));
  std::string text = "a";
  for (uint32_t c = 1; c < 0xA000; ++c) {
    if (is_recent(c) || category_of(c) == Category::kCn) continue;
    for (const char* between : {"", " ", "\u0323", "1", "\n", "."}) {
      append_utf8(c, text);
      text += between;
    }
    if (text.size() < 300) continue;
    texts.push_back(text + "a");
    text = "a";
  }
  return texts;
}

TEST(Components, NormalizersAndPreTokenizersEqualHuggingFace) {
  const char* given = std::getenv("VITRINE_PYTHON");
  const std::string python = given != nullptr ? given : "python3";
  if (std::system(("'" + python + "' -c 'import tokenizers' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "no Python with the tokenizers package";
  const std::vector<std::string> texts = component_texts();
  Json cases{{"texts", texts}, {"normalizers", Json::array()}, {"pre_tokenizers", Json::array()}};
  for (const char* description : kNormalizers) {
    const Json json = Json::parse(description);
    const NormalizerChain chain(to_setting(json));
    std::vector<std::string> results;
    for (const std::string& text : texts) {
      results.push_back(chain.apply(text));
      ASSERT_TRUE(!chain.surely_keeps(text) || results.back() == text) << description << " " << text;
    }
    cases["normalizers"].push_back({{"part", json}, {"results", results}});
  }
  for (const char* description : kPreTokenizers) {
    const Json json = Json::parse(description);
    Json results = Json::array();
    for (const std::string& text : texts) results.push_back(words_of(json, text));
    cases["pre_tokenizers"].push_back({{"part", json}, {"results", results}});
  }
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "cases.json") << cases.dump();
  const std::string report = (folder.path() / "report.txt").string();
  const std::string command = "'" + python + "' '" + (golden_folder() / "compare_parts.py").string() + "' '" +
                              (folder.path() / "cases.json").string() + "' >'" + report + "' 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_file(report);
}

// The scanners are faster ways to do what the steps do.
TEST(Components, ScannersEqualTheStepsThatTheyStandFor) {
  std::vector<std::string> texts = component_texts();
  std::mt19937 random(4);
  for (int i = 0; i < 3000; ++i) texts.push_back(random_bytes(random, 40));
  for (const PreTokenizer& scanner : pre_tokenizers()) {
    const Setting setting = setting_of(scanner);
    const auto steps = flatten_sequence(setting, "pretokenizers");
    EXPECT_EQ(scanner_of(steps), &scanner) << scanner.name;
    const auto splitters = make_splitters(steps);
    for (const std::string& text : texts) {
      if (!is_valid_utf8(text) && scanner.name != "gpt2") continue;  // PCRE2 takes stray bytes another way
      Pieces pieces(text, true), scanned(text, true);
      for (const SplitterPointer& splitter : splitters) splitter->apply(pieces);
      std::vector<std::string> expected, words;
      for (const Pieces::Range& range : pieces.ranges()) expected.emplace_back(pieces.view(range));
      const char* end = text.data() + text.size();
      for (const char *at = text.data(), *next; at != end; at = next) {
        next = scanner.word_end(at, end);
        words.push_back(to_byte_alphabet({at, static_cast<size_t>(next - at)}));
      }
      ASSERT_EQ(words, expected) << scanner.name << ": " << testing::PrintToString(text);
    }
  }
}

TEST(Components, EveryByteHasANameAndNothingElseIsOne) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    std::string name = "<0x00>";
    name[3] = kDigits[static_cast<size_t>(byte / 16)], name[4] = kDigits[static_cast<size_t>(byte % 16)];
    ASSERT_EQ(byte_of_name(name), static_cast<uint8_t>(byte)) << name;
  }
  for (const char* other : {"<0x0>", "<0x000>", "<0xag>", "<0xG0>", "<0Xff>", "0xFF", "<0xff>", "<0xFF", "", "<0x-1>"})
    EXPECT_FALSE(byte_of_name(other).has_value()) << other;
}

TEST(Components, UnknownPartsAndOptionsAreRefusedByName) {
  const auto refused = [](const char* normalizer, const char* pre_tokenizer) {
    try {
      if (normalizer != nullptr) NormalizerChain(to_setting(Json::parse(normalizer)));
      if (pre_tokenizer != nullptr) words_of(Json::parse(pre_tokenizer), "a");
      return std::string();
    } catch (const Error& error) {
      return error.message();
    }
  };
  EXPECT_NE(refused(R"({"type": "Nmt"})", nullptr).find("Nmt"), std::string::npos);
  EXPECT_NE(refused(R"({"type": "NFC", "loudly": true})", nullptr).find("loudly"), std::string::npos);
  EXPECT_NE(refused(R"({"type": "Prepend"})", nullptr).find("prepend"), std::string::npos);
  EXPECT_NE(refused(nullptr, R"({"type": "UnicodeScripts"})").find("UnicodeScripts"), std::string::npos);
  for (const char* regex : {"(", "[a", "a{2}+", "[a&&b]", "[a[^b]]", "\\\\", "(?<n>a", "\\\\C", "*"})
    EXPECT_NE(refused(nullptr, (std::string(R"({"type": "Split", "pattern": {"Regex": ")") + regex +
                                R"("}, "behavior": "Isolated"})")
                                   .c_str()),
              "")
        << regex;
}

TEST(Components, PatternsThatExplodeGiveUpWithAnError) {
  const Json json = Json::parse(R"({"type": "Split", "pattern": {"Regex": "^(a|aa)+$"}, "behavior": "Isolated"})");
  EXPECT_THROW(words_of(json, std::string(60, 'a') + "c"), Error);
  EXPECT_EQ(words_of(json, "aaa\naaa").size(), 3u);
}

}  // namespace
}  // namespace vitrine::tokenizer
