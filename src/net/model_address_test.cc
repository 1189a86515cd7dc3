#include "net/model_address.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::net {
namespace {

constexpr const char* kHub = "http://mirror.example:8080/hub/";

HubAddress on_hub(const char* text) {
  const ModelAddress address = parse_model_address(text, kHub);
  EXPECT_TRUE(std::holds_alternative<HubAddress>(address)) << text;
  return std::holds_alternative<HubAddress>(address) ? std::get<HubAddress>(address) : HubAddress();
}

void expect_hub(const char* text, const HubAddress& expected) {
  const HubAddress got = on_hub(text);
  EXPECT_EQ(got.repository, expected.repository) << text;
  EXPECT_EQ(got.revision, expected.revision) << text;
  EXPECT_EQ(got.file, expected.file) << text;
  EXPECT_EQ(got.variant, expected.variant) << text;
}

TEST(ModelAddress, ShortFormsOfTheHub) {
  expect_hub("hf:owner/name", {"owner/name"});
  expect_hub("hf:owner/name/", {"owner/name"});
  expect_hub("hf:owner/na-me.v1@refs", {"owner/na-me.v1", "refs"});
  expect_hub("hf:owner/name:Q4_K_M", {"owner/name", "main", "", "Q4_K_M"});
  expect_hub("hf:owner/name@v2:Q8_0", {"owner/name", "v2", "", "Q8_0"});
  expect_hub("hf:owner/name/sub/file.gguf", {"owner/name", "main", "sub/file.gguf"});
}

TEST(ModelAddress, PagesOfTheHubAndOfItsMirror) {
  expect_hub("https://huggingface.co/owner/name", {"owner/name"});
  expect_hub("https://hf.co/owner/name/tree/main", {"owner/name"});
  expect_hub("https://huggingface.co/owner/name/resolve/v1/file.gguf?download=true", {"owner/name", "v1", "file.gguf"});
  expect_hub("https://huggingface.co/owner/name/blob/main/a%20b.gguf", {"owner/name", "main", "a b.gguf"});
  expect_hub("http://mirror.example:8080/hub/owner/name", {"owner/name"});
}

TEST(ModelAddress, OtherAddressesAreOfAFile) {
  const ModelAddress address = parse_model_address("https://example.org/a/b.gguf?x=1", kHub);
  ASSERT_TRUE(std::holds_alternative<FileAddress>(address));
  EXPECT_EQ(std::get<FileAddress>(address).url, "https://example.org/a/b.gguf?x=1");
  EXPECT_TRUE(std::holds_alternative<FileAddress>(parse_model_address("http://mirror.example:8080/b.gguf", kHub)));
}

TEST(ModelAddress, ANameWithoutItsPrefixProposesIt) {
  const auto hint_of = [](const char* text) -> std::string {
    try {
      parse_model_address(text, kHub);
    } catch (const Error& error) {
      return error.hint();
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(hint_of("owner/name"), "did you mean 'hf:owner/name'?");
  EXPECT_EQ(hint_of("owner/name:Q4_K_M"), "did you mean 'hf:owner/name:Q4_K_M'?");
  for (const char* text : {"smollm", "./name", "owner/name/model.bin", "own er/name"})
    EXPECT_TRUE(hint_of(text).starts_with("expected hf:OWNER/NAME")) << text;
}

TEST(ModelAddress, WhatLeadsElsewhereIsRefused) {
  for (const char* text : {"",
                           "smollm",
                           "owner/name",
                           "hf:",
                           "hf:owner",
                           "hf:../name",
                           "hf:owner/..",
                           "hf:owner/name/../../x.gguf",
                           "hf:owner/name@",
                           "hf:owner/name:",
                           "hf:owner/name@../..",
                           "hf:owner/name/model.bin",
                           "hf:own er/name",
                           "hf:owner/name/a\\b.gguf",
                           "https://huggingface.co/owner",
                           "https://huggingface.co/owner/name/settings/x",
                           "https://example.org/page.html",
                           "https://huggingface.co/owner/name/resolve/main/..%2f..%2fx.gguf",
                           "file:///x.gguf",
                           "ftp://a/x.gguf",
                           "https://huggingface.co/owner/name/resolve/main/model.bin"})
    EXPECT_THROW(parse_model_address(text, kHub), Error) << text;
}

}  // namespace
}  // namespace vitrine::net
