// How the commands that hold conversations write a model's prompts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/option_spec.h"
#include "cli/command.h"
#include "data/template_format.h"
#include "model/model_folder.h"

namespace vitrine::cli {

/// The model's own chat template, or that of a file where `template_file` names one.
/// Errors: kUnsupported for a model without one; kIo, kInvalidArgument for a file that is none.
data::TemplateFormat chat_format(const model::LoadedModel& model, const std::string& template_file = {});
data::TemplateFormat chat_format(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& config,
                                 const std::vector<tokenizer::TokenId>& end_ids, const std::string& template_file);

/// Errors: kUnsupported where the template knows nothing of a variable that `asked_by` is for.
void require_mention(const data::TemplateFormat& format, std::string_view variable, std::string_view asked_by);

/// --chat-template, --tools, --thinking, --template-variable.
std::vector<OptionSpec> prompt_options();
/// What they ask for, with today's date. Errors: kUnsupported where the template knows nothing of what is asked for; as
/// data::check_template_variables().
data::PromptOptions prompt_settings(const ParsedOptions& options, const data::TemplateFormat& format);

}  // namespace vitrine::cli
