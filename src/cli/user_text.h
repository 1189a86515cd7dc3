// Text that a user hands to a command: UTF-8, or an error. Vocabularies lack some bytes, which would be lost without a
// word.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vitrine::cli {

/// Errors: kCorruptData naming where the text is `from` and the first byte that is part of no character.
void require_utf8(std::string_view text, std::string_view from);

/// A file as one text. Errors: as read_file and require_utf8.
std::string read_text_file(const std::filesystem::path& path);

/// The text itself, or all of standard input for "-". Errors: kIo; as require_utf8.
std::string text_or_standard_input(const std::string& text);

}  // namespace vitrine::cli
