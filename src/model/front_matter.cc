#include "model/front_matter.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/ascii_case.h"
#include "base/error.h"
#include "tokenizer/utf8.h"

namespace vitrine::model {
namespace {

using Texts = std::vector<std::string>;

constexpr size_t kMostLines = 2000, kMostItems = 64, kMostBytes = 500;
constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The lines between the dashes; nothing without both of them.
std::optional<std::vector<std::string_view>> head_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kMostLines) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_dashes = trimmed(line) == "---" && line.starts_with("---");
    if (lines.empty() && !is_dashes) return std::nullopt;
    if (!lines.empty() && is_dashes) return std::vector(lines.begin() + 1, lines.end());
    lines.push_back(line);
  }
  return std::nullopt;
}

/// Without a comment, which begins behind a blank.
std::string_view without_comment(std::string_view text) {
  for (size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1))
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t') return trimmed(text.substr(0, at));
  return text;
}

/// Where the quoted text ends that begins with `text`, or npos.
size_t quoted_size(std::string_view text) {
  const char quote = text[0];
  for (size_t at = 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 == text.size() || text[at + 1] != '\'') return at + 1;
      ++at;
    }
  }
  return std::string_view::npos;
}

std::optional<std::string> unquoted(std::string_view quoted) {
  std::string text;
  if (quoted[0] == '"') {
    const nlohmann::json json = nlohmann::json::parse(quoted, nullptr, false);
    if (!json.is_string()) return std::nullopt;
    text = json.get<std::string>();
  } else {
    for (size_t at = 1; at + 1 < quoted.size(); ++at) {
      text += quoted[at];
      at += quoted[at] == '\'';
    }
  }
  return is_front_matter_text(text) ? std::optional(text) : std::nullopt;
}

/// A text that stands alone on a line or behind a dash.
std::optional<std::string> read_text(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  if (text[0] == '"' || text[0] == '\'') {
    const size_t size = quoted_size(text);
    if (size == std::string_view::npos || !without_comment(trimmed(text.substr(size))).empty()) return std::nullopt;
    return unquoted(text.substr(0, size));
  }
  text = without_comment(text);
  for (const std::string_view nothing : {"~", "null", "Null", "NULL"})
    if (text == nothing) return std::string();
  constexpr std::string_view kOtherForms = "|>{}[]&*!%@`,?";
  if (text.empty() || kOtherForms.find(text[0]) != std::string_view::npos ||
      text.find(": ") != std::string_view::npos || text.ends_with(':') || !is_front_matter_text(text))
    return std::nullopt;
  return std::string(text);
}

/// "[a, 'b']" on one line.
std::optional<Texts> read_bracketed(std::string_view text) {
  Texts texts;
  text.remove_prefix(1);
  for (;;) {
    text = trimmed(text);
    if (text.starts_with(']'))
      return without_comment(trimmed(text.substr(1))).empty() ? std::optional(texts) : std::nullopt;
    if (text.empty() || texts.size() == kMostItems) return std::nullopt;
    const bool is_quoted = text[0] == '"' || text[0] == '\'';
    const size_t size = is_quoted ? quoted_size(text) : text.find_first_of(",]");
    if (size == std::string_view::npos) return std::nullopt;
    auto item = read_text(text.substr(0, size));
    if (!item) return std::nullopt;
    texts.push_back(std::move(*item));
    text = trimmed(text.substr(size));
    if (text.starts_with(','))
      text.remove_prefix(1);
    else if (!text.starts_with(']'))
      return std::nullopt;
  }
}

/// The value of a key: what stands behind its colon, and the lines below that belong to it.
std::optional<Texts> read_value(std::string_view same_line, std::span<const std::string_view> below) {
  same_line = trimmed(same_line);
  if (without_comment(same_line).empty()) {
    Texts texts;
    for (const std::string_view line : below) {
      const std::string_view item = trimmed(line);
      if (item.empty() || item[0] == '#') continue;
      auto text = item.starts_with("- ") ? read_text(item.substr(2)) : std::nullopt;
      if (!text || texts.size() == kMostItems) return std::nullopt;
      texts.push_back(std::move(*text));
    }
    return texts;
  }
  if (std::ranges::any_of(below,
                          [](std::string_view line) { return !trimmed(line).empty() && trimmed(line)[0] != '#'; }))
    return std::nullopt;  // a text of several lines
  if (same_line[0] == '[') return read_bracketed(same_line);
  auto text = read_text(same_line);
  return text ? std::optional(Texts{std::move(*text)}) : std::nullopt;
}

std::string_view without_quotes(std::string_view key) {
  const bool is_quoted = key.size() > 1 && (key[0] == '"' || key[0] == '\'') && key.back() == key[0];
  return is_quoted ? key.substr(1, key.size() - 2) : key;
}

bool belongs_to_key_above(std::string_view line) {
  return line.empty() || line[0] == ' ' || line[0] == '\t' || line[0] == '-' || line[0] == '#' || line[0] == '\r';
}

}  // namespace

bool is_front_matter_text(std::string_view text) {
  return text.size() <= kMostBytes && tokenizer::is_valid_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

FrontMatter read_front_matter(std::string_view markdown, std::span<const std::string_view> keys) {
  FrontMatter matter;
  if (markdown.starts_with("\xef\xbb\xbf")) markdown.remove_prefix(3);
  const auto lines = head_lines(markdown);
  if (!lines && (markdown.starts_with("---\n") || markdown.starts_with("---\r\n")))
    matter.losses.push_back(
        fmt::format("the head of README.md is left out: no '---' ends it, or it has more than {} lines", kMostLines));
  if (!lines) return matter;
  for (size_t i = 0; i < lines->size();) {
    const std::string_view line = (*lines)[i];
    size_t end = i + 1;
    while (end < lines->size() && belongs_to_key_above((*lines)[end])) ++end;
    const size_t colon = line.find(':');
    const std::string_view key = without_quotes(line.substr(0, colon));
    if (colon != std::string_view::npos && std::ranges::find(keys, key) != keys.end() && !matter.values.contains(key)) {
      auto value = read_value(line.substr(colon + 1), std::span(*lines).subspan(i + 1, end - i - 1));
      if (!value)
        matter.losses.push_back(
            fmt::format("'{}' of README.md is left out: it is neither a short text nor a list of such", key));
      else if (std::erase_if(*value, [](const std::string& text) { return text.empty(); }); !value->empty())
        matter.values.emplace(key, std::move(*value));
    }
    i = end;
  }
  return matter;
}

std::string front_matter_text(std::string_view text) {
  const auto is_safe = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '/' || c == '_';
  };
  const bool is_word = !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) &&
                       std::ranges::all_of(text, [&](char c) { return is_safe(c) || c == '-'; });
  // Words that YAML takes for something else, in capitals too; Norway's language is one.
  static constexpr std::string_view kOthers[] = {"no", "yes", "on", "off", "true", "false", "null", "y", "n"};
  if (is_word && std::ranges::find(kOthers, ascii_lower_case(text)) == std::end(kOthers)) return std::string(text);
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace vitrine::model
