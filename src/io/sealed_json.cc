#include "io/sealed_json.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "io/json_depth.h"

namespace vitrine::io {
namespace {

std::string seal_line(std::string_view body) {
  return fmt::format("  \"seal_xxh3_128\": \"{}\"\n}}\n", checksum_hex(std::as_bytes(std::span(body))));
}

}  // namespace

std::string seal_json(std::string_view object_text) {
  VITRINE_CHECK(object_text.ends_with("\n}"), "only an object of several lines can be sealed");
  std::string body(object_text.substr(0, object_text.size() - 2));
  body += ",\n";
  return body + seal_line(body);
}

void check_seal(std::string_view text, std::string_view what, int max_depth) {
  const size_t tail_bytes = seal_line("").size();
  if (text.size() <= tail_bytes)
    throw Error(ErrorCode::kCorruptData, fmt::format("{} is cut short (got {} bytes)", what, text.size()));
  const std::string_view body = text.substr(0, text.size() - tail_bytes);
  if (text.substr(body.size()) != seal_line(body))
    throw Error(ErrorCode::kCorruptData, fmt::format("{} does not match its own checksum", what));
  if (json_nesting_depth(text) > max_depth)
    throw Error(ErrorCode::kCorruptData, fmt::format("{} is nested too deep", what));
}

}  // namespace vitrine::io
