// Questions about the synthetic world whose answer stands in the prompt.
#include <memory>

#include "data/synth/questions.h"
#include "tasks/task.h"

namespace vitrine::tasks {
namespace {

TaskExample example(data::Level level, uint64_t seed, uint64_t index) {
  const auto question =
      std::make_shared<const data::HeldOutQuestion>(data::make_question({.seed = seed, .level = level}, index));
  return {.type = question->type,
          .prompt = question->prompt,
          .reference = question->reference,
          .grade = [question](std::string_view answer) { return question->is_right(answer) ? 1.0 : 0.0; }};
}

TaskExample small_example(uint64_t seed, uint64_t index) { return example(data::Level::kSmall, seed, index); }
TaskExample full_example(uint64_t seed, uint64_t index) { return example(data::Level::kFull, seed, index); }

}  // namespace

const Task kWorldQuestionsSmall{"world_questions_small", "questions about a told situation, small world",
                                small_example};
const Task kWorldQuestions{"world_questions", "questions about a told situation, full world", full_example};

}  // namespace vitrine::tasks
