// Filters that make numbers.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "template/filters/catalog.h"
#include "template/interpreter.h"
#include "template/operators.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

/// Drops single underscores between digits; nothing where one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      result += text[i];
    } else if (i == 0 || i + 1 == text.size() || text[i - 1] == '_' ||
               !std::isalnum(static_cast<unsigned char>(text[i - 1])) ||
               !std::isalnum(static_cast<unsigned char>(text[i + 1]))) {
      return std::nullopt;
    }
  }
  return result;
}

/// What int(text, base) reads; nothing where Python has a ValueError.
std::optional<Value> read_integer(const Text& text, int64_t base, Budget& budget) {
  const Text trimmed = stripped(text, std::nullopt, true, true, budget);
  std::string_view rest = trimmed.bytes();
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const char prefix = rest.size() > 2 && rest[0] == '0' ? static_cast<char>(rest[1] | 0x20) : '\0';
  const int64_t prefix_base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 0;
  if (prefix_base != 0 && (base == prefix_base || base == 0)) {
    rest.remove_prefix(rest[2] == '_' ? 3 : 2);
    base = prefix_base;
  }
  if (base == 0) base = 10;
  if (base < 2 || base > 36) return std::nullopt;
  const std::optional<std::string> digits = without_underscores(rest);
  if (!digits || digits->empty() || digits->front() == '-') return std::nullopt;
  int64_t value = 0;
  const auto [end, problem] =
      std::from_chars(digits->data(), digits->data() + digits->size(), value, static_cast<int>(base));
  if (end != digits->data() + digits->size()) return std::nullopt;
  if (problem == std::errc()) return Value::integer(negative ? -value : value, text.origin());
  if (base != 10) fail("int: the number is beyond 64 bits");
  if (digits->size() > 4300) return std::nullopt;
  const size_t zeros = std::min(digits->find_first_not_of('0'), digits->size() - 1);
  return Value::big_integer((negative ? "-" : "") + digits->substr(zeros), text.origin());
}

/// What float(text) reads; nothing where Python has a ValueError.
std::optional<double> read_real(const Text& text, Budget& budget) {
  const Text trimmed = stripped(text, std::nullopt, true, true, budget);
  std::string_view rest = trimmed.bytes();
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::optional<std::string> digits = without_underscores(rest);
  if (!digits || digits->empty() || digits->front() == '-' || digits->find('(') != std::string::npos)
    return std::nullopt;
  double value = 0;
  const auto [end, problem] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (end != digits->data() + digits->size()) return std::nullopt;
  if (problem == std::errc::result_out_of_range) value = std::strtod(digits->c_str(), nullptr);
  return negative ? -value : value;
}

std::optional<double> real_of(const Value& value, Budget& budget) {
  switch (value.kind()) {
    case Kind::kUndefined:
      fail(value.undefined_name());
    case Kind::kString:
      return read_real(value.text(), budget);
    case Kind::kReal:
      return value.as_real();
    case Kind::kBoolean:
    case Kind::kInteger:
      return static_cast<double>(require_integer(value, "a number"));
    case Kind::kBigInteger:
      return std::strtod(value.digits().c_str(), nullptr);
    default:
      return std::nullopt;
  }
}

Origin origin_of(const Value& value) { return value.is(Kind::kString) ? value.text().origin() : value.origin(); }

std::optional<Value> whole_part(double number, Origin origin) {
  if (!std::isfinite(number)) return std::nullopt;
  const double whole = std::trunc(number);
  if (whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)
    return Value::integer(static_cast<int64_t>(whole), origin);
  return Value::big_integer(fmt::format("{:.0f}", whole), origin);
}

Value to_integer(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  Budget& budget = interpreter.budget();
  if (input.is(Kind::kInteger) || input.is(Kind::kBigInteger)) return input;
  if (input.is(Kind::kString)) {
    if (const auto read = read_integer(input.text(), arguments.integer_or(1, 10), budget)) return *read;
  }
  if (const auto number = real_of(input, budget)) {
    if (const auto whole = whole_part(*number, origin_of(input))) return *whole;
    if (input.is(Kind::kReal) && std::isinf(input.as_real())) fail("int: an infinite number has no integer");
  }
  return arguments.get(0) != nullptr ? arguments.at(0) : Value::integer(0);
}

Value to_real(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  if (const auto number = real_of(input, interpreter.budget())) return Value::real(*number, origin_of(input));
  return arguments.get(0) != nullptr ? arguments.at(0) : Value::real(0);
}

Value absolute(Interpreter&, const Value& input, const BoundArguments&) {
  if (input.is(Kind::kReal)) return Value::real(std::fabs(input.as_real()), input.origin());
  const int64_t number = require_integer(input, "the input of abs");
  return number < 0 ? with_sign(input, true) : Value::integer(number, input.origin());
}

/// Python's round() of an integer to tens, hundreds, ...: halves go to the even side.
int64_t round_whole(int64_t number, int64_t zeros) {
  if (zeros > 18) return 0;
  int64_t unit = 1;
  for (int64_t i = 0; i < zeros; ++i) unit *= 10;
  const int64_t rest = ((number % unit) + unit) % unit;
  const int64_t below = number - rest;
  const bool up = rest > unit - rest || (rest == unit - rest && (below / unit) % 2 != 0);
  int64_t result = below;
  if (up && __builtin_add_overflow(below, unit, &result)) fail("round: the number gets beyond 64 bits");
  return result;
}

double round_common(double number, int64_t precision) {
  if (!std::isfinite(number) || precision > 323) return number;
  if (precision >= 0) return std::strtod(fmt::format("{:.{}f}", number, precision).c_str(), nullptr);
  if (precision < -308) return std::copysign(0.0, number);
  const double unit = std::pow(10.0, static_cast<double>(-precision));
  return std::nearbyint(number / unit) * unit;
}

Value round(Interpreter&, const Value& input, const BoundArguments& arguments) {
  const int64_t precision = arguments.integer_or(0, 0);
  const std::string method = arguments.get(1) != nullptr ? arguments.text(1).bytes() : "common";
  if (method != "common" && method != "ceil" && method != "floor") fail("round: method is common, ceil or floor");
  const bool is_whole = input.is(Kind::kInteger) || input.is(Kind::kBoolean);
  if (!is_whole && !input.is(Kind::kReal)) require_integer(input, "the input of round");
  if (method == "common") {
    if (!is_whole) return Value::real(round_common(input.as_real(), precision), input.origin());
    const int64_t number = require_integer(input, "a number");
    return Value::integer(precision >= 0 ? number : round_whole(number, -precision), input.origin());
  }
  const double number = is_whole ? static_cast<double>(require_integer(input, "a number")) : input.as_real();
  const double unit = std::pow(10.0, static_cast<double>(precision));
  if (!std::isfinite(number * unit)) fail("round: the number gets too large");
  // Python's ceil and floor give integers, which have no negative zero.
  const double whole = (method == "ceil" ? std::ceil(number * unit) : std::floor(number * unit)) + 0.0;
  return Value::real(whole / unit, input.origin());
}

constexpr NativeFunction kNumberFilters[] = {
    {"abs", {}, 0, absolute},
    {"float", {"default"}, 0, to_real},
    {"int", {"default", "base"}, 0, to_integer},
    {"round", {"precision", "method"}, 0, round},
};

}  // namespace

std::span<const NativeFunction> number_filters() { return kNumberFilters; }

}  // namespace vitrine::templates
