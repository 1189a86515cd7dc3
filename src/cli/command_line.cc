// The only file that includes CLI11, which takes seconds to compile.
#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/config_field.h"
#include "cli/catalog.h"

namespace vitrine::cli {
namespace {

bool is_help(const std::string& word) { return word == "--help" || word == "-h"; }

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const CommandGroup& group : catalog())
    for (const Command& command : group.commands) names.push_back(command.name);
  return names;
}

const Command* find_command(const std::string& name) {
  for (const CommandGroup& group : catalog())
    for (const Command& command : group.commands)
      if (command.name == name) return &command;
  return nullptr;
}

/// Commands that begin with this word: those of `vitrine train …`.
std::vector<std::string> commands_under(const std::string& word) {
  std::vector<std::string> names;
  for (const std::string& name : command_names())
    if (name.rfind(word + " ", 0) == 0) names.push_back(name.substr(word.size() + 1));
  return names;
}

std::string nearest_hint(const std::string& near, const std::string& otherwise) {
  return near.empty() ? otherwise : fmt::format("did you mean '{}'?", near);
}

[[noreturn]] void refuse_command(const std::string& first, const std::string& second) {
  const std::vector<std::string> members = commands_under(first);
  if (!members.empty()) {
    const std::string choices = fmt::format("'vitrine {}' needs one of: {}", first, fmt::join(members, ", "));
    if (second.empty()) throw UsageError(choices, fmt::format("vitrine {} --help explains them", first));
    const std::string near = nearest_name(second, members);
    throw UsageError(fmt::format("unknown command '{} {}'", first, second),
                     nearest_hint(near.empty() ? "" : fmt::format("vitrine {} {}", first, near), choices));
  }
  std::vector<std::string> words = command_names();
  for (const std::string& name : command_names())
    if (const size_t space = name.find(' '); space != std::string::npos) words.push_back(name.substr(0, space));
  const std::string near = nearest_name(first, words);
  throw UsageError(fmt::format("unknown command '{}'", first),
                   nearest_hint(near.empty() ? "" : "vitrine " + near, "vitrine --help lists the commands"));
}

/// Number of words that a global option before the command takes, or 0.
size_t global_option_words(const std::string& word) {
  for (const OptionSpec& spec : global_options()) {
    const std::string flag = flag_text(spec);
    if (word == flag) return spec.kind == OptionKind::kFlag ? 1 : 2;
    if (word.rfind(flag + "=", 0) == 0) return 1;
  }
  return 0;
}

/// Every option of a command as the user may type it.
std::vector<std::string> known_flags(const Command& command) {
  std::vector<std::string> flags{"--help"};
  for (const std::vector<OptionSpec>* specs : {&command.options, &global_options()})
    for (const OptionSpec& spec : *specs)
      if (!spec.positional) flags.push_back(flag_text(spec));
  return flags;
}

[[noreturn]] void refuse_word(const Command& command, const std::string& word) {
  const std::string help = fmt::format("vitrine {} --help lists the options", command.name);
  if (word.size() < 2 || word[0] != '-')
    throw UsageError(fmt::format("{}: one argument too many (got '{}')", command.name, word),
                     "put quotes around a text of several words; " + help);
  const std::string name = word.substr(0, word.find('='));
  throw UsageError(fmt::format("{}: unknown option '{}'", command.name, name),
                   nearest_hint(nearest_name(name, known_flags(command)), help));
}

struct Slot {
  const OptionSpec* spec;
  CLI::Option* option;
};

Slot add_option(CLI::App& app, const OptionSpec& spec) {
  std::string name = flag_text(spec);
  if (spec.positional) name = spec.name;
  if (!spec.short_flag.empty()) name = fmt::format("-{},{}", spec.short_flag, name);
  CLI::Option* option = nullptr;
  if (spec.kind == OptionKind::kFlag) {
    option = app.add_flag(name);
  } else {
    option = app.add_option(name);
    option->expected(spec.optional_value ? 0 : 1,
                     spec.repeated && spec.positional ? CLI::detail::expected_max_vector_size : 1);
    if (spec.repeated && spec.positional) option->allow_extra_args();
    if (spec.repeated)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    else if (!spec.positional)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  return {&spec, option};
}

}  // namespace

Invocation resolve_command(const std::vector<std::string>& words) {
  std::vector<std::string> leading;
  size_t at = 0;
  while (at < words.size() && words[at].size() > 1 && words[at][0] == '-') {
    if (is_help(words[at])) return {.kind = Invocation::Kind::kHelp};
    if (words[at] == "--version") return {.kind = Invocation::Kind::kVersion};
    const size_t taken = global_option_words(words[at]);
    if (taken == 0)
      throw UsageError(fmt::format("unknown option '{}' before a command", words[at]), "vitrine --help shows the form");
    for (size_t i = 0; i < taken && at < words.size(); ++i) leading.push_back(words[at++]);
  }
  if (at == words.size()) throw UsageError("no command given", "vitrine --help lists the commands");
  const std::string first = words[at++];
  const std::string second = at < words.size() ? words[at] : "";
  const Command* command = find_command(first + " " + second);  // `eval perplexity`, though `eval` takes arguments too
  if (command != nullptr) {
    ++at;
  } else {
    command = find_command(first);
    if (command == nullptr && !commands_under(first).empty() && is_help(second))
      return {.kind = Invocation::Kind::kHelp, .prefix = first};
  }
  if (command == nullptr) refuse_command(first, second.rfind("-", 0) == 0 ? "" : second);
  std::vector<std::string> arguments = leading;
  arguments.insert(arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (std::any_of(arguments.begin(), end, is_help)) return {.kind = Invocation::Kind::kHelp, .command = command};
  return {.kind = Invocation::Kind::kRun, .command = command, .arguments = std::move(arguments)};
}

ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<Slot> slots;
  for (const OptionSpec& spec : command.options) slots.push_back(add_option(app, spec));
  for (const OptionSpec& spec : global_options()) slots.push_back(add_option(app, spec));
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    throw UsageError(fmt::format("{}: {}", command.name, error.what()),
                     fmt::format("vitrine {} --help lists the options", command.name));
  }
  std::vector<std::string> surplus = app.remaining();
  std::erase(surplus, "--");
  if (!surplus.empty()) refuse_word(command, surplus.front());
  std::vector<OptionSpec> specs = command.options;
  specs.insert(specs.end(), global_options().begin(), global_options().end());
  ParsedOptions parsed(command.name, specs);
  for (const Slot& slot : slots) {
    if (slot.option->count() > 0) {
      std::vector<std::string> values = slot.option->results();
      // CLI11 writes an option without its optional value as "{}" or as nothing.
      if (slot.spec->optional_value) std::erase(values, "{}");
      parsed.set(*slot.spec, std::move(values));
    } else if (slot.spec->required) {
      throw UsageError(fmt::format("{}: {} is missing ({})", command.name, flag_text(*slot.spec), slot.spec->help),
                       command.examples.empty() ? "" : "for example: " + command.examples.front());
    }
  }
  return parsed;
}

}  // namespace vitrine::cli
