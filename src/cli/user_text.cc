#include "cli/user_text.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "tokenizer/utf8.h"

namespace vitrine::cli {

void require_utf8(std::string_view text, std::string_view from) {
  const size_t at = tokenizer::find_invalid_utf8(text);
  if (at == std::string_view::npos) return;
  throw Error(
      ErrorCode::kCorruptData,
      fmt::format("read {}: invalid UTF-8 at byte {} (got 0x{:02x})", from, at, static_cast<unsigned char>(text[at])),
      "give text in UTF-8; `iconv -f latin1 -t utf-8` converts, for example");
}

std::string read_text_file(const std::filesystem::path& path) {
  std::string text = read_file(path);
  require_utf8(text, fmt::format("'{}'", path.string()));
  return text;
}

std::string text_or_standard_input(const std::string& text) {
  std::string all = text;
  if (text == "-") {
    all.clear();
    char block[1 << 16];
    while (const size_t count = std::fread(block, 1, sizeof block, stdin)) all.append(block, count);
    if (std::ferror(stdin) != 0)
      throw Error(ErrorCode::kIo, fmt::format("read standard input: {}", std::strerror(errno)));
  }
  require_utf8(all, text == "-" ? "standard input" : "the text that was given");
  return all;
}

}  // namespace vitrine::cli
