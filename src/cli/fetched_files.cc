#include "cli/fetched_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace vitrine::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kListName = ".fetched.json";

}  // namespace

FetchedFiles::FetchedFiles(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  if (!fs::is_regular_file(folder_ / kListName, error)) return;
  try {
    const auto json = nlohmann::json::parse(read_small_text(folder_ / kListName), nullptr, false);
    if (!json.is_object()) return;
    for (const auto& [name, entry] : json.items()) {
      if (!entry.is_object() || !entry.value("bytes", nlohmann::json()).is_number_integer()) continue;
      const auto digits = entry.value("sha256", nlohmann::json());
      const std::string text = digits.is_string() ? digits.get<std::string>() : "?";
      const std::string sha256 = normalized_sha256(text);
      if (text.empty() || !sha256.empty()) entries_[name] = {entry["bytes"].get<int64_t>(), sha256};
    }
  } catch (const Error&) {
    entries_.clear();
  }
}

std::string FetchedFiles::sha256(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? "" : found->second.sha256;
}

void FetchedFiles::await(const std::map<std::string, std::string>& sha256_by_name) {
  const size_t dropped = std::erase_if(
      entries_, [&](const auto& each) { return each.second.is_awaited() && !sha256_by_name.contains(each.first); });
  bool is_changed = dropped > 0;
  for (const auto& [name, sha256] : sha256_by_name) {
    const auto [at, is_new] = entries_.try_emplace(name);
    // Of a model of one file the old one stands until the new one is there; of several, some may be of either kind.
    const bool is_another = sha256_by_name.size() > 1 && !sha256.empty() && at->second.sha256 != sha256;
    if (is_another) at->second = {};
    is_changed = is_changed || is_new || is_another;
  }
  if (is_changed) write();
}

void FetchedFiles::forget_if_nothing_came() {
  std::error_code ignored;
  if (std::ranges::all_of(entries_, [](const auto& each) { return each.second.is_awaited(); }))
    fs::remove(folder_ / kListName, ignored);
}

void FetchedFiles::set(const std::string& name, const Entry& entry) {
  entries_[name] = entry;
  write();
}

void FetchedFiles::write() const {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [each, value] : entries_) json[each] = {{"bytes", value.num_bytes}, {"sha256", value.sha256}};
  write_file_durably(folder_ / kListName, json.dump(1) + "\n");
}

}  // namespace vitrine::cli
