// What routes work with.
#pragma once

#include <string>

#include "infer/sampling_settings.h"
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
  infer::SamplingSettings sampling;  ///< what a request does not set
  bool needs_key = false;
  std::string version;
  size_t max_body_bytes = 0;
};

}  // namespace vitrine::serve
