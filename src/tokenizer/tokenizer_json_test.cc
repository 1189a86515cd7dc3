#include "tokenizer/tokenizer_json.h"

#include <gtest/gtest.h>

#include <cstdio>
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
  const Tokenizer loaded = parse_tokenizer_json(json.dump());
  EXPECT_EQ(loaded.definition().tokens, tokenizer.definition().tokens);
  EXPECT_EQ(loaded.merges(), tokenizer.merges());
  EXPECT_EQ(loaded.special_tokens(), tokenizer.special_tokens());
  EXPECT_EQ(loaded.scanner()->name, "gpt2");
}

TEST(TokenizerJson, WhatABuildBeforeRefusedIsReadAsTheReferenceReadsIt) {
  const std::string good = to_tokenizer_json(small_tokenizer("qwen2"));
  const auto changed = [&](const std::function<void(Json&)>& change) {
    Json json = Json::parse(good);
    change(json);
    return parse_tokenizer_json(json.dump());
  };
  // A byte without a token is left out, as the reference does where there is no unknown token.
  const Tokenizer no_byte = changed([](Json& j) {
    j["model"]["vocab"].erase("!");
    j["model"]["vocab"]["!new!"] = 0;
    Json merges = Json::array();
    for (const Json& merge : j["model"]["merges"])
      if (merge.get<std::string>().find('!') == std::string::npos) merges.push_back(merge);
    j["model"]["merges"] = merges;
  });
  EXPECT_EQ(no_byte.decode(no_byte.encode("a!b!")), "ab");
  // A name outside of the byte alphabet is text that no bytes give.
  const Tokenizer odd_name = changed([](Json& j) { j["model"]["vocab"]["日 本"] = 600; });
  EXPECT_EQ(odd_name.token_bytes(600), "日 本");
  EXPECT_EQ(odd_name.decode(odd_name.encode("日 本")), "日 本");
  // Ids may leave gaps, as where special tokens stand apart.
  const Tokenizer gap = changed([](Json& j) { j["model"]["vocab"]["new"] = 605; });
  EXPECT_EQ(gap.vocab_size(), 606);
  EXPECT_EQ(gap.token_bytes(602), "");
  // A token that merges make, but that is special: the merge is dropped.
  const Tokenizer special = changed([](Json& j) {
    const std::string pair = j["model"]["merges"][0];
    const std::string name = pair.substr(0, pair.find(' ')) + pair.substr(pair.find(' ') + 1);
    j["added_tokens"].push_back(j["added_tokens"][0]);
    j["added_tokens"].back()["id"] = j["model"]["vocab"][name];
    j["added_tokens"].back()["content"] = name;
  });
  const TokenId made = small_tokenizer("qwen2").merges()[0].result;
  EXPECT_TRUE(special.is_special(made));
  for (const TokenId id : special.encode(golden_corpus())) ASSERT_NE(id, made);
  // Truncation and padding are for batches.
  changed([](Json& j) { j["truncation"] = {{"max_length", 5}}; });
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
    {"another model", kUnsupported, [](Json& j) { j["model"]["type"] = "WordLevel"; }},
    {"options of another model", kUnsupported, [](Json& j) { j["model"]["type"] = "Unigram"; }},
    {"model type is a number", kCorrupt, [](Json& j) { j["model"]["type"] = 1; }},
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
    {"empty token", kCorrupt, [](Json& j) { j["model"]["vocab"][""] = 600; }},
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
    {"added tokens are an object", kCorrupt, [](Json& j) { j["added_tokens"] = Json::object(); }},
    {"added token is a string", kCorrupt, [](Json& j) { j["added_tokens"][0] = "<|x|>"; }},
    {"added token without content", kCorrupt, [](Json& j) { j["added_tokens"][0].erase("content"); }},
    {"added token without id", kCorrupt, [](Json& j) { j["added_tokens"][0].erase("id"); }},
    {"added token with an id of another", kCorrupt, [](Json& j) { j["added_tokens"][0]["id"] = 5; }},
    {"added token with a new id", kCorrupt, [](Json& j) { j["added_tokens"][0]["id"] = 600; }},
    {"added token twice", kCorrupt, [](Json& j) { j["added_tokens"].push_back(j["added_tokens"][0]); }},
    {"added token special by a number", kCorrupt, [](Json& j) { j["added_tokens"][0]["special"] = 1; }},
    {"pre-tokenizer without type", kCorrupt, [](Json& j) { j["pre_tokenizer"].erase("type"); }},
    {"pattern is a string", kCorrupt, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["pattern"] = "x"; }},
    {"id far away", kCorrupt, [](Json& j) { j["model"]["vocab"]["new"] = 600000; }},
    {"unknown model option", kUnsupported, [](Json& j) { j["model"]["louder"] = true; }},
    {"unknown token missing", kCorrupt, [](Json& j) { j["model"]["unk_token"] = "<none>"; }},
    {"unknown normalizer", kUnsupported,
     [](Json& j) {
       j["normalizer"] = Json{{"type", "Nmt"}};
     }},
    {"normalizer is a text", kCorrupt, [](Json& j) { j["normalizer"] = "NFC"; }},
    {"unknown pre-tokenizer", kUnsupported, [](Json& j) { j["pre_tokenizer"]["type"] = "UnicodeScripts"; }},
    {"deep sequence", kCorrupt,
     [](Json& j) {
       for (int i = 0; i < 40; ++i)
         j["pre_tokenizer"] = Json{{"type", "Sequence"}, {"pretokenizers", Json::array({Json(j["pre_tokenizer"])})}};
     }},
    {"wide sequence", kCorrupt,
     [](Json& j) {
       j["pre_tokenizer"]["pretokenizers"] = Json(std::vector<Json>(20001, Json{{"type", "Whitespace"}}));
     }},
    {"pattern that is none", kCorrupt,
     [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a"; }},
    {"unknown behavior", kCorrupt, [](Json& j) { j["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Louder"; }},
    {"unknown post-processor", kUnsupported,
     [](Json& j) {
       j["post_processor"] = Json{{"type", "Echo"}};
     }},
    {"template with an id of none", kCorrupt,
     [](Json& j) {
       j["post_processor"] = Json{{"type", "BertProcessing"}, {"sep", {"a", 600}}, {"cls", {"a", 1}}};
     }},
    {"template without a text", kCorrupt,
     [](Json& j) {
       j["post_processor"] = Json{{"type", "TemplateProcessing"}, {"single", Json::array()}};
     }},
    {"charsmap that is no base64", kCorrupt,
     [](Json& j) {
       j["normalizer"] = Json{{"type", "Precompiled"}, {"precompiled_charsmap", "!"}};
     }},
    {"charsmap of a wrong size", kCorrupt,
     [](Json& j) {
       j["normalizer"] = Json{{"type", "Precompiled"}, {"precompiled_charsmap", "/////w=="}};
     }},
    {"decoder that sees the end", kUnsupported,
     [](Json& j) {
       j["decoder"] =
           Json{{"type", "Sequence"},
                {"decoders",
                 {Json{{"type", "Fuse"}}, Json{{"type", "Strip"}, {"content", " "}, {"start", 0}, {"stop", 1}}}}};
     }},
    {"no word on the decoder", kCorrupt, [](Json& j) { j.erase("decoder"); }},
    {"dropout", kUnsupported, [](Json& j) { j["model"]["dropout"] = 0.1; }},
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

TEST(TokenizerJson, WithoutADecoderNamesStandWithASpaceBetweenThem) {
  Json json = Json::parse(to_tokenizer_json(small_tokenizer("qwen2")));
  json["decoder"] = nullptr;
  const Tokenizer tokenizer = parse_tokenizer_json(json.dump());
  const std::vector<TokenId> ids = tokenizer.encode("{} {");
  EXPECT_EQ(ids, small_tokenizer("qwen2").encode("{} {"));
  std::string expected;
  for (const TokenId id : ids)
    expected += (expected.empty() ? "" : " ") + tokenizer.definition().tokens[static_cast<size_t>(id)];
  EXPECT_EQ(tokenizer.decode(ids), expected);
  EXPECT_NE(expected.find("Ġ"), std::string::npos) << expected;
}

TEST(TokenizerJson, TokensOfBytesStandForTheirBytesAlsoWhereTheyAreSpecial) {
  Json vocabulary = {{"<unk>", 0}, {"a", 1}}, added = Json::array();
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    vocabulary[name] = 2 + byte;
    added.push_back({{"id", 2 + byte},
                     {"content", name},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  Json unigram_vocabulary = Json::array();
  for (int id = 0; id < 258; ++id)
    for (const auto& [name, value] : vocabulary.items())
      if (value == id) unigram_vocabulary.push_back({name, id == 1 ? -1.0 : -10.0});
  const Json bpe = {{"type", "BPE"},
                    {"dropout", nullptr},
                    {"unk_token", "<unk>"},
                    {"continuing_subword_prefix", nullptr},
                    {"end_of_word_suffix", nullptr},
                    {"fuse_unk", true},
                    {"byte_fallback", true},
                    {"vocab", vocabulary},
                    {"merges", Json::array()}};
  const Json unigram = {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", unigram_vocabulary}, {"byte_fallback", true}};
  for (const Json& model : {bpe, unigram}) {
    const Json json = {{"version", "1.0"},
                       {"truncation", nullptr},
                       {"padding", nullptr},
                       {"added_tokens", added},
                       {"normalizer", nullptr},
                       {"pre_tokenizer", nullptr},
                       {"post_processor", nullptr},
                       {"decoder", {{"type", "ByteFallback"}}},
                       {"model", model}};
    EXPECT_EQ(parse_tokenizer_json(json.dump()).encode("aé"), (std::vector<TokenId>{1, 2 + 0xC3, 2 + 0xA9}))
        << model["type"];
  }
}

TEST(TokenizerJson, FaultsOfTheJsonAreToldWithTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {{R"({"model": NaN})", "not JSON at byte 11"},
                                                       {R"({"model": {},})", "not JSON at byte 14"},
                                                       {R"({"model": {}} x)", "not JSON at byte 15"},
                                                       {R"({"model": )", "not JSON at byte 11"}};
  for (const auto& [text, place] : cases) {
    try {
      parse_tokenizer_json(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(place), std::string::npos) << text << " " << error.message();
    }
  }
}

TEST(TokenizerJson, AByteOrderMarkIsPassedOver) {
  const std::string text = to_tokenizer_json(small_tokenizer("gpt2"));
  EXPECT_EQ(parse_tokenizer_json("\xEF\xBB\xBF" + text).encode("the cat"),
            parse_tokenizer_json(text).encode("the cat"));
  EXPECT_THROW(parse_tokenizer_json("\xEF\xBB" + text), Error);
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
