#include "page/page_files.h"

#include <algorithm>

#include "page/embedded.h"

namespace vitrine::page {

std::span<const PageFile> page_files() { return {kEmbeddedFiles, kNumEmbeddedFiles}; }

const PageFile* find_page_file(std::string_view path) {
  if (path == "/") path = "/index.html";
  const auto files = page_files();
  const auto found = std::ranges::lower_bound(files, path, {}, &PageFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

std::string_view missing_page_reason() { return kMissingReason; }

std::string_view content_security_policy() {
  return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
         "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

}  // namespace vitrine::page
