#include <fmt/format.h>

#include "base/config_field.h"
#include "base/error.h"
#include "tasks/task.h"

namespace vitrine::tasks {

const std::vector<Task>& tasks() {
  static const std::vector<Task> list{kArithmetic, kWorldQuestions, kWorldQuestionsSmall};
  return list;
}

const Task& find_task(std::string_view name) {
  std::vector<std::string> names;
  for (const Task& task : tasks()) {
    if (task.name == name) return task;
    names.emplace_back(task.name);
  }
  const std::string near = nearest_name(name, names);
  std::string known = "tasks:";
  for (const std::string& each : names) known += " " + each;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("eval: unknown task (got '{}')", name),
              near.empty() ? known : fmt::format("did you mean '{}'?", near));
}

}  // namespace vitrine::tasks
