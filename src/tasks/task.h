// A task: examples with a grade, for tuning, evaluation and reinforcement learning alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/conversation.h"

namespace vitrine::tasks {

/// One thing to be answered.
struct TaskExample {
  std::string type;                                      ///< for the break-down of results
  std::vector<data::Message> prompt;                     ///< ends with the user's turn
  std::string reference;                                 ///< a right answer
  std::function<double(std::string_view answer)> grade;  ///< 0 wrong … 1 right. Threads: safe
};

/// One entry of the catalog. Adding a task: one file that defines it and one line in catalog.cc.
struct Task {
  std::string_view name;
  std::string_view help;
  /// Example `index`, a pure function of seed and index; held out from all training data of the project.
  TaskExample (*make_example)(uint64_t seed, uint64_t index);
};

const std::vector<Task>& tasks();

/// Errors: kInvalidArgument with the nearest name.
const Task& find_task(std::string_view name);

extern const Task kWorldQuestionsSmall;
extern const Task kWorldQuestions;
extern const Task kArithmetic;

}  // namespace vitrine::tasks
