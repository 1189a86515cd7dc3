// A long text cut into windows that a model can read, and which of their tokens count.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vitrine::eval {

/// Tokens of one pass. Those from `first_target` on count, each predicted from all that stand before it.
struct TextWindow {
  std::vector<int32_t> ids;
  int64_t first_target = 1;

  int64_t num_targets() const { return static_cast<int64_t>(ids.size()) - first_target; }
};

/// kSliding: windows move on by `stride`, and every token of the text counts once, predicted from at least
/// length - stride tokens before it (fewer only at the start of the text). kHalves: the text is cut into pieces of
/// `length`, of which the second half counts; a shorter rest is left out. The latter is what llama.cpp's
/// llama-perplexity does, for comparison with its figures.
enum class WindowScheme { kSliding, kHalves };

struct WindowOptions {
  WindowScheme scheme = WindowScheme::kSliding;
  int64_t length = 512;
  int64_t stride = 256;                         ///< of kSliding, 1 to length - 1
  std::optional<int32_t> start = std::nullopt;  ///< token that stands before every text in training
  bool start_everywhere = false;                ///< before (or, in kHalves, in the place of) each window's first, too
};

/// Cuts a text. Errors: kInvalidArgument for a length below 2 (kHalves: 4), a bad stride, or a text that is too short.
std::vector<TextWindow> make_windows(std::span<const int32_t> ids, const WindowOptions& options);

}  // namespace vitrine::eval
