#include "model/model_card.h"

#include <gtest/gtest.h>

#include "model/front_matter.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

using Texts = std::vector<std::string>;

const ModelCard kFull = {.name = "Small: the \"model\" #1",
                         .author = "Ann O'Neil",
                         .license = "other",
                         .license_name = "my-own",
                         .license_link = "https://example.org/licence?a=1#b",
                         .languages = {"en", "no", "zh-Hant"},
                         .tags = {"text-generation", "tag: odd", "größe", "- dash", "3"},
                         .base_models = {"owner/base-1.5", "https://example.org/models/x", "plain"}};

TEST(ModelCard, ComesBackFromItsReadme) {
  Texts losses;
  EXPECT_EQ(read_model_card(model_card_text(kFull), losses), kFull) << model_card_text(kFull);
  EXPECT_TRUE(losses.empty());
  EXPECT_NE(model_card_text(kFull).find("\n# Small: the \"model\" #1\n"), std::string::npos);
  EXPECT_EQ(model_card_text({}), "");
}

TEST(ModelCard, ComesBackFromAGgufFilesKeys) {
  io::GgufMetadata metadata;
  write_gguf_card(metadata, kFull);
  EXPECT_EQ(metadata.text("general.license.name"), "my-own");
  EXPECT_EQ(metadata.texts("general.languages"), kFull.languages);
  EXPECT_EQ(metadata.integer("general.base_model.count"), 3);
  EXPECT_EQ(metadata.text("general.base_model.0.organization"), "owner");
  EXPECT_EQ(metadata.text("general.base_model.0.repo_url"), "https://huggingface.co/owner/base-1.5");
  Texts losses;
  EXPECT_EQ(read_gguf_card(metadata, losses), kFull);
  EXPECT_TRUE(losses.empty());
}

TEST(ModelCard, HeadsAsTheHubHasThemAreRead) {
  const char* const head =
      "---\r\nlibrary_name: transformers\r\nlicense: apache-2.0  # free\nlanguage:\n- en\n  - 'de'\n\n# a comment\n"
      "model-index:\n- name: x\n  results:\n  - task: {type: y}\npipeline_tag: text-generation\n"
      "tags: [a, \"b, c\", 'it''s']\nbase_model:\n  - HuggingFaceTB/SmolLM2-135M\n---\n# Title\nlicense: not-this\n";
  Texts losses;
  const ModelCard card = read_model_card(head, losses);
  EXPECT_TRUE(losses.empty());
  EXPECT_EQ(card.license, "apache-2.0");
  EXPECT_EQ(card.languages, (Texts{"en", "de"}));
  EXPECT_EQ(card.tags, (Texts{"a", "b, c", "it's", "text-generation"}));
  EXPECT_EQ(card.base_models, Texts{"HuggingFaceTB/SmolLM2-135M"});
  EXPECT_EQ(card.name, "");
}

TEST(ModelCard, WhatIsNoShortTextIsLeftOutAndSaid) {
  const std::string long_text(600, 'x');
  for (const std::string& value :
       {std::string("|\n  many\n  lines"), std::string("{a: b}"), std::string("&anchor mit"), std::string("*alias"),
        std::string("!!python/object x"), long_text, std::string("\"unclosed"), std::string("\"a\\u0000b\""),
        std::string("[a, [b]]"), std::string("[a"), std::string("\"\\n# x\""), std::string("mi\xff"),
        std::string("a: b"), std::string("\n- {a: b}")}) {
    Texts losses;
    const ModelCard card = read_model_card("---\nlicense: " + value + "\nauthor: me\n---\n", losses);
    EXPECT_EQ(card.license, "") << value;
    EXPECT_EQ(card.author, "me") << value;
    ASSERT_EQ(losses.size(), 1u) << value;
    EXPECT_NE(losses[0].find("'license'"), std::string::npos) << losses[0];
  }
}

