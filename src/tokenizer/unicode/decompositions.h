// Generated texts of one pinned Unicode version, read once by normalization.cc. Entries end in |, numbers are
// hexadecimal.
#pragma once

#include <string_view>

namespace vitrine::tokenizer {

std::string_view canonical_decompositions();      ///< code point, its full canonical decomposition
std::string_view compatibility_decompositions();  ///< the full decomposition of those where it differs
std::string_view composition_pairs();             ///< first, second, what they compose to
std::string_view combining_classes();             ///< first and last code point of a run, its class

}  // namespace vitrine::tokenizer
