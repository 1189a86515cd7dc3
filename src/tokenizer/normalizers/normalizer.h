// Normalizers change a text before it is cut and encoded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// One step. Immutable. Threads: safe.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// Returns the text as it becomes; any bytes are legal.
  virtual std::string apply(std::string text) const = 0;
  /// Tells cheaply that apply would change nothing; false means only that it may.
  virtual bool surely_keeps(std::string_view) const { return false; }
  /// Returns what to look for in normalized text where an added token is meant.
  virtual std::string apply_to_token(std::string token) const { return apply(std::move(token)); }
};

using NormalizerPointer = std::unique_ptr<const Normalizer>;

/// A kind of normalizer: its `type` in files, and how it is made from its options.
struct NormalizerKind {
  std::string_view type;
  NormalizerPointer (*make)(const Setting& setting);
};

/// Returns the catalog, sorted by type.
std::span<const NormalizerKind> normalizer_kinds();

/// The steps of a setting, one behind the other.
class NormalizerChain {
 public:
  /// Errors: kUnsupported for an unknown type or option, kCorruptData for a bad option.
  explicit NormalizerChain(const Setting& setting);

  bool surely_keeps(std::string_view text) const;
  std::string apply(std::string text) const;
  std::string apply_to_token(std::string token) const;

 private:
  std::vector<NormalizerPointer> steps_;
};

}  // namespace vitrine::tokenizer
