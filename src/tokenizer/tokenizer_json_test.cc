#include "tokenizer/tokenizer_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tokenizer/test_support.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::ordered_json;

TEST(TokenizerJson, LoadedTokenizerEqualsTheSavedOne) {
  const TemporaryFolder folder;
  for (const char* name : {"gpt2", "qwen2"}) {
    const Tokenizer saved = small_tokenizer(name);
    save_tokenizer(saved, folder.path() / "tokenizer.json");
    const Tokenizer loaded = load_tokenizer(folder.path());
    EXPECT_EQ(loaded.scanner()->name, name);
    EXPECT_EQ(loaded.definition().tokens, saved.definition().tokens);
    EXPECT_EQ(loaded.merges(), saved.merges());
    EXPECT_EQ(loaded.special_tokens(), saved.special_tokens());
    EXPECT_EQ(to_tokenizer_json(loaded), to_tokenizer_json(saved));
  }
}

TEST(TokenizerJson, OtherFormsOfTheSameFileAreRead) {
  const Tokenizer tokenizer = small_tokenizer("gpt2");
  Json json = Json::parse(to_tokenizer_json(tokenizer));
  for (Json& merge : json["model"]["merges"]) {
    const std::string text = merge.get<std::string>();
    const size_t space = text.find(' ');
    merge = Json::array({text.substr(0, space), text.substr(space + 1)});
  }
  json["model"].erase("type");
  for (const SpecialToken& token : tokenizer.special_tokens()) json["model"]["vocab"].erase(token.name);
  json["post_processor"] = {{"type", "ByteLevel"}, {"trim_offsets", false}};
  EXPECT_EQ(to_tokenizer_json(parse_tokenizer_json(json.dump())), to_tokenizer_json(tokenizer));
}

TEST(TokenizerJson, AFailingDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "tokenizer.json";
  save_tokenizer(small_tokenizer("gpt2"), path);
  const std::string before = read_file(path);
  set_file_hook([](FileOperation operation, const auto&) {
    if (operation == FileOperation::kRename) throw Error(ErrorCode::kIo, "disk full");
  });
  EXPECT_THROW(save_tokenizer(small_tokenizer("qwen2"), path), Error);
  set_file_hook(nullptr);
  EXPECT_EQ(read_file(path), before);
}

TEST(TokenizerJson, ConfigHoldsTheTemplateAndTheSpecialTokens) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "tokenizer_config.json";
  const Tokenizer tokenizer = small_tokenizer("gpt2");
  save_tokenizer_config(tokenizer, {.chat_template = "{% for m in messages %}…{% endfor %}", .eos_token = "<|im_end|>"},
                        path);
  const Json json = Json::parse(read_file(path));
  EXPECT_EQ(json["chat_template"], "{% for m in messages %}…{% endfor %}");
  EXPECT_EQ(json["eos_token"], "<|im_end|>");
  EXPECT_FALSE(json.contains("pad_token"));
  EXPECT_THROW(save_tokenizer_config(tokenizer, {.eos_token = "the"}, path), Error);
  EXPECT_THROW(save_tokenizer_config(tokenizer, {.chat_template = "\xFF"}, path), Error);
}

struct BadFile {
  const char* what;
  ErrorCode code;
  std::function<void(Json&)> spoil;
};

constexpr ErrorCode kCorrupt = ErrorCode::kCorruptData, kUnsupported = ErrorCode::kUnsupported;

