// What the build writes for page_files.cc: web/scripts/embed.mjs where npm is there, web/build_page.sh where it is not.
#pragma once

#include <cstddef>

#include "page/page_files.h"

namespace vitrine::page {

extern const PageFile* const kEmbeddedFiles;  ///< sorted by path
extern const std::size_t kNumEmbeddedFiles;
extern const char* const kMissingReason;  ///< empty text where the page is there

}  // namespace vitrine::page
