#include "net/package_index.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::net {
namespace {

constexpr const char* kPage = "https://user:secret@index.example/simple/a-b/";
const std::string kDigest(64, 'b');

TEST(PackageIndex, VariablesWinOverConfigurationOverTheDefault) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(package_indexes("", "", {}), Texts{"https://pypi.org/simple"});
  EXPECT_EQ(package_indexes("http://a/simple", "", {"[global]\nindex-url = http://b/\n"}), Texts{"http://a/simple"});
  EXPECT_EQ(package_indexes("", "",
                            {"[install]\nindex-url = http://no/\n[global]\n# x\nindex-url: http://b/\n",
                             "[global]\nindex-url = http://c/\n"}),
            Texts{"http://b/"});
  EXPECT_EQ(
      package_indexes("", "", {"[global]\nextra-index-url = file:///local\n  http://d/\n\thttp://e/\ntimeout = 3\n"}),
      (Texts{"https://pypi.org/simple", "http://d/", "http://e/"}));
}

TEST(PackageIndex, TheJsonFormGivesAddressSizeAndChecksum) {
  const std::string page =
      R"({"meta":{},"files":[5,{"filename":"a_b-2.whl","url":"x"},{"filename":"a_b-1.whl","size":77,)"
      R"("hashes":{"sha256":")" +
      kDigest + R"("},"url":"../../files/a_b-1.whl"}]})";
  const auto file = find_on_page(page, kPage, "a_b-1.whl");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->url, "https://index.example/files/a_b-1.whl");
  EXPECT_EQ(file->sha256, kDigest);
  EXPECT_EQ(file->num_bytes, 77);
  EXPECT_EQ(file->authorization, "Basic dXNlcjpzZWNyZXQ=");
  EXPECT_FALSE(find_on_page(page, kPage, "a_b-3.whl"));
}

TEST(PackageIndex, TheHtmlFormGivesThemToo) {
  const std::string page =
      "<!DOCTYPE html><html><body><a href=\"https://other.example/a_b-1.whl?x=1&amp;y=2#sha256=" + kDigest +
      "\" data-requires-python=\"&gt;=3.9\">a_b-1.whl</a>\n<a href='x'>a_b-2.whl</a></body>";
  const auto file = find_on_page(page, kPage, "a_b-1.whl");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->url, "https://other.example/a_b-1.whl?x=1&y=2");
  EXPECT_EQ(file->sha256, kDigest);
  EXPECT_EQ(file->authorization, "") << "another host is not told the password";
  EXPECT_EQ(find_on_page(page, kPage, "a_b-2.whl")->url, "https://index.example/simple/a-b/x");
}

TEST(PackageIndex, PagesThatAreNeitherFormAreRefused) {
  for (const std::string& page : {std::string(""), std::string("{"), std::string("{\"files\":1}"),
                                  std::string("garbage"), "{\"a\":" + std::string(100'000, '[')})
    EXPECT_THROW(find_on_page(page, kPage, "x"), Error) << page.substr(0, 20);
  for (const char* page : {"<a", "<a href=", "<a href=\"", "<a href=\"x>x</a>", "<a>x", "<a href=\"file:///x\">y</a>"})
    EXPECT_FALSE(find_on_page(page, kPage, "x")) << page;
  EXPECT_THROW(find_on_page("<a href=\"file:///etc/passwd\">x</a>", kPage, "x"), Error);
}

}  // namespace
}  // namespace vitrine::net
