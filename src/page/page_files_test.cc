#include "page/page_files.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <string>

namespace vitrine::page {
namespace {

std::string inflate_gzip(std::string_view bytes, size_t size) {
  std::string text(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

class PageFiles : public ::testing::Test {
  void SetUp() override {
    if (page_files().empty()) GTEST_SKIP() << missing_page_reason();
  }
};

TEST(PageFilesOrReason, OneOfThemIsThere) { EXPECT_NE(page_files().empty(), missing_page_reason().empty()); }

TEST_F(PageFiles, RootIsTheIndexAndUnknownPathsAreNothing) {
  ASSERT_NE(find_page_file("/"), nullptr);
  EXPECT_EQ(find_page_file("/"), find_page_file("/index.html"));
  for (const auto* path : {"", "/nothing", "/index.html/", "/../index.html", "index.html"})
    EXPECT_EQ(find_page_file(path), nullptr) << path;
}

TEST_F(PageFiles, EveryFileIsFoundByItsPathAndIsWhole) {
  for (const PageFile& file : page_files()) {
    EXPECT_EQ(find_page_file(file.path), &file) << file.path;
    EXPECT_FALSE(file.identity.empty()) << file.path;
    EXPECT_TRUE(file.etag.starts_with('"') && file.etag.ends_with('"')) << file.path;
    EXPECT_EQ(file.immutable, file.path.starts_with("/assets/")) << file.path;
    if (!file.gzip.empty()) {
      EXPECT_EQ(inflate_gzip(file.gzip, file.identity.size()), file.identity) << file.path;
    }
  }
}

TEST_F(PageFiles, IndexHasNoInlineScriptOrStyleAndNamesOnlyFilesThatAreThere) {
  const std::string html(find_page_file("/")->identity);
  EXPECT_EQ(html.find("<style"), std::string::npos);
  EXPECT_EQ(html.find(" style="), std::string::npos);
  EXPECT_EQ(html.find("http:"), std::string::npos);
  EXPECT_EQ(html.find("https:"), std::string::npos);
  std::set<std::string> named;
  for (const std::string attribute : {"src=\"", "href=\""}) {
    for (size_t at = html.find(attribute); at != std::string::npos; at = html.find(attribute, at + 1)) {
      const size_t begin = at + attribute.size();
      named.insert(html.substr(begin, html.find('"', begin) - begin));
    }
  }
  EXPECT_GE(named.size(), 2u);
  for (const std::string& path : named) EXPECT_NE(find_page_file(path), nullptr) << path;
}

TEST_F(PageFiles, FirstScreenIsAtMost200KilobytesCompressed) {
  size_t bytes = 0;
  const std::string html(find_page_file("/")->identity);
  for (const PageFile& file : page_files()) {
    const bool is_first = file.path == "/index.html" || html.find(file.path) != std::string::npos;
    if (is_first) bytes += file.gzip.empty() ? file.identity.size() : file.gzip.size();
  }
  RecordProperty("first_screen_bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 200u * 1000u);
}

}  // namespace
}  // namespace vitrine::page
