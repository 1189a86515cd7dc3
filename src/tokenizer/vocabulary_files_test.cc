// Vocabularies that do not come as tokenizer.json: SentencePiece models, GGUF metadata, rank files, vocab and merges.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"
#include "tokenizer/base64.h"
#include "tokenizer/gguf_vocabulary.h"
#include "tokenizer/load_tokenizer.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/test_sentencepiece.h"
#include "tokenizer/test_support.h"
#include "tokenizer/tiktoken_ranks.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_and_merges.h"

namespace vitrine::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

ErrorCode code_of(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    EXPECT_FALSE(error.message().empty());
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(SentencePieceModel, JoinsByScoreAndKeepsSymbolsWhole) {
  const Tokenizer tokenizer = parse_sentencepiece_model(small_sentencepiece_model(2));
  EXPECT_EQ(tokenizer.encode("abc ab"), (Ids{12, 11}));  // ▁abc, ▁ab
  EXPECT_EQ(tokenizer.encode("a<sep>b"), (Ids{9, 3, 6}));
  EXPECT_EQ(tokenizer.encode("xyz"), (Ids{4, 0}));  // unknown characters in a row are one
  EXPECT_EQ(tokenizer.decode(Ids{12, 11}), "abc ab");
  EXPECT_EQ(tokenizer.token_bytes(12), " abc");
  EXPECT_EQ(tokenizer.first_token_bytes(12), "abc");
}

TEST(SentencePieceModel, NamesOfControlPiecesInATextStayText) {
  for (const uint64_t type : {1, 2}) {
    const Tokenizer tokenizer = parse_sentencepiece_model(small_sentencepiece_model(type));
    for (const TokenId id : tokenizer.encode("a<s>b</s>")) EXPECT_FALSE(id == 1 || id == 2) << type;
    const Ids parsed = tokenizer.encode("<s>a", {.parse_special = true});
    EXPECT_EQ(parsed.front(), 1) << type;
  }
}

TEST(SentencePieceModel, HostileFilesAreRefused) {
  const std::string good = small_sentencepiece_model(2);
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const std::pair<const char*, std::string> bad[] = {
      {"nothing", ""},
      {"cut off", good.substr(0, good.size() - 1)},
      {"length beyond the end", good + proto_varint(1 << 3 | 2) + proto_varint(uint64_t{1} << 62)},
      {"number without end", good + std::string(12, '\xFF')},
      {"unknown wire type", good + proto_varint(9 << 3 | 3)},
      {"empty piece", good + proto_piece("", 0)},
      {"piece twice", good + proto_piece("abc", -30)},
      {"piece that is no UTF-8", good + proto_piece("\xFF", -30)},
      {"score that is NaN", good + proto_piece("new", kNan)},
      {"infinite score", good + proto_piece("new", -kInfinity)},
      {"unknown type of piece", good + proto_piece("new", 0, 7)},
      {"type of piece that wraps", good + proto_piece("new", 0, (uint64_t{1} << 32) + 1)},
      {"score of another size", good + proto_bytes(1, proto_bytes(1, "new") + proto_bytes(2, "12345"))},
      {"unigram without unknown", proto_piece("a", 0) + proto_bytes(2, proto_number(3, 1))},
      {"charsmap of a wrong size", good + proto_bytes(3, proto_bytes(2, std::string(8, '\x7F')))},
  };
  for (const auto& [what, bytes] : bad)
    EXPECT_EQ(code_of([&] { parse_sentencepiece_model(bytes); }), ErrorCode::kCorruptData) << what;
  for (const uint64_t type : {0, 3, 4, 9})
    EXPECT_EQ(code_of([&] { parse_sentencepiece_model(small_sentencepiece_model(type)); }), ErrorCode::kUnsupported);
}

TEST(SentencePieceModel, NoFlippedByteOfAFileDoesMoreThanThrow) {
  std::mt19937 random(13);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = small_sentencepiece_model(1 + random() % 2);
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
      bytes[random() % bytes.size()] ^= static_cast<char>(1u << random() % 8);
    try {
      const Tokenizer tokenizer = parse_sentencepiece_model(bytes);
      tokenizer.decode(tokenizer.encode("a  abcx<sep>\xFF"));
    } catch (const Error&) {
    }
  }
}

