#include "io/printable.h"

namespace vitrine::io {

std::string printable(std::string_view name) {
  constexpr size_t kMaxBytes = 100;
  std::string text(name.substr(0, kMaxBytes));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

}  // namespace vitrine::io
