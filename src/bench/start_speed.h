// How soon a process that was just started writes, and how much memory it holds then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "autograd/execution_context.h"
#include "core/dtype.h"
#include "model/model_folder.h"

namespace vitrine::bench {

/// Units: seconds since the process was started (as the system counts them, in hundredths); bytes.
struct StartFigures {
  int64_t prompt_tokens = 0;
  double begun_seconds = 0;        ///< when loading began
  double loaded_seconds = 0;       ///< when model and tokenizer were there
  double first_token_seconds = 0;  ///< when the first token behind the prompt was drawn
  int64_t file_bytes = 0;          ///< of the weights' files
  int64_t cache_bytes = 0;         ///< of keys and values, as far as their memory was taken
  int64_t resident_bytes = 0;      ///< of the process, behind the first token
  int64_t peak_resident_bytes = 0;
};

struct Start {
  model::LoadedModel model;
  StartFigures figures;
};

/// Loads a model, reads a prompt of random tokens and draws one. To be called first in a process. Errors: as of
/// model::load_model.
Start measure_start(const std::filesystem::path& path, const autograd::Runtime& runtime, int64_t prompt_tokens = 16,
                    std::optional<DType> cache_dtype = {});

}  // namespace vitrine::bench
