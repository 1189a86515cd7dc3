#include "infer/sequence_breakers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::infer {

std::vector<std::string> split_texts(const std::string& text, std::string_view setting) {
  std::vector<std::string> items(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      items.emplace_back();
    } else if (text[i] != '\\') {
      items.back() += text[i];
    } else {
      const char escaped = i + 1 < text.size() ? text[++i] : '\0';
      if (escaped != 'n' && escaped != 't' && escaped != '\\' && escaped != ',')
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: unknown escape in '{}' (expected \\n, \\t, \\\\ or \\,)", setting, excerpt(text)),
                    "write a backslash as \\\\");
      items.back() += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
    }
  }
  std::erase_if(items, [](const std::string& item) { return item.empty(); });
  return items;
}

void resolve_sequence_breakers(SamplingSettings& settings, const tokenizer::Tokenizer& tokenizer) {
  if (settings.dry_multiplier == 0) return;
  settings.dry_breaker_ids.clear();
  for (const std::string& text : split_texts(settings.dry_sequence_breakers, "dry_sequence_breakers")) {
    const std::vector<int32_t> ids = tokenizer.encode("a" + text);
    if (!ids.empty()) settings.dry_breaker_ids.push_back(ids.back());
  }
}

}  // namespace vitrine::infer
