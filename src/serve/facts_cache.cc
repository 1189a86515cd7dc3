#include "serve/facts_cache.h"

#include <sys/stat.h>

#include <exception>

namespace vitrine::serve {

FactsCache::Stamp FactsCache::stamp_of(const std::filesystem::path& path) {
  Stamp stamp;
  for (const std::filesystem::path& file : model::files_of_facts(path)) {
    struct stat status {};
    const bool is_there = stat(file.c_str(), &status) == 0;
    const int64_t nanoseconds = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    stamp.emplace_back(is_there ? nanoseconds : 0, is_there ? static_cast<int64_t>(status.st_size) : -1);
  }
  return stamp;
}

std::optional<model::ModelFacts> FactsCache::get(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  try {
    Stamp stamp = stamp_of(path);  // before the files are read: what changes meanwhile is read again
    Entry& entry = entries_[path];
    if (!stamp.empty() && entry.stamp == stamp) return entry.facts;
    entry = {.stamp = std::move(stamp), .facts = std::nullopt};
    if (entry.stamp.empty()) return std::nullopt;
    ++num_reads_;
    entry.facts = model::read_model_facts(path);
    return entry.facts;
  } catch (const std::exception&) {  // damaged, or of a kind that is not known here: loading it says so
    return std::nullopt;
  }
}

int64_t FactsCache::num_reads() const {
  const std::lock_guard lock(mutex_);
  return num_reads_;
}

}  // namespace vitrine::serve
