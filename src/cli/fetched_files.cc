#include "cli/fetched_files.h"

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
      const std::string sha256 = digits.is_string() ? normalized_sha256(digits.get<std::string>()) : "";
      if (!sha256.empty()) entries_[name] = {entry["bytes"].get<int64_t>(), sha256};
    }
  } catch (const Error&) {
    entries_.clear();
  }
}

std::string FetchedFiles::sha256(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? "" : found->second.sha256;
}

void FetchedFiles::set(const std::string& name, const Entry& entry) {
  entries_[name] = entry;
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [each, value] : entries_) json[each] = {{"bytes", value.num_bytes}, {"sha256", value.sha256}};
  write_file_durably(folder_ / kListName, json.dump(1) + "\n");
}

}  // namespace vitrine::cli
