// What routes work with.
#pragma once

#include <string>
#include <vector>

#include "infer/model_defaults.h"
#include "serve/http/server.h"
#include "serve/key_limits.h"
#include "serve/metrics.h"
#include "serve/model_hub.h"
#include "serve/task_thread.h"
#include "store/store.h"

namespace vitrine::serve {

class Answers;

struct Services {
  ModelHub& hub;
  store::Store& store;
  Answers& answers;
  KeyLimits& limits;
  TaskThread& tasks;  ///< for what waits for the disk
  Metrics& metrics;
  const Server& server;
  infer::SamplingSettings sampling;  ///< what neither a request sets nor the model's files say
  std::vector<std::string> chosen_sampling;
  bool needs_key = false;
  std::string version;
  size_t max_body_bytes = 0;

  /// What a request to a model does not set.
  infer::SamplingSettings sampling_of(const model::SamplingDefaults& of_model) const {
    return infer::with_model_defaults(sampling, of_model, chosen_sampling);
  }
  infer::SamplingSettings sampling_of(const ServedModel& model) const { return sampling_of(model.sampling_defaults()); }
};

}  // namespace vitrine::serve
