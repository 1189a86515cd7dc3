// What is known of models that are not loaded: their headers, read once for each state of their files.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "model/model_facts.h"

namespace vitrine::serve {

/// Threads: safe.
class FactsCache {
 public:
  /// Nothing for files that cannot be read: such a model is listed all the same. Files are read again where the time or
  /// the size of one has changed.
  std::optional<model::ModelFacts> get(const std::filesystem::path& path);
  /// How often files were read.
  int64_t num_reads() const;

 private:
  using Stamp = std::vector<std::pair<int64_t, int64_t>>;  // of each file: time in nanoseconds, and bytes
  struct Entry {
    Stamp stamp;
    std::optional<model::ModelFacts> facts;
  };
  static Stamp stamp_of(const std::filesystem::path& path);

  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Entry> entries_;
  int64_t num_reads_ = 0;
};

}  // namespace vitrine::serve
