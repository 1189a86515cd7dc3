#include "net/package_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/environment.h"
#include "base/files.h"
#include "base/sha256.h"
#include "net/base64.h"
#include "net/url.h"

namespace vitrine::net {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t kMaxPageBytes = 32 << 20;
constexpr int kMaxPageDepth = 64;
constexpr const char* kDefaultIndex = "https://pypi.org/simple";
constexpr const char* kAccept = "application/vnd.pypi.simple.v1+json, text/html;q=0.2";

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

std::string trimmed_line(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// The value of a key in the section [global] of pip's configuration; lines that go on are joined.
std::string configured(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  std::string value;
  bool is_global = false, is_open = false;
  for (std::string line; std::getline(lines, line);) {
    const bool goes_on = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    line = trimmed_line(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (goes_on && is_open) {
      value += " " + line;
      continue;
    }
    is_open = false;
    if (line[0] == '[') {
      is_global = line == "[global]";
      continue;
    }
    const size_t sign = line.find_first_of("=:");
    if (!is_global || sign == std::string::npos || trimmed_line(line.substr(0, sign)) != key) continue;
    value = trimmed_line(line.substr(sign + 1));
    is_open = true;
  }
  return value;
}

/// Where pip looks, the most important place first.
std::vector<std::string> configurations() {
  std::vector<fs::path> places;
  const std::string named = environment_variable("PIP_CONFIG_FILE"), home = environment_variable("HOME");
  std::string config_home = environment_variable("XDG_CONFIG_HOME");
  if (config_home.empty() && !home.empty()) config_home = home + "/.config";
  if (named == "/dev/null") return {};
  if (!named.empty()) places.emplace_back(named);
  if (!config_home.empty()) places.push_back(fs::path(config_home) / "pip/pip.conf");
  if (!home.empty()) places.push_back(fs::path(home) / ".pip/pip.conf");
  places.emplace_back("/etc/pip.conf");
  places.emplace_back("/etc/xdg/pip/pip.conf");
  std::vector<std::string> texts;
  std::error_code error;
  for (const fs::path& place : places)
    if (fs::is_regular_file(place, error)) texts.push_back(read_file(place));
  return texts;
}

std::string first_configured(const std::vector<std::string>& texts, std::string_view key) {
  for (const std::string& text : texts)
    if (std::string value = configured(text, key); !value.empty()) return value;
  return "";
}

/// Resolves a link of a page; the part behind '#' may hold the checksum.
RemoteFile linked_file(std::string_view page_url, const std::string& link, std::string_view name) {
  RemoteFile file{.name = std::string(name)};
  const Url base = parse_url(page_url);
  const Url url = resolve_url(base, link);
  file.url = url.text();
  if (!base.user_info.empty() && base.origin() == url.origin())
    file.authorization = "Basic " + base64_encode(percent_decode(base.user_info));
  if (const size_t at = link.find("#sha256="); at != std::string::npos)
    file.sha256 = normalized_sha256(std::string_view(link).substr(at + 8, 64));
  return file;
}

std::optional<RemoteFile> find_in_json(const Json& page, std::string_view page_url, std::string_view name) {
  for (const Json& entry : page["files"]) {
    if (!entry.is_object() || entry.value("filename", Json()) != Json(name)) continue;
    const Json url = entry.value("url", Json()), hashes = entry.value("hashes", Json()),
               size = entry.value("size", Json());
    if (!url.is_string()) continue;
    RemoteFile file = linked_file(page_url, url.get<std::string>(), name);
    if (hashes.is_object() && hashes.contains("sha256") && hashes["sha256"].is_string())
      file.sha256 = normalized_sha256(hashes["sha256"].get<std::string>());
    if (size.is_number_unsigned() && size.get<uint64_t>() < uint64_t{1} << 62) file.num_bytes = size.get<int64_t>();
    return file;
  }
  return std::nullopt;
}

std::string without_entities(std::string text) {
  for (size_t at = 0; (at = text.find("&amp;", at)) != std::string::npos; ++at) text.erase(at + 1, 4);
  return text;
}

std::optional<RemoteFile> find_in_html(std::string_view page, std::string_view page_url, std::string_view name) {
  for (size_t at = 0; (at = page.find("<a", at)) != std::string_view::npos;) {
    const size_t end = page.find('>', at);
    if (end == std::string_view::npos) break;
    const std::string_view tag = page.substr(at, end - at);
    const std::string_view label = page.substr(end + 1, std::min(page.find('<', end), page.size()) - end - 1);
    at = end;
    const size_t href = tag.find("href=");
    if (href == std::string_view::npos || href + 6 > tag.size() || trimmed_line(std::string(label)) != name) continue;
    const char quote = tag[href + 5];
    const size_t close = tag.find(quote, href + 6);
    if ((quote != '"' && quote != '\'') || close == std::string_view::npos) continue;
    return linked_file(page_url, without_entities(std::string(tag.substr(href + 6, close - href - 6))), name);
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> package_indexes(const std::string& index_variable, const std::string& extra_variable,
                                         const std::vector<std::string>& configurations) {
  std::string index = !index_variable.empty() ? index_variable : first_configured(configurations, "index-url");
  if (index.empty()) index = kDefaultIndex;
  std::vector<std::string> found = words(index);
  const std::vector<std::string> more =
      words(!extra_variable.empty() ? extra_variable : first_configured(configurations, "extra-index-url"));
  found.insert(found.end(), more.begin(), more.end());
  std::erase_if(found,
                [](const std::string& url) { return !url.starts_with("http://") && !url.starts_with("https://"); });
  return found;
}

std::vector<std::string> package_indexes() {
  return package_indexes(environment_variable("PIP_INDEX_URL"), environment_variable("PIP_EXTRA_INDEX_URL"),
                         configurations());
}

std::optional<RemoteFile> find_on_page(std::string_view page, std::string_view page_url, std::string_view file_name) {
  const auto bounded = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxPageDepth) throw Error(ErrorCode::kCorruptData, "package index: its answer is nested too deep");
    return true;
  };
  const size_t begin = page.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && page[begin] == '{') {
    Json json;
    try {
      json = Json::parse(page, bounded);
    } catch (const Json::exception&) {
    }
    if (json.is_object() && json.contains("files") && json["files"].is_array())
      return find_in_json(json, page_url, file_name);
  } else if (page.find("<a") != std::string_view::npos || page.find("<html") != std::string_view::npos ||
             page.find("<!DOCTYPE") != std::string_view::npos) {
    return find_in_html(page, page_url, file_name);
  }
  throw Error(ErrorCode::kCorruptData,
              fmt::format("package index: its answer is no list of files (it begins '{}')", excerpt(page, 40)),
              "is PIP_INDEX_URL the address of a package index?");
}

RemoteFile find_package_file(const std::vector<std::string>& indexes, const std::string& package,
                             const std::string& file_name, const TransferSettings& settings) {
  std::string failure = "no index is known";
  for (const std::string& index : indexes) {
    std::string page_url = index;
    while (page_url.ends_with('/')) page_url.pop_back();
    page_url += "/" + package + "/";
    try {
      const std::string page = fetch_text({.url = page_url, .headers = {{"Accept", kAccept}}}, kMaxPageBytes, settings);
      if (auto file = find_on_page(page, page_url, file_name)) return *file;
      failure = fmt::format("{} does not list it", parse_url(index).text());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kUnsupported) throw;
      failure = error.message();
    }
  }
  throw Error(ErrorCode::kNotFound, fmt::format("fetch '{}' from a package index: {}", file_name, failure),
              "PIP_INDEX_URL names the index of your network");
}

}  // namespace vitrine::net