TEST(SentencePieceModel, AMegabyteOfOneCharacterIsEncodedInAMoment) {
  for (const uint64_t type : {1, 2}) {
    std::string model = small_sentencepiece_model(type);
    for (size_t length = 2; length <= 64; length *= 2)
      model += proto_piece(std::string(length, 'a'), -100 + static_cast<float>(length));
    const Tokenizer tokenizer = parse_sentencepiece_model(model);
    const std::string text(1 << 20, 'a');
    const Ids ids = tokenizer.encode(text);
    EXPECT_LT(ids.size(), text.size() / 32);
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
}

GgufVocabulary small_gguf() {
  GgufVocabulary vocabulary{.model = "llama"};
  for (const char* token : {"<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "<sep>"})
    vocabulary.tokens.emplace_back(token);
  vocabulary.scores = {0, 0, 0, -10, -11, -12, -1, -2, 0};
  vocabulary.token_types = {2, 3, 3, 1, 1, 1, 1, 1, 4};
  vocabulary.bos_token_id = 1;
  vocabulary.eos_token_id = 2;
  return vocabulary;
}

GgufVocabulary small_gpt2() {
  GgufVocabulary vocabulary{.model = "gpt2", .pre = "llama-bpe"};
  const Tokenizer source = small_tokenizer("gpt2");
  vocabulary.tokens = source.definition().tokens;
  vocabulary.token_types.assign(vocabulary.tokens.size(), 1);
  vocabulary.token_types.back() = 3;
  for (const Merge& merge : source.merges())
    vocabulary.merges.push_back(vocabulary.tokens[static_cast<size_t>(merge.left)] + " " +
                                vocabulary.tokens[static_cast<size_t>(merge.right)]);
  vocabulary.bos_token_id = static_cast<TokenId>(vocabulary.tokens.size() - 1);
  return vocabulary;
}

TEST(GgufVocabulary, FrameAndSpacePrefixAreWhatTheFileSays) {
  GgufVocabulary vocabulary = small_gguf();
  EXPECT_EQ(make_tokenizer(vocabulary).encode("ab<sep>a", {.add_frame = true}), (Ids{1, 7, 8, 3, 4}));
  vocabulary.add_bos_token = false;
  vocabulary.add_eos_token = true;
  vocabulary.add_space_prefix = false;
  EXPECT_EQ(make_tokenizer(vocabulary).encode("ab", {.add_frame = true}), (Ids{6, 2}));
  EXPECT_EQ(make_tokenizer(vocabulary).decode(Ids{7, 7}), " ab ab");
}

TEST(GgufVocabulary, ByteLevelModelsGetThePreTokenizerThatTheyName) {
  GgufVocabulary vocabulary = small_gpt2();
  EXPECT_EQ(make_tokenizer(vocabulary).scanner()->name, "llama3");
  EXPECT_EQ(make_tokenizer(vocabulary).frame().before, Ids{*vocabulary.bos_token_id});
  vocabulary.pre = "smollm";
  EXPECT_EQ(make_tokenizer(vocabulary).scanner()->name, "smollm");
  EXPECT_EQ(make_tokenizer(vocabulary).frame(), TextFrame{});
  vocabulary.pre = "deepseek-v3";
  EXPECT_EQ(make_tokenizer(vocabulary).scanner(), nullptr);
  EXPECT_EQ(make_tokenizer(vocabulary).decode(make_tokenizer(vocabulary).encode("日本 12345")), "日本 12345");
}

struct BadGguf {
  const char* what;
  ErrorCode code;
  std::function<void(GgufVocabulary&)> spoil;
};

TEST(GgufVocabulary, HostileMetadataIsRefused) {
  constexpr ErrorCode kCorrupt = ErrorCode::kCorruptData, kUnsupported = ErrorCode::kUnsupported;
  const BadGguf llama[] = {
      {"no model", kUnsupported, [](auto& v) { v.model = ""; }},
      {"another model", kUnsupported, [](auto& v) { v.model = "rwkv"; }},
      {"no tokens", kCorrupt, [](auto& v) { v.tokens.clear(); }},
      {"no scores", kCorrupt, [](auto& v) { v.scores.clear(); }},
      {"fewer scores", kCorrupt, [](auto& v) { v.scores.pop_back(); }},
      {"more types", kCorrupt, [](auto& v) { v.token_types.push_back(1); }},
      {"unknown type", kCorrupt, [](auto& v) { v.token_types[5] = 9; }},
      {"score that is NaN", kCorrupt, [](auto& v) { v.scores[4] = std::nanf(""); }},
      {"start token out of range", kCorrupt, [](auto& v) { v.bos_token_id = 9; }},
      {"negative start token", kCorrupt, [](auto& v) { v.bos_token_id = -5; }},
  };
  for (const BadGguf& bad : llama) {
    GgufVocabulary vocabulary = small_gguf();
    bad.spoil(vocabulary);
    EXPECT_EQ(code_of([&] { make_tokenizer(vocabulary); }), bad.code) << bad.what;
  }
  const BadGguf gpt2[] = {
      {"no pre-tokenizer", kUnsupported, [](auto& v) { v.pre = ""; }},
      {"unknown pre-tokenizer", kUnsupported, [](auto& v) { v.pre = "gpt9"; }},
      {"merge of an unknown token", kCorrupt, [](auto& v) { v.merges[0] = "a zzz"; }},
      {"merge of one", kCorrupt, [](auto& v) { v.merges[0] = "a"; }},
      {"merge of nothing", kCorrupt, [](auto& v) { v.merges[0] = "a "; }},
      {"merge twice", kCorrupt, [](auto& v) { v.merges.push_back(v.merges[0]); }},
  };
  for (const BadGguf& bad : gpt2) {
    GgufVocabulary vocabulary = small_gpt2();
    bad.spoil(vocabulary);
    EXPECT_EQ(code_of([&] { make_tokenizer(vocabulary); }), bad.code) << bad.what;
  }
}

std::string rank_file() {
  std::string text;
  int rank = 0;
  for (int byte = 0; byte < 256; ++byte)
    text += to_base64(std::string(1, static_cast<char>(byte))) + " " + std::to_string(rank++) + "\n";
  for (const char* token : {"th", "the", "he", "thethe"}) text += to_base64(token) + " " + std::to_string(rank++) + "\n";
  return text;
}

TEST(TiktokenRanks, WholeWordsComeFirstThenTheLowestRank) {
  const Tokenizer tokenizer = parse_tiktoken_ranks(rank_file(), "r50k_base");
  EXPECT_EQ(tokenizer.encode("the"), Ids{257});
  EXPECT_EQ(tokenizer.encode("thethe"), Ids{259});  // no merge of two neighbours makes it but "the" and "the"
  EXPECT_EQ(tokenizer.encode("hehe"), (Ids{258, 258}));
  EXPECT_EQ(tokenizer.special_id("<|endoftext|>"), 50256);
  EXPECT_EQ(tokenizer.encode("the<|endoftext|>", {.parse_special = true}), (Ids{257, 50256}));
}

TEST(TiktokenRanks, HostileFilesAreRefused) {
  const std::string good = rank_file();
  for (const std::string& bad : {good + "dGhl", good + "dGhl x\n", good + "!!!! 300\n", good + "dGhl 300\n",
                                 good + "eHg= 3\n", good + "eHg= -1\n", good + "eHg= 99999999999\n",
                                 good + "eHg= 2000000000\n", good + " 300\n"})
    EXPECT_EQ(code_of([&] { parse_tiktoken_ranks(bad, "r50k_base"); }), ErrorCode::kCorruptData)
        << bad.substr(good.size());
  EXPECT_EQ(code_of([&] { parse_tiktoken_ranks(good, "base"); }), ErrorCode::kInvalidArgument);
}

TEST(VocabAndMerges, BadFilesAreRefused) {
  const PreTokenizer& gpt2 = find_pre_tokenizer("gpt2");
  const std::string vocab = R"({"a": 0, "b": 1, "ab": 2})";
  EXPECT_EQ(parse_vocab_and_merges(vocab, "#version: 0.2\na b\n", gpt2, {"<|e|>"}).encode("abab<|e|>"), (Ids{2, 2}));
  for (const auto& [bad_vocab, bad_merges] : std::vector<std::pair<std::string, std::string>>{
           {"[]", ""}, {R"({"a": "x"})", ""}, {R"({"a": -1})", ""}, {R"({"a": 0, "b": 0})", ""}, {vocab, "a\n"},
           {vocab, "a c\n"}, {vocab, "b a\n"}, {vocab, "a  b\n"}, {std::string(1 << 20, '['), ""}})
    EXPECT_EQ(code_of([&] { parse_vocab_and_merges(bad_vocab, bad_merges, gpt2, {}); }), ErrorCode::kCorruptData)
        << bad_vocab.substr(0, 40) << " " << bad_merges;
}

TEST(LoadTokenizer, FilesAndFoldersOfEveryKindAreKnownByTheirNames) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, const std::string& text) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    write_file_durably(folder.path() / name, text);
  };
  write("a/tokenizer.json", to_tokenizer_json(small_tokenizer("qwen2")));
  write("b/tokenizer.model", small_sentencepiece_model(2));
  write("c/vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
  write("c/merges.txt", "a b\n");
  write("d/r50k_base.tiktoken", rank_file());
  EXPECT_EQ(load_tokenizer(folder.path() / "a").pre_tokenizer_name(), "qwen2");
  EXPECT_EQ(load_tokenizer(folder.path() / "b").model_name(), "BPE");
  EXPECT_EQ(load_tokenizer(folder.path() / "b" / "tokenizer.model").vocab_size(), 13);
  EXPECT_EQ(load_tokenizer(folder.path() / "d" / "r50k_base.tiktoken").pre_tokenizer_name(), "gpt2");
  EXPECT_EQ(code_of([&] { load_tokenizer(folder.path() / "c"); }), ErrorCode::kUnsupported);
  write("c/tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer", "eos_token": {"content": "<|e|>"}})");
  EXPECT_EQ(load_tokenizer(folder.path() / "c").pre_tokenizer_name(), "qwen2");
  EXPECT_EQ(load_tokenizer(folder.path() / "c").special_id("<|e|>"), 3);
  write("c/tokenizer_config.json", R"({"tokenizer_class": "OtherTokenizer"})");
  EXPECT_EQ(code_of([&] { load_tokenizer(folder.path() / "c"); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { load_tokenizer(folder.path() / "d"); }), ErrorCode::kNotFound);
}

TEST(TokenizerConfig, ReadsNamesTemplatesAndFlagsInTheirSeveralForms) {
  const TokenizerConfig config = parse_tokenizer_config_json(R"({
    "bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null, "add_bos_token": true,
    "chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}],
    "additional_special_tokens": ["<x>", {"content": "</s>"}]})");
  EXPECT_EQ(config.bos_token, "<s>");
  EXPECT_EQ(config.pad_token, "");
  EXPECT_EQ(config.chat_template, "D");
  EXPECT_EQ(config.add_bos_token, true);
  EXPECT_EQ(config.add_eos_token, std::nullopt);
  EXPECT_EQ(config.special_names(), (std::vector<std::string>{"<s>", "</s>", "<x>"}));
  for (const std::string& bad : {std::string("[]"), std::string("{"), "{\"a\":" + std::string(100000, '[')})
    EXPECT_EQ(code_of([&] { parse_tokenizer_config_json(bad); }), ErrorCode::kCorruptData);
}

TEST(TokenizerConfig, FaultsOfTheJsonAreToldInOurWords) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"eos_token": NaN})", "not JSON at byte 15"},
      {R"({"eos_token": "a",})", "not JSON at byte 19"},
      {R"({"model_max_length": 1e999})", "not JSON: a number that f64 cannot hold"}};
  for (const auto& [text, place] : cases) {
    try {
      parse_tokenizer_config_json(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), std::string("tokenizer_config.json: ") + place) << text;
    }
  }
}

}  // namespace
}  // namespace vitrine::tokenizer
