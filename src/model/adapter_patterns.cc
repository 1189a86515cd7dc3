#include "model/adapter_patterns.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::model {
namespace {

constexpr size_t kMostPatterns = 10'000, kMostPatternBytes = 1000;

}  // namespace

AdapterPatterns::AdapterPatterns(const ConfigJson& config, std::string_view key) {
  const auto object = config.object(key);
  if (!object) return;
  for (const std::string& pattern : object->keys()) {
    if (patterns_.size() == kMostPatterns || pattern.size() > kMostPatternBytes)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("adapter: {} has more than {} patterns, or one of more than {} bytes", key, kMostPatterns,
                              kMostPatternBytes));
    const double value = object->real(pattern);
    try {
      patterns_.emplace_back(tokenizer::TextPattern::regex("^(.*\\.)?(" + pattern + ")$"), value);
    } catch (const Error& error) {
      throw error.wrapped(fmt::format("adapter: {}: '{}'", key, excerpt(pattern)));
    }
  }
}

double AdapterPatterns::value_of(std::string_view module, double otherwise) const {
  for (const auto& [pattern, value] : patterns_) {
    bool fits = false;
    pattern.for_each_match(module, [&](size_t, size_t) { fits = true; });
    if (fits) return value;
  }
  return otherwise;
}

}  // namespace vitrine::model
