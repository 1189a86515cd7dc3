// JSON that was cut off, as an object: what a client makes of the same text in a stream.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::serve {

/// The object of which `text` is the beginning, as far as its members are whole: what is open is closed, and a key
/// without its value or a text without its end is left out. "{}" where nothing is whole.
std::string closed_object(std::string_view text);

}  // namespace vitrine::serve
