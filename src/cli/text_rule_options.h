// The options that say what a model's text has to be: --json-schema, --regex, --grammar.
#pragma once

#include <optional>
#include <vector>

#include "cli/command.h"
#include "infer/token_constraint.h"
#include "model/model_folder.h"
#include "schema/grammar.h"

namespace vitrine::cli {

std::vector<OptionSpec> text_rule_options();

/// Compiles what the options ask for; nothing where they ask for nothing. Needs no model.
/// Errors: UsageError for options that exclude one another; kNotFound, kIo; as schema/grammar.h.
std::optional<schema::Grammar> text_grammar(const ParsedOptions& options);

/// What they ask for in the tokens of a model.
infer::TextRule text_rule(const ParsedOptions& options, const schema::Grammar& grammar,
                          const model::LoadedModel& model);

}  // namespace vitrine::cli
