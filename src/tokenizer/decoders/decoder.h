// Decoders turn the names of tokens back into text, one token at a time, so that text can be streamed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/setting.h"

namespace vitrine::tokenizer {

/// A token on its way to text.
struct DecodedToken {
  std::string bytes;
  bool is_first;  ///< of the text
  bool is_added;  ///< an added token: its name is text, not an encoding of bytes
};

/// One step. Immutable. Threads: safe.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual void apply(DecodedToken& token) const = 0;
};

using DecoderPointer = std::unique_ptr<const Decoder>;

/// A kind of step: its `type` in files, and how it is made. `is_fused`: a Fuse stands before it, so that it sees the
/// whole text instead of each token.
struct DecoderKind {
  std::string_view type;
  DecoderPointer (*make)(const Setting& setting, bool is_fused);
};

/// Returns the catalog, sorted by type.
std::span<const DecoderKind> decoder_kinds();

/// The steps of a setting, one behind the other. Without any the names stand in the text with a space between them.
class DecoderChain {
 public:
  /// Errors: kUnsupported for an unknown type or option or what cannot be done token by token, kCorruptData for a bad
  /// option.
  explicit DecoderChain(const Setting& setting);

  std::string decode(std::string_view name, bool is_first, bool is_added) const;

 private:
  std::vector<DecoderPointer> steps_;
  bool joins_names_ = false;
};

}  // namespace vitrine::tokenizer
