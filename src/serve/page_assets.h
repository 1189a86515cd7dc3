// The files of the page, embedded by the build.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace vitrine::serve {

struct PageAsset {
  std::string_view path;  ///< "/index.html"
  std::string_view bytes;

  PageAsset(std::string_view path, std::pair<const char*, const char*> range)
      : path(path), bytes(range.first, static_cast<size_t>(range.second - range.first)) {}
};

/// Empty where the program was built without the page.
std::span<const PageAsset> page_assets();

}  // namespace vitrine::serve
