#include "net/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::net {
namespace {

TEST(Url, PartsOfAWholeAddress) {
  const Url url = parse_url("HTTPS://user:pass@Example.org:8443/a/b.gguf?download=true#top");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user_info, "user:pass");
  EXPECT_EQ(url.host, "example.org");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b.gguf");
  EXPECT_EQ(url.query, "download=true");
  EXPECT_EQ(url.text(), "https://example.org:8443/a/b.gguf?download=true") << "shown without the password";
  EXPECT_EQ(parse_url("http://example.org").text(), "http://example.org/");
  EXPECT_EQ(parse_url("http://[::1]:80/x").origin(), "http://[::1]");
}

TEST(Url, WhatCouldMeanTwoHostsIsRefused) {
  for (const char* text :
       {"", "example.org", "ftp://a/b", "file:///etc/passwd", "http://", "http:///x", "http://a b/", "http://a\\@b/",
        "http://a@b@c/", "http://a:0/", "http://a:65536/", "http://a:8x/", "http://[::1/", "http://a/\x01",
        "http://a/\xC3\xA9", "javascript:alert(1)", "http://[::1]x:80/"})
    EXPECT_THROW(parse_url(text), Error) << text;
  EXPECT_THROW(parse_url("http://a/" + std::string(9000, 'x')), Error);
}

// The cases of RFC 3986, section 5.4, that have an http address of their own.
TEST(Url, ReferencesAreResolvedAsTheStandardSays) {
  const Url base = parse_url("http://a/b/c/d?q");
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},     {"./g", "http://a/b/c/g"},     {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},        {"//g", "http://g/"},          {"?y", "http://a/b/c/d?y"},
      {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d?q"},    {"g#s", "http://a/b/c/g"},
      {"", "http://a/b/c/d?q"},    {".", "http://a/b/c/"},        {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},    {"../..", "http://a/"},        {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},      {"/../g", "http://a/g"},       {"g..", "http://a/b/c/g.."},
      {"./../g", "http://a/b/g"},  {"g/./h", "http://a/b/c/g/h"}, {"https://b/x", "https://b/x"}};
  for (const auto& [reference, expected] : cases) EXPECT_EQ(resolve_url(base, reference).text(), expected) << reference;
  EXPECT_THROW(resolve_url(base, "file:///etc/passwd"), Error);
  EXPECT_THROW(resolve_url(base, "gopher://a"), Error);
}

TEST(Url, APasswordStaysWithItsOwnAddress) {
  const Url base = parse_url("https://user:secret@a/simple/");
  EXPECT_EQ(resolve_url(base, "x.whl").user_info, "");
  EXPECT_EQ(base.origin(), resolve_url(base, "x.whl").origin());
  EXPECT_NE(base.origin(), resolve_url(base, "//a:444/").origin());
}

TEST(Url, LoopbackIsThisMachineAlone) {
  EXPECT_TRUE(parse_url("http://127.0.0.1:80/").is_loopback());
  EXPECT_TRUE(parse_url("http://localhost/").is_loopback());
  EXPECT_TRUE(parse_url("http://[::1]/").is_loopback());
  EXPECT_FALSE(parse_url("http://127.evil.example/").is_loopback());
  EXPECT_FALSE(parse_url("http://localhost.example/").is_loopback());
}

TEST(Url, PercentEncodingGoesBothWays) {
  EXPECT_EQ(percent_encode("a b/ü"), "a%20b%2F%C3%BC");
  EXPECT_EQ(percent_encode("a/b c", true), "a/b%20c");
  EXPECT_EQ(percent_decode("a%20b%2f%zz%4"), "a b/%zz%4");
}

}  // namespace
}  // namespace vitrine::net
