#include "serve/adapter_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/adapter_folder.h"

namespace vitrine::serve {
namespace {

constexpr size_t kMaxNameBytes = 200;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("-_.:/").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::vector<NamedAdapter> parse_named_adapters(const std::vector<std::string>& texts) {
  std::vector<NamedAdapter> all;
  for (const std::string& text : texts) {
    const size_t at = text.find('=');
    if (at == std::string::npos || at + 1 == text.size() || !is_name(std::string_view(text).substr(0, at)))
      throw Error(ErrorCode::kInvalidArgument, fmt::format("--adapter: expected NAME=FOLDER (got '{}')", excerpt(text)),
                  "a name has letters, digits and - _ . : /");
    NamedAdapter adapter{text.substr(0, at), text.substr(at + 1)};
    for (const NamedAdapter& other : all)
      if (other.name == adapter.name)
        throw Error(ErrorCode::kInvalidArgument, fmt::format("--adapter: two are called '{}'", adapter.name),
                    "give each a name of its own");
    all.push_back(std::move(adapter));
  }
  return all;
}

std::vector<std::shared_ptr<const nn::Adapter>> load_named_adapters(const std::vector<NamedAdapter>& named,
                                                                    nn::Transformer& transformer) {
  std::vector<std::shared_ptr<const nn::Adapter>> all;
  for (const NamedAdapter& adapter : named) {
    try {
      all.push_back(model::load_adapter(adapter.folder, transformer));
    } catch (const Error& error) {
      throw error.wrapped(fmt::format("--adapter {}={}", adapter.name, adapter.folder.string()));
    }
  }
  return all;
}

}  // namespace vitrine::serve
