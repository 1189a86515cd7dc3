#include "cli/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/command_line.h"
#include "cli/help.h"

namespace vitrine::cli {
namespace {

std::vector<const Command*> all_commands() {
  std::vector<const Command*> commands;
  for (const CommandGroup& group : catalog())
    for (const Command& command : group.commands) commands.push_back(&command);
  return commands;
}

TEST(CommandCatalog, EveryCommandDescribesItself) {
  std::set<std::string> names;
  for (const Command* command : all_commands()) {
    EXPECT_TRUE(names.insert(command->name).second) << command->name << " is there twice";
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    ASSERT_FALSE(command->examples.empty()) << command->name;
    for (const std::string& example : command->examples)
      EXPECT_NE(example.find("vitrine " + command->name), std::string::npos) << example;
  }
}

TEST(CommandCatalog, OptionsHaveHelpAndNamesOfTheirOwn) {
  for (const Command* command : all_commands()) {
    std::set<std::string> names, letters;
    for (const std::vector<OptionSpec>* specs : {&command->options, &global_options()}) {
      for (const OptionSpec& spec : *specs) {
        EXPECT_TRUE(names.insert(spec.name).second) << command->name << " has two options " << spec.name;
        EXPECT_FALSE(spec.help.empty()) << command->name << " " << spec.name;
        EXPECT_TRUE(spec.short_flag.empty() || letters.insert(spec.short_flag).second) << command->name;
        EXPECT_FALSE(spec.required && !spec.fallback.empty()) << command->name << " " << spec.name;
      }
    }
  }
}

TEST(CommandCatalog, DefaultsAreLegalValues) {
  for (const Command* command : all_commands()) {
    ParsedOptions parsed(command->name, command->options);
    for (const OptionSpec& spec : command->options) {
      if (spec.fallback.empty() || spec.kind == OptionKind::kFlag) continue;
      EXPECT_NO_THROW(parsed.set(spec, {spec.fallback})) << command->name << " " << spec.name;
    }
  }
}

TEST(CommandCatalog, HelpNamesEveryOption) {
  for (const Command* command : all_commands()) {
    const std::string help = command_help_text(*command);
    for (const OptionSpec& spec : command->options)
      EXPECT_NE(help.find(flag_text(spec)), std::string::npos) << command->name << " " << spec.name;
  }
  for (const Command* command : all_commands())
    EXPECT_NE(overview_text().find(command->summary), std::string::npos) << command->name;
}

}  // namespace
}  // namespace vitrine::cli
