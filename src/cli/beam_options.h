// generate --beams: the most probable texts in place of one that is drawn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/engine_options.h"
#include "model/model_folder.h"

namespace vitrine::cli {

std::vector<OptionSpec> beam_options();

/// Whether beams are asked for. Needs no model. Errors: UsageError for options that mean nothing beside --beams, or
/// nothing without it.
bool wants_beams(const ParsedOptions& options);

/// Searches, and shows the texts with their log-probabilities, the best first. Ctrl-C ends the search with what it has.
/// Returns the exit status. Errors: as infer::beam_search.
int show_beams(const ParsedOptions& options, const model::LoadedModel& model, const autograd::Runtime& runtime,
               const EngineChoice& engine, std::span<const int32_t> prompt, Console& console);

}  // namespace vitrine::cli
