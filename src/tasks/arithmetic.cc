// Sums of whole numbers, to be answered with the calculator or without.
#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "core/rng.h"
#include "data/synth/sums.h"
#include "tasks/task.h"

namespace vitrine::tasks {
namespace {

constexpr uint32_t kArithmeticStream = 0xa417;

/// True when the last number in the answer is the wanted one.
double grade_number(std::string_view answer, int64_t wanted) {
  size_t end = answer.size();
  while (end > 0 && !std::isdigit(static_cast<unsigned char>(answer[end - 1]))) --end;
  size_t begin = end;
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(answer[begin - 1]))) --begin;
  const bool negative = begin > 0 && answer[begin - 1] == '-';
  const std::string text = (negative ? "-" : "") + std::string(answer.substr(begin, end - begin));
  return text == std::to_string(wanted) ? 1.0 : 0.0;
}

TaskExample make(uint64_t seed, uint64_t index) {
  Rng rng(seed, kArithmeticStream, static_cast<uint32_t>(index));
  int64_t a = 0, b = 0;
  char operation = 0;
  do {
    operation = "+-*"[rng.next_below(3)];
    a = static_cast<int64_t>(rng.next_below(90)) + 10;
    b = static_cast<int64_t>(rng.next_below(operation == '*' ? 9 : 99)) + 1;
    if (operation == '-' && a < b) std::swap(a, b);
  } while (data::split_of_sum(a, operation, b) != data::Split::kHeldOut);
  const int64_t result = operation == '+' ? a + b : operation == '-' ? a - b : a * b;
  return {.type = std::string(1, operation),
          .prompt = {data::text_message(data::Role::kUser, fmt::format("What is {} {} {}?", a, operation, b))},
          .reference = std::to_string(result),
          .grade = [result](std::string_view answer) { return grade_number(answer, result); }};
}

}  // namespace

const Task kArithmetic{
    "arithmetic", "sums of whole numbers that no training text holds, with the calculator where the model calls it",
    make};

}  // namespace vitrine::tasks
