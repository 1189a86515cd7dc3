// A model's grade on a task, answered as a chat.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dialog/chat.h"
#include "tasks/task.h"

namespace vitrine::eval {

struct GradedAnswer {
  std::string type, question, answer, reference;
  double grade = 0;
};

struct TaskScore {
  double grade_sum = 0;
  int64_t num_examples = 0;
  int64_t num_too_long = 0;  ///< examples that do not fit the model's context: not asked, and wrong
  std::map<std::string, std::pair<double, int64_t>> by_type;  ///< grade sum and count
  std::vector<GradedAnswer> answers;

  double share() const { return num_examples > 0 ? grade_sum / static_cast<double>(num_examples) : 0; }
};

/// Asks examples [0, num_examples), each in a conversation of its own and whole: no turn of it is dropped.
TaskScore score_task(const tasks::Task& task, dialog::Chat& chat, uint64_t seed, int64_t num_examples,
                     const std::function<void(int64_t done)>& on_progress = {});

}  // namespace vitrine::eval
