// Perplexity of models on a text, as eval perplexity and model quantize report it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/console.h"
#include "eval/perplexity.h"
#include "model/model_folder.h"

namespace vitrine::cli {

/// Which windows of a text are measured.
struct TextMeasureOptions {
  eval::WindowScheme scheme = eval::WindowScheme::kSliding;
  int64_t length = 0;       ///< tokens of a window; 0: 512, or the model's context where that is shorter
  int64_t stride = 0;       ///< 0: half a window
  int64_t max_windows = 0;  ///< 0: the whole text
};

/// The windows of a text for a model, with what was chosen.
struct MeasuredText {
  std::vector<eval::TextWindow> windows;
  eval::WindowOptions options;
  int64_t num_tokens = 0;  ///< of the whole text
};

/// Encodes a text and cuts it. Errors: kInvalidArgument for windows that do not fit the context, and texts too short.
MeasuredText cut_text(const std::string& text, const model::LoadedModel& model, const TextMeasureOptions& options);

/// Errors: kMismatch, naming the first token that differs, unless both models have the same vocabulary.
void require_same_vocabulary(const model::LoadedModel& model, const model::LoadedModel& reference);

/// Scores a model, and its distance from `reference` (null: none), with progress. Errors: as eval::score_windows.
eval::TextScores measure_text(const model::LoadedModel& model, const model::LoadedModel* reference,
                              const autograd::Runtime& runtime, const MeasuredText& text, Console& console);

/// Adds perplexity and bits per byte, and the distance from the reference where there is one.
void add_scores(Report& report, const eval::TextScores& scores);

}  // namespace vitrine::cli
