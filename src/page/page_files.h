// The files of the web page, which the build puts into the program as bytes. Knows no HTTP beyond what a file says of
// itself.
#pragma once

#include <span>
#include <string_view>

namespace vitrine::page {

/// One file of the built page. All views live as long as the program.
struct PageFile {
  std::string_view path;          ///< as in a URL: /index.html, /assets/index-1a2b3c.js
  std::string_view content_type;  ///< with charset where it is text
  std::string_view etag;          ///< strong, with its quotes, the same for every encoding's source bytes
  std::string_view identity;      ///< the bytes as they are
  std::string_view gzip;          ///< empty where compressing does not pay (fonts, images)
  std::string_view brotli;        ///< likewise
  bool immutable;                 ///< the name holds a hash of the content: may be cached for ever
};

/// Lists the files by path; empty if the program was built without the page.
std::span<const PageFile> page_files();

/// Finds a file by its URL path, "/" being /index.html; nullptr if there is none.
const PageFile* find_page_file(std::string_view path);

/// Says why page_files() is empty and how to add the page; empty if the page is there.
std::string_view missing_page_reason();

/// The Content-Security-Policy that every file of the page is to be sent with.
std::string_view content_security_policy();

}  // namespace vitrine::page
