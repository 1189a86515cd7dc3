// JSON files that carry a checksum of themselves, so that any flipped bit or cut is noticed.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::io {

/// Returns the text of a JSON object with one more field as its last line: the checksum of every byte before it.
/// `object_text` is an object with at least one field that ends in "\n}".
std::string seal_json(std::string_view object_text);

/// Throws unless `text` is what seal_json() returned, and nested no deeper than `max_depth`. The message starts with
/// `what`. Errors: kCorruptData.
void check_seal(std::string_view text, std::string_view what, int max_depth);

}  // namespace vitrine::io
