#include "net/model_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/zip_file.h"
#include "net/url.h"

namespace vitrine::net {
namespace {

constexpr std::string_view kHubPrefix = "hf:";
constexpr std::string_view kKnownHubs[] = {"https://huggingface.co", "https://hf.co", "https://www.huggingface.co"};

Error refused_address(std::string_view text, const std::string& problem) {
  return Error(
      ErrorCode::kInvalidArgument, fmt::format("model pull: {} (got '{}')", problem, excerpt(text)),
      "expected hf:OWNER/NAME, hf:OWNER/NAME/FILE.gguf, an http(s) address of a GGUF file, or a name of `vitrine "
      "model list`");
}

/// A part of a repository's name or a revision: what hubs allow, and nothing that means something in a path.
bool is_word(std::string_view word) {
  return !word.empty() && word.size() <= 96 && word.front() != '.' && word.find("..") == std::string_view::npos &&
         std::ranges::all_of(word, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                  c == '.';
         });
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!parts.empty() && parts.back().empty()) parts.pop_back();  // a slash at the end
  return parts;
}

std::string joined(const std::vector<std::string>& parts, size_t begin) {
  return fmt::format(
      "{}", fmt::join(parts.begin() + static_cast<std::ptrdiff_t>(std::min(begin, parts.size())), parts.end(), "/"));
}

HubAddress checked(HubAddress address, std::string_view text) {
  const std::vector<std::string> words = split(address.repository);
  if (words.size() != 2 || !std::ranges::all_of(words, is_word)) throw refused_address(text, "no model's name");
  const std::vector<std::string> revision = split(address.revision);
  if (revision.empty() || revision.size() > 4 || !std::ranges::all_of(revision, is_word))
    throw refused_address(text, "no revision");
  if (!address.file.empty() && !is_safe_relative_path(address.file)) throw refused_address(text, "no file's name");
  if (!address.file.empty() && !address.file.ends_with(".gguf"))
    throw refused_address(text, "a single file has to be a GGUF file");
  if (!address.variant.empty() && !is_word(address.variant)) throw refused_address(text, "no variant");
  return address;
}

HubAddress parse_short(std::string_view text, std::string_view whole) {
  HubAddress address;
  const std::vector<std::string> parts = split(text);
  if (parts.size() < 2) throw refused_address(whole, "a model's owner and name are needed");
  std::string name = parts[1];
  if (const size_t colon = name.find(':'); colon != std::string::npos) {
    address.variant = name.substr(colon + 1);
    name.resize(colon);
    if (address.variant.empty()) throw refused_address(whole, "nothing stands behind the colon");
  }
  if (const size_t at = name.find('@'); at != std::string::npos) {
    address.revision = name.substr(at + 1);
    name.resize(at);
  }
  address.repository = parts[0] + "/" + name;
  address.file = joined(parts, 2);
  return checked(address, whole);
}

/// owner/name, owner/name/tree/REVISION, owner/name/resolve/REVISION/FILE; nothing for another page.
std::optional<HubAddress> parse_page(std::string_view path, std::string_view whole) {
  std::vector<std::string> parts = split(path.substr(std::min<size_t>(1, path.size())));
  for (std::string& part : parts) part = percent_decode(part);
  if (parts.size() < 2) return std::nullopt;
  HubAddress address{.repository = parts[0] + "/" + parts[1]};
  if (parts.size() == 2) return checked(address, whole);
  if (parts.size() < 4 || (parts[2] != "tree" && parts[2] != "blob" && parts[2] != "resolve")) return std::nullopt;
  address.revision = parts[3];
  address.file = joined(parts, 4);
  return checked(address, whole);
}

/// The refusal of a text that names no hub, with the address that it is without its prefix.
Error no_address(std::string_view text) {
  const Error refused = refused_address(text, "no address of a model");
  try {
    parse_short(text, text);
    return {refused.code(), refused.message(), fmt::format("did you mean '{}{}'?", kHubPrefix, excerpt(text))};
  } catch (const Error&) {
    return refused;
  }
}

}  // namespace

ModelAddress parse_model_address(std::string_view text, std::string_view hub_endpoint) {
  if (text.starts_with(kHubPrefix)) return parse_short(text.substr(kHubPrefix.size()), text);
  if (text.find("://") == std::string_view::npos) throw no_address(text);
  const Url url = parse_url(text);
  std::vector<std::string> hubs(std::begin(kKnownHubs), std::end(kKnownHubs));
  hubs.emplace_back(hub_endpoint);
  for (const std::string& hub : hubs) {
    const Url endpoint = parse_url(hub);
    std::string root = endpoint.path;
    while (root.ends_with('/')) root.pop_back();
    if (url.origin() == endpoint.origin() && url.path.starts_with(root + "/"))
      if (auto page = parse_page(std::string_view(url.path).substr(root.size()), text)) return *page;
  }
  if (!url.path.ends_with(".gguf")) throw refused_address(text, "the address has to end in .gguf");
  return FileAddress{std::string(text)};
}

}  // namespace vitrine::net
