// What a run has to remember between its updates beside weights and moments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/config_field.h"

namespace vitrine::train {

/// Saved as state.json of each checkpoint. No clock times: a rerun must give the same bytes.
struct RunState {
  int64_t step = 0;              ///< updates done or skipped
  int64_t optimizer_steps = 0;   ///< updates done
  int64_t next_row = 0;          ///< of the packed training rows
  int64_t bad_steps_in_row = 0;  ///< non-finite updates up to now
  int64_t rollbacks = 0;
  int64_t best_step = -1;
  double best_bits_per_byte = 0;

  ConfigFields fields();
  std::string to_json() { return fields_to_json(fields()); }
  static RunState from_json(std::string_view json);
};

}  // namespace vitrine::train
