#include "eval/text_windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::eval {
namespace {

TextWindow window_of(std::span<const int32_t> ids, std::optional<int32_t> before, int64_t first_target) {
  TextWindow window{.first_target = first_target + (before ? 1 : 0)};
  if (before) window.ids.push_back(*before);
  window.ids.insert(window.ids.end(), ids.begin(), ids.end());
  return window;
}

std::vector<TextWindow> sliding_windows(std::span<const int32_t> ids, const WindowOptions& options) {
  const auto total = static_cast<int64_t>(ids.size());
  std::vector<TextWindow> windows;
  // Without a token before it, the first of the text has nothing to be predicted from.
  int64_t scored = options.start ? 0 : 1;
  for (int64_t end = std::min(total, options.length - (options.start ? 1 : 0)); scored < total;
       end = std::min(total, end + options.stride)) {
    const int64_t room = options.length - (options.start && options.start_everywhere ? 1 : 0);
    const int64_t begin = std::max<int64_t>(0, end - room);
    const auto part = ids.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    const bool has_room = begin == 0 && end < options.length;
    const bool has_start = options.start && (has_room || options.start_everywhere);
    if (scored < end) windows.push_back(window_of(part, has_start ? options.start : std::nullopt, scored - begin));
    scored = std::max(scored, end);
  }
  return windows;
}

std::vector<TextWindow> half_windows(std::span<const int32_t> ids, const WindowOptions& options) {
  std::vector<int32_t> whole;
  if (options.start && options.start_everywhere) whole.push_back(*options.start);
  whole.insert(whole.end(), ids.begin(), ids.end());
  std::vector<TextWindow> windows;
  for (auto rest = std::span<const int32_t>(whole); static_cast<int64_t>(rest.size()) >= options.length;
       rest = rest.subspan(static_cast<size_t>(options.length))) {
    const auto part = rest.first(static_cast<size_t>(options.length));
    windows.push_back(window_of(part, std::nullopt, options.length / 2 + 1));
    if (options.start && options.start_everywhere) windows.back().ids.front() = *options.start;
  }
  return windows;
}

}  // namespace

std::vector<TextWindow> make_windows(std::span<const int32_t> ids, const WindowOptions& options) {
  const bool is_sliding = options.scheme == WindowScheme::kSliding;
  if (options.length < (is_sliding ? 2 : 4))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("windows of text: too short (got {} tokens, expected at least {})", options.length,
                            is_sliding ? 2 : 4),
                "512 are usual");
  if (is_sliding && (options.stride < 1 || options.stride >= options.length))
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("windows of text: bad stride (got {}, expected 1 to {})", options.stride, options.length - 1),
        "a stride of half the window is usual");
  std::vector<TextWindow> windows = is_sliding ? sliding_windows(ids, options) : half_windows(ids, options);
  if (windows.empty())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("windows of text: the text is too short (got {} tokens, expected at least {})", ids.size(),
                            is_sliding ? 2 : options.length),
                "give a longer text, or shorter windows");
  return windows;
}

}  // namespace vitrine::eval
