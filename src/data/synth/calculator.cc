#include "data/synth/calculator.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "data/synth/lexicon.h"

namespace vitrine::data {
namespace {

[[noreturn]] void refuse(std::string_view expression) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("calculator: cannot evaluate (got '{}')", expression),
              "write two whole numbers with + - * or / between them, or an amount, its unit, `to` and another unit");
}

bool read_number(std::string_view text, int64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

struct UnitSymbol {
  std::string_view symbol;
  char dimension;
  int64_t factor;  ///< in the smallest unit of its dimension
};

constexpr UnitSymbol kUnits[] = {{"mm", 'L', 1},   {"cm", 'L', 10},   {"m", 'L', 1000},      {"km", 'L', 1'000'000},
                                 {"g", 'M', 1},    {"kg", 'M', 1000}, {"t", 'M', 1'000'000}, {"ml", 'V', 1},
                                 {"l", 'V', 1000}, {"s", 'T', 1},     {"min", 'T', 60},      {"h", 'T', 3600},
                                 {"d", 'T', 86400}};

const UnitSymbol* find_unit(std::string_view symbol) {
  for (const UnitSymbol& unit : kUnits) {
    if (unit.symbol == symbol) return &unit;
  }
  return nullptr;
}

std::string convert(std::string_view expression, int64_t amount, std::string_view from, std::string_view to) {
  const UnitSymbol *source = find_unit(from), *target = find_unit(to);
  int64_t in_smallest = 0;
  if (source == nullptr || target == nullptr || source->dimension != target->dimension ||
      __builtin_mul_overflow(amount, source->factor, &in_smallest) || in_smallest % target->factor != 0) {
    refuse(expression);
  }
  return fmt::format("{} {}", in_smallest / target->factor, to);
}

}  // namespace

std::string calculator_result(std::string_view expression) {
  const std::vector<std::string_view> tokens = split_tokens(expression);
  int64_t left = 0, right = 0, value = 0;
  if (tokens.size() == 4 && tokens[2] == "to" && read_number(tokens[0], left)) {
    return convert(expression, left, tokens[1], tokens[3]);
  }
  if (tokens.size() != 3 || !read_number(tokens[0], left) || !read_number(tokens[2], right)) refuse(expression);
  bool is_refused = false;
  if (tokens[1] == "+") {
    is_refused = __builtin_add_overflow(left, right, &value);
  } else if (tokens[1] == "-") {
    is_refused = __builtin_sub_overflow(left, right, &value);
  } else if (tokens[1] == "*") {
    is_refused = __builtin_mul_overflow(left, right, &value);
  } else {
    is_refused = tokens[1] != "/" || right == 0 || left % right != 0;
    if (!is_refused) value = left / right;
  }
  if (is_refused) refuse(expression);
  return std::to_string(value);
}

}  // namespace vitrine::data
