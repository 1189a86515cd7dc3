#include "cli/help.h"

#include <fmt/format.h>

#include "base/config_field.h"
#include "cli/catalog.h"

namespace vitrine::cli {
namespace {

constexpr size_t kWidth = 100;

std::string value_name(const OptionSpec& spec) {
  if (!spec.value_name.empty()) return spec.value_name;
  if (spec.kind == OptionKind::kText) return "TEXT";
  return spec.kind == OptionKind::kInteger ? "N" : "X";
}

std::string left_column(const OptionSpec& spec) {
  if (spec.positional) return flag_text(spec) + (spec.repeated ? " …" : "");
  std::string text = spec.short_flag.empty() ? "    " : fmt::format("-{}, ", spec.short_flag);
  text += flag_text(spec);
  if (spec.kind == OptionKind::kFlag) return text;
  return text + (spec.optional_value ? fmt::format(" [{}]", value_name(spec)) : " " + value_name(spec));
}

std::string range_text(const OptionSpec& spec) {
  if (!spec.choices.empty()) return fmt::format("one of {}", fmt::join(spec.choices, ", "));
  if (spec.kind != OptionKind::kInteger && spec.kind != OptionKind::kReal) return "";
  const bool has_min = spec.min > -1e300, has_max = spec.max < 1e300;
  if (has_min && has_max) return fmt::format("{} to {}", bound_text(spec.min), bound_text(spec.max));
  if (has_min) return "at least " + bound_text(spec.min);
  return has_max ? "at most " + bound_text(spec.max) : "";
}

std::string right_column(const OptionSpec& spec) {
  std::string facts = range_text(spec);
  const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : "; ") + fact; };
  if (!spec.fallback.empty()) add("default " + spec.fallback);
  if (spec.required) add("required");
  if (spec.repeated) add("may be repeated");
  return facts.empty() ? spec.help : fmt::format("{} ({})", spec.help, facts);
}

/// Counts characters, not bytes: what a terminal shows as columns.
size_t columns(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string wrapped_line(const std::string& text, size_t indent) {
  std::string out, line;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && indent + columns(line) + 1 + columns(word) > kWidth) {
      out += line + "\n" + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return out + line;
}

/// Lines of the text stay lines; those that are too long are broken between words.
std::string wrapped(const std::string& text, size_t indent) {
  std::string out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out += (begin > 0 ? "\n" + std::string(indent, ' ') : "") + wrapped_line(text.substr(begin, end - begin), indent);
    begin = end + 1;
  }
  return out;
}

std::string options_text(const std::vector<OptionSpec>& specs, bool positional) {
  constexpr size_t kColumn = 30;
  std::string out;
  for (const OptionSpec& spec : specs) {
    if (spec.positional != positional) continue;
    const std::string left = left_column(spec);
    const size_t gap = columns(left) + 4 > kColumn ? 2 : kColumn - columns(left) - 2;
    out += fmt::format("  {}{}{}\n", left, std::string(gap, ' '), wrapped(right_column(spec), kColumn));
  }
  return out;
}

}  // namespace

std::string version_text() { return "vitrine " VITRINE_VERSION "\n"; }

std::string overview_text(const std::string& prefix) {
  std::string out = "vitrine: train a small GPT from raw text, talk to it, and see inside it\n\nusage: vitrine ";
  out += (prefix.empty() ? "COMMAND" : prefix + " COMMAND") + std::string(" [options]\n");
  for (const CommandGroup& group : catalog()) {
    std::string lines;
    for (const Command& command : group.commands)
      if (prefix.empty() || command.name.rfind(prefix + " ", 0) == 0)
        lines += fmt::format("  {:<20}{}\n", command.name, command.summary);
    if (!lines.empty()) out += fmt::format("\n{}\n{}", group.heading, lines);
  }
  out += "\nOptions of every command\n" + options_text(global_options(), false);
  return out + "\nvitrine COMMAND --help explains a command, with an example; vitrine --version says which this is.\n";
}

std::string command_help_text(const Command& command) {
  std::string out = fmt::format("{}\n\nusage: vitrine {} [options]", command.summary, command.name);
  for (const OptionSpec& spec : command.options)
    if (spec.positional) out += spec.required ? " " + left_column(spec) : fmt::format(" [{}]", left_column(spec));
  out += "\n";
  if (const std::string text = options_text(command.options, true); !text.empty()) out += "\nArguments\n" + text;
  if (const std::string text = options_text(command.options, false); !text.empty()) out += "\nOptions\n" + text;
  out += "\nOptions of every command\n" + options_text(global_options(), false);
  if (!command.notes.empty()) out += "\n" + wrapped(command.notes, 0) + "\n";
  out += command.examples.size() > 1 ? "\nExamples\n" : "\nExample\n";
  for (const std::string& example : command.examples) out += "  " + example + "\n";
  return out;
}

}  // namespace vitrine::cli