const BadFile kBadFiles[] = {
    {"root is a list", kCorrupt, [](Json& j) { j = Json::array({j}); }},
    {"root is a number", kCorrupt, [](Json& j) { j = 3; }},
    {"no model", kCorrupt, [](Json& j) { j.erase("model"); }},
    {"model is a string", kCorrupt, [](Json& j) { j["model"] = "BPE"; }},
    {"another model", kUnsupported, [](Json& j) { j["model"]["type"] = "Unigram"; }},
    {"model type is a number", kUnsupported, [](Json& j) { j["model"]["type"] = 1; }},
    {"no vocab", kCorrupt, [](Json& j) { j["model"].erase("vocab"); }},
    {"vocab is a list", kCorrupt, [](Json& j) { j["model"]["vocab"] = Json::array({"a"}); }},
    {"vocab is empty", kCorrupt, [](Json& j) { j["model"]["vocab"] = Json::object(); }},
    {"id is a string", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = "64"; }},
    {"id is a fraction", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = 64.5; }},
    {"id is negative", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = -1; }},
    {"id is huge", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = 18446744073709551615u; }},
    {"id above 2^31", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = 2147483648u; }},
    {"id is null", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = nullptr; }},
    {"id twice", kCorrupt, [](Json& j) { j["model"]["vocab"]["a"] = 7; }},
    {"gap in the ids", kCorrupt, [](Json& j) { j["model"]["vocab"]["new"] = 605; }},
    {"empty token", kCorrupt, [](Json& j) { j["model"]["vocab"][""] = 600; }},
    {"token outside the alphabet", kCorrupt, [](Json& j) { j["model"]["vocab"]["日"] = 600; }},
    {"token with a space", kCorrupt, [](Json& j) { j["model"]["vocab"]["a b"] = 600; }},
    {"byte missing", kCorrupt,
     [](Json& j) {
       j["model"]["vocab"].erase("!");
       j["model"]["vocab"]["!new!"] = 0;
     }},
    {"no merges", kCorrupt, [](Json& j) { j["model"].erase("merges"); }},
    {"merges are an object", kCorrupt, [](Json& j) { j["model"]["merges"] = Json::object(); }},
    {"merge without space", kCorrupt, [](Json& j) { j["model"]["merges"][0] = "ab"; }},
    {"merge of three", kCorrupt, [](Json& j) { j["model"]["merges"][0] = "a b c"; }},
    {"merge of nothing", kCorrupt, [](Json& j) { j["model"]["merges"][0] = " "; }},
    {"merge is a number", kCorrupt, [](Json& j) { j["model"]["merges"][0] = 3; }},
    {"merge list of one", kCorrupt, [](Json& j) { j["model"]["merges"][0] = Json::array({"a"}); }},
    {"merge list of numbers", kCorrupt,
     [](Json& j) {
       j["model"]["merges"][0] = Json::array({1, 2});
     }},
    {"merge of an unknown token", kCorrupt, [](Json& j) { j["model"]["merges"][0] = "a zzz"; }},
    {"merge with an unknown result", kCorrupt, [](Json& j) { j["model"]["merges"][0] = "} {"; }},
    {"merge twice", kCorrupt, [](Json& j) { j["model"]["merges"].push_back(j["model"]["merges"][0]); }},
    {"merge into a special token", kCorrupt,
     [](Json& j) {
       j["added_tokens"].push_back(j["added_tokens"][0]);
       j["added_tokens"].back()["id"] = 256;
       const std::string pair = j["model"]["merges"][0];
       j["added_tokens"].back()["content"] = pair.substr(0, pair.find(' ')) + pair.substr(pair.find(' ') + 1);
     }},
    {"added tokens are an object", kCorrupt, [](Json& j) { j["added_tokens"] = Json::object(); }},
    {"added token is a string", kCorrupt, [](Json& j) { j["added_tokens"][0] = "<|x|>"; }},
    {"added token without content", kCorrupt, [](Json& j) { j["added_tokens"][0].erase("content"); }},
    {"added token without id", kCorrupt, [](Json& j) { j["added_tokens"][0].erase("id"); }},
    {"added token with an id of another", kCorrupt, [](Json& j) { j["added_tokens"][0]["id"] = 5; }},
    {"added token with a new id", kCorrupt, [](Json& j) { j["added_tokens"][0]["id"] = 600; }},
    {"added token twice", kCorrupt, [](Json& j) { j["added_tokens"].push_back(j["added_tokens"][0]); }},
    {"added token special by a number", kCorrupt, [](Json& j) { j["added_tokens"][0]["special"] = 1; }},
    {"added token that is not special", kUnsupported, [](Json& j) { j["added_tokens"][0]["special"] = false; }},
    {"no pre-tokenizer", kUnsupported, [](Json& j) { j["pre_tokenizer"] = nullptr; }},
    {"another pre-tokenizer", kUnsupported, [](Json& j) { j["pre_tokenizer"]["type"] = "Metaspace"; }},
    {"pre-tokenizer without type", kCorrupt, [](Json& j) { j["pre_tokenizer"].erase("type"); }},
    {"sequence without steps", kCorrupt, [](Json& j) { j["pre_tokenizer"]["pretokenizers"] = Json::array(); }},
    {"sequence in itself", kUnsupported,
     [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0] = Json(j["pre_tokenizer"]); }},
    {"split only", kUnsupported, [](Json& j) { j["pre_tokenizer"]["pretokenizers"].erase(1); }},
    {"byte level that never splits", kUnsupported, [](Json& j) { j["pre_tokenizer"]["pretokenizers"].erase(0); }},
    {"split twice", kUnsupported, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = true; }},
    {"a space before", kUnsupported,
     [](Json& j) { j["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; }},
    {"unknown pattern", kUnsupported,
     [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+)+"; }},
    {"split removes", kUnsupported, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; }},
    {"split inverted", kUnsupported, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["invert"] = true; }},
    {"pattern is a string", kCorrupt, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["pattern"] = "x"; }},
    {"normalizer", kUnsupported,
     [](Json& j) {
       j["normalizer"] = {{"type", "NFC"}};
     }},
    {"truncation", kUnsupported,
     [](Json& j) {
       j["truncation"] = {{"max_length", 5}};
     }},
    {"post-processor", kUnsupported,
     [](Json& j) {
       j["post_processor"] = {{"type", "TemplateProcessing"}};
     }},
    {"no decoder", kUnsupported, [](Json& j) { j["decoder"] = nullptr; }},
    {"another decoder", kUnsupported, [](Json& j) { j["decoder"]["type"] = "WordPiece"; }},
    {"dropout", kUnsupported, [](Json& j) { j["model"]["dropout"] = 0.1; }},
    {"byte fallback", kUnsupported, [](Json& j) { j["model"]["byte_fallback"] = true; }},
    {"prefix", kUnsupported, [](Json& j) { j["model"]["continuing_subword_prefix"] = "##"; }},
    {"suffix", kUnsupported, [](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }},
    {"ignore merges", kUnsupported, [](Json& j) { j["model"]["ignore_merges"] = true; }},
};

