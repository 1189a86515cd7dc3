#include "cli/chat_settings.h"

#include <fmt/format.h>

#include <ctime>

#include "base/error.h"
#include "cli/user_text.h"
#include "dialog/tool_descriptions.h"

namespace vitrine::cli {
namespace {

std::tm local_time() {
  const std::time_t seconds = std::time(nullptr);
  std::tm now{};
  localtime_r(&seconds, &now);
  return now;
}

}  // namespace

void require_mention(const data::TemplateFormat& format, std::string_view variable, std::string_view asked_by) {
  if (!format.mentions(variable))
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the model's chat template has no place for it", asked_by),
                fmt::format("leave {} out, or take a model whose template mentions '{}'", asked_by, variable));
}

data::TemplateFormat chat_format(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& config,
                                 const std::vector<tokenizer::TokenId>& end_ids, const std::string& template_file) {
  return data::TemplateFormat(
      tokenizer, {.chat_template = template_file.empty() ? config.chat_template : read_text_file(template_file),
                  .bos_token = config.bos_token,
                  .eos_token = config.eos_token,
                  .end_ids = end_ids});
}

data::TemplateFormat chat_format(const model::LoadedModel& model, const std::string& template_file) {
  return chat_format(model.tokenizer, model.tokenizer_config, model.end_ids, template_file);
}

std::vector<OptionSpec> prompt_options() {
  return {
      {.name = "chat_template", .help = "a Jinja file in place of the model's own chat template", .value_name = "FILE"},
      {.name = "tools",
       .kind = OptionKind::kFlag,
       .help = "tell the model of the tools; its calls are run (our own models know them without it)"},
      {.name = "thinking",
       .fallback = "auto",
       .help = "for models that think first: auto leaves it to the model",
       .choices = {"auto", "on", "off"}},
      {.name = "template_variable",
       .help = "a variable that the chat template asks for, with its value as JSON",
       .repeated = true,
       .value_name = "NAME=JSON"}};
}

namespace {

std::vector<data::TemplateVariable> template_variables(const ParsedOptions& options,
                                                       const data::TemplateFormat& format) {
  std::vector<data::TemplateVariable> variables;
  for (const std::string& text : options.texts("template_variable")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos)
      throw UsageError(fmt::format("--template-variable: no value (got '{}', expected NAME=JSON)", excerpt(text)),
                       "for example --template-variable python_tools='[\"search\"]'");
    variables.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  data::check_template_variables(variables);
  for (const data::TemplateVariable& variable : variables) {
    require_mention(format, variable.name, fmt::format("--template-variable {}", variable.name));
    if (variable.name == "enable_thinking" && options.text("thinking") != "auto")
      throw UsageError("--thinking and --template-variable enable_thinking exclude one another", "give one of them");
  }
  return variables;
}

}  // namespace

data::PromptOptions prompt_settings(const ParsedOptions& options, const data::TemplateFormat& format) {
  data::PromptOptions settings;
  settings.now = local_time();
  if (options.flag("tools")) {
    require_mention(format, "tools", "--tools");
    settings.tools_json = dialog::tool_descriptions_json();
  }
  if (const std::string thinking = options.text("thinking"); thinking != "auto") {
    require_mention(format, "enable_thinking", "--thinking");
    settings.enable_thinking = thinking == "on";
  }
  settings.variables = template_variables(options, format);
  return settings;
}

}  // namespace vitrine::cli
