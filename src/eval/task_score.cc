#include "eval/task_score.h"

namespace vitrine::eval {

TaskScore score_task(const tasks::Task& task, dialog::Chat& chat, uint64_t seed, int64_t num_examples,
                     const std::function<void(int64_t done)>& on_progress) {
  TaskScore score;
  for (int64_t i = 0; i < num_examples; ++i) {
    const tasks::TaskExample example = task.make_example(seed, static_cast<uint64_t>(i));
    const bool fits = chat.fits(example.prompt);
    const std::string answer = fits ? chat.answer(example.prompt).text : "";
    const double grade = fits ? example.grade(answer) : 0;
    score.num_too_long += !fits;
    score.grade_sum += grade;
    ++score.num_examples;
    auto& [sum, count] = score.by_type[example.type];
    sum += grade;
    ++count;
    score.answers.push_back({example.type, example.prompt.back().text(), answer, example.reference, grade});
    if (on_progress) on_progress(i + 1);
  }
  return score;
}

}  // namespace vitrine::eval