ErrorCode code_of(std::string_view text) {
  try {
    parse_tokenizer_json(text);
  } catch (const Error& error) {
    EXPECT_FALSE(error.message().empty());
    EXPECT_FALSE(error.hint().empty());
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(TokenizerJson, HostileFilesAreRefusedWithTheRightCode) {
  const std::string good = to_tokenizer_json(small_tokenizer("qwen2"));
  for (const BadFile& bad : kBadFiles) {
    Json json = Json::parse(good);
    bad.spoil(json);
    EXPECT_EQ(code_of(json.dump()), bad.code) << bad.what;
  }
}

TEST(TokenizerJson, TextsThatAreNoJsonAreRefused) {
  const std::string good = to_tokenizer_json(small_tokenizer("qwen2"));
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("\xFF"), good.substr(0, good.size() / 2), good + "x",
        std::string(1000000, '['), "{\"model\":" + std::string(100000, '{'), std::string("{\"a\":1,\"a\":2}"),
        "{\"model\":{\"vocab\":{\"a\":0,\"a\":1}}}" + good}) {
    EXPECT_EQ(code_of(text), ErrorCode::kCorruptData) << text.substr(0, 50);
  }
}

TEST(TokenizerJson, NoCutAndNoFlippedByteOfAFileDoesMoreThanThrow) {
  std::string good = to_tokenizer_json(train_on("abab abab cd", {.vocab_size = 259, .special_tokens = {"<|e|>"}}));
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    std::string bad = good;
    if (round % 2 == 0) bad.resize(random() % bad.size());
    if (!bad.empty()) bad[random() % bad.size()] ^= static_cast<char>(1u << random() % 8);
    try {
      const Tokenizer tokenizer = parse_tokenizer_json(bad);
      EXPECT_EQ(tokenizer.decode(tokenizer.encode("abab <|e|> \xFF")), "abab <|e|> \xFF");
    } catch (const Error&) {
    }
  }
}

TEST(TokenizerJson, MissingFilesAreNamed) {
  try {
    load_tokenizer("/nowhere/tokenizer.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find("/nowhere/tokenizer.json"), std::string::npos);
  }
}

}  // namespace
}  // namespace vitrine::tokenizer