TEST(ModelCard, WithoutAWholeHeadThereIsNoCard) {
  for (const std::string& text : {std::string(), std::string("# Title\nlicense: mit\n"),
                                  std::string("\n---\nlicense: mit\n---\n"), std::string(3, '\0')}) {
    Texts losses;
    EXPECT_EQ(read_model_card(text, losses), ModelCard());
    EXPECT_TRUE(losses.empty());
  }
  for (const std::string& text : {std::string("---\nlicense: mit\n"), "---\n" + std::string(100'000, '\n') + "---\n"}) {
    Texts losses;
    EXPECT_EQ(read_model_card(text, losses), ModelCard());
    ASSERT_EQ(losses.size(), 1u) << "a head without end";
    EXPECT_NE(losses[0].find("README.md"), std::string::npos);
  }
}

TEST(ModelCard, NothingAndQuotedKeysAndAByteOrderMarkAreAsInYaml) {
  Texts losses;
  const ModelCard card = read_model_card(
      "\xef\xbb\xbf---\n\"license\": mit\nmodel_name: ~\nauthor: null\nlanguage: \"\"\n'tags':\n- a\n- ''\n---\n",
      losses);
  EXPECT_EQ(card.license, "mit");
  EXPECT_EQ(card.name, "");
  EXPECT_EQ(card.author, "");
  EXPECT_TRUE(card.languages.empty());
  EXPECT_EQ(card.tags, Texts{"a"});
  EXPECT_TRUE(losses.empty());
}

TEST(ModelCard, HostileMetadataIsLeftOutAndSaid) {
  io::GgufMetadata metadata;
  metadata.set("general.name", std::string("a\n---\nlicense: mit"));
  metadata.set("general.license", uint32_t{3});
  metadata.set("general.tags", std::string("one"));
  metadata.set("general.languages", io::GgufArray::of_texts({"en", std::string("x\0y", 3)}));
  metadata.set("general.base_model.count", int64_t{-5});
  metadata.set("general.author", std::string(100'000, 'x'));
  Texts losses;
  EXPECT_EQ(read_gguf_card(metadata, losses), ModelCard());
  EXPECT_EQ(losses.size(), 5u);
  metadata.set("general.base_model.count", uint64_t{1} << 62);
  EXPECT_TRUE(read_gguf_card(metadata, losses).base_models.empty());
}

TEST(ModelCard, AFoldersReadmeIsCarriedAsItIsAndAHugeOneIsSaid) {
  const testing::TemporaryFolder folder;
  Texts losses;
  EXPECT_EQ(carried_card(folder.path(), losses), "");
  testing::put_file(folder / "README.md", "---\nlicense: mit\n---\nMuch more.\n");
  EXPECT_EQ(carried_card(folder.path(), losses), "---\nlicense: mit\n---\nMuch more.\n");
  EXPECT_EQ(read_folder_card(folder.path(), losses).license, "mit");
  EXPECT_TRUE(losses.empty());
  testing::put_file(folder / "README.md", "---\nlicense: mit\n---\n" + std::string(2 << 20, 'x'));
  EXPECT_EQ(carried_card(folder.path(), losses), "");
  EXPECT_EQ(losses.size(), 1u);
  EXPECT_EQ(read_folder_card(folder.path(), losses).license, "mit");
}

TEST(FrontMatter, WordsThatYamlTakesForSomethingElseAreQuotedInAnyCase) {
  for (const char* const word : {"null", "NULL", "Null", "no", "NO", "True", "Off", "Y"}) {
    const std::string text = front_matter_text(word);
    EXPECT_EQ(text.front(), '"') << word;
    const std::string_view keys[] = {"tags"};
    EXPECT_EQ(read_front_matter("---\ntags: " + text + "\n---\n", keys).values.at("tags").front(), word);
  }
  EXPECT_EQ(front_matter_text("Norwegian"), "Norwegian");
}

}  // namespace
}  // namespace vitrine::model
