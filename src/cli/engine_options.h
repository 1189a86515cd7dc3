// Options of how text is computed: the cache's type, and speculation.
#pragma once

#include <optional>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "infer/engine.h"
#include "model/model_folder.h"

namespace vitrine::cli {

/// What engine_options() turn into. Holds the draft model that `options` points to.
struct EngineChoice {
  infer::EngineOptions options;
  infer::Speculation speculation = infer::Speculation::kNone;
  int64_t adapter = 0;
  std::optional<model::LoadedModel> draft;
};

std::vector<OptionSpec> engine_options();

/// Loads the draft model, where one is named. Errors: UsageError for speculation by a draft model without one;
/// kMismatch where its tokenizer is another.
EngineChoice engine_choice(const ParsedOptions& options, const model::LoadedModel& model,
                           const autograd::Runtime& runtime, Console& console);

}  // namespace vitrine::cli
