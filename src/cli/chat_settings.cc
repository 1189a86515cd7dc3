#include "cli/chat_settings.h"

#include <fmt/format.h>

#include <ctime>

#include "base/error.h"
#include "base/files.h"
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
  return data::TemplateFormat(tokenizer,
                              {.chat_template = template_file.empty() ? config.chat_template : read_file(template_file),
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
       .choices = {"auto", "on", "off"}}};
}

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
  return settings;
}

}  // namespace vitrine::cli
