#include "train/run_state.h"

namespace vitrine::train {

ConfigFields RunState::fields() {
  constexpr double kMany = 9e15;
  return {{"step", &step, "updates done or skipped", 0, kMany},
          {"optimizer_steps", &optimizer_steps, "updates done", 0, kMany},
          {"next_row", &next_row, "next row of the training data", 0, kMany},
          {"bad_steps_in_row", &bad_steps_in_row, "non-finite updates up to now", 0, kMany},
          {"rollbacks", &rollbacks, "times that the run went back", 0, kMany},
          {"best_step", &best_step, "update with the best held-out text so far, -1: none", -1, kMany},
          {"best_bits_per_byte", &best_bits_per_byte, "its bits per byte", 0, kMany}};
}

RunState RunState::from_json(std::string_view json) {
  RunState state;
  ConfigFields fields = state.fields();
  fields_from_json(fields, json, "state.json");
  return state;
}

}  // namespace vitrine::train
