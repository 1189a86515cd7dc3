#include "data/synth/calculator.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "data/synth/lexicon.h"

namespace vitrine::data {
namespace {

[[noreturn]] void refuse(std::string_view expression) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("calculator: cannot evaluate (got '{}')", expression),
              "write two whole numbers with + - * or / between them");
}

bool read_number(std::string_view text, int64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string calculator_result(std::string_view expression) {
  const std::vector<std::string_view> tokens = split_tokens(expression);
  int64_t left = 0, right = 0, value = 0;
  if (tokens.size() != 3 || !read_number(tokens[0], left) || !read_number(tokens[2], right)) refuse(expression);
  bool is_overflow = false;
  if (tokens[1] == "+") {
    is_overflow = __builtin_add_overflow(left, right, &value);
  } else if (tokens[1] == "-") {
    is_overflow = __builtin_sub_overflow(left, right, &value);
  } else if (tokens[1] == "*") {
    is_overflow = __builtin_mul_overflow(left, right, &value);
  } else {
    refuse(expression);
  }
  if (is_overflow) refuse(expression);
  return std::to_string(value);
}

}  // namespace vitrine::data
