#include "exact/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "exact/functions.h"
#include "exact/lexer.h"

namespace vitrine::exact {
namespace {

/// The most work that one expression may cause, in squared limbs: about a second.
constexpr uint64_t kMaxWork = uint64_t{1} << 26;

bool is_keyword(std::string_view name) { return name == "in" || name == "to" || name == "of" || name == "per"; }

bool is_comparison(std::string_view text) {
  return text == "=" || text == "!=" || text == "<" || text == "<=" || text == ">" || text == ">=";
}

bool holds(std::string_view comparison, int order) {
  if (comparison == "=") return order == 0;
  if (comparison == "!=") return order != 0;
  if (comparison == "<") return order < 0;
  if (comparison == "<=") return order <= 0;
  return comparison == ">" ? order > 0 : order >= 0;
}

/// A Pratt parser that computes as it reads.
class Evaluator {
 public:
  explicit Evaluator(std::string_view expression) : tokens_(cut_tokens(expression)) {}

  Value run() {
    Value value = read_expression(kAnything);
    if (peek().kind != TokenKind::kEnd) refuse_token("an operator");
    return value;
  }

 private:
  // Binding powers, loosest first.
  enum Binding { kNone = -1, kAnything, kComparison, kConversion, kSum, kProduct, kSign, kPower, kPostfix };

  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }
  bool is_next(std::string_view text, size_t ahead = 0) const {
    return peek(ahead).kind != TokenKind::kEnd && peek(ahead).text == text;
  }
  const Token& take() {
    const Token& token = peek();
    if (token.kind != TokenKind::kEnd) ++next_;
    return token;
  }
  void expect(std::string_view text) {
    if (!is_next(text)) refuse_token(fmt::format("'{}'", text));
    take();
  }

  [[noreturn]] void refuse(const Token& token, const std::string& message, std::string hint = "") const {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} (at character {})", message, token.character),
                std::move(hint));
  }
  [[noreturn]] void refuse_token(const std::string& expected) const;
  [[noreturn]] void refuse_name(const Token& token) const;

  Value read_expression(Binding loosest);
  Value read_operand();
  Value read_number();
  Value read_call(const Function& function);
  Value read_infix(const Value& left);
  Binding binding_of_next() const;
  bool is_percent_next() const;

  bool is_unit_next(size_t ahead = 0) const;
  bool is_fraction_of_unit_next() const;
  Unit read_unit();
  void read_unit_power(Unit& unit, int sign);
  bool read_unit_group(Unit& unit, int sign);
  Value with_unit(Value value);

  /// Runs an operation and gives its errors a position and the evaluation a bound.
  template <typename Operation>
  Value apply(const Token& token, size_t argument_bits, Operation operation) {
    const auto charge = [&](size_t bits) {
      work_ += (bits / 32 + 1) * (bits / 32 + 1);
      if (work_ > kMaxWork) {
        throw Error(ErrorCode::kInvalidArgument, "the expression takes too much work", "use smaller numbers");
      }
    };
    try {
      charge(argument_bits);
      Value value = bounded(operation());
      charge(value.number.bit_length());
      return value;
    } catch (const Error& error) {
      throw error.wrapped(fmt::format("at character {}", token.character));
    }
  }

  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
  uint64_t work_ = 0;
};

void Evaluator::refuse_token(const std::string& expected) const {
  const Token& token = peek();
  if (token.kind == TokenKind::kEnd)
    refuse(token, fmt::format("the expression ends too early (expected {})", expected));
  const bool is_comma = token.text == ",";
  refuse(token, fmt::format("cannot go on here (got '{}', expected {})", shortened(token.text), expected),
         is_comma ? "write large numbers without commas" : "write every operator: 2 * (3 + 4), 3 km + 200 m");
}

void Evaluator::refuse_name(const Token& token) const {
  const std::string_view name = shortened(token.text);
  if (find_function(name) != nullptr) {
    refuse(token, fmt::format("a function needs its arguments (got '{}')", name), fmt::format("write {}(...)", name));
  }
  const std::string nearest = nearest_unit(name);
  refuse(token, fmt::format("unknown unit or function (got '{}')", name),
         nearest.empty() ? "use units such as m, kg, hours or celsius, and functions such as sqrt(9)"
                         : fmt::format("did you mean '{}'?", nearest));
}

bool Evaluator::is_unit_next(size_t ahead) const {
  const Token& token = peek(ahead);
  if (token.kind != TokenKind::kName) return false;
  if (token.text == "in") {  // an inch only where no unit to convert to follows
    const Token& after = peek(ahead + 1);
    return after.kind == TokenKind::kEnd || is_keyword(after.text) ||
           (after.kind == TokenKind::kOperator && after.text != "%" && after.text != "(");
  }
  return !is_keyword(token.text) && !(is_next("(", ahead + 1) && find_function(token.text) != nullptr);
}

void Evaluator::read_unit_power(Unit& unit, int sign) {
  if (is_next("degree") || is_next("degrees")) take();
  const Token token = take();
  const auto found = find_unit(token.text);
  if (!found) refuse_name(token);
  int exponent = 1;
  if (is_next("^")) {
    take();
    if (is_next("-")) {
      take();
      exponent = -1;
    }
    const Token digits = take();
    int power = 0;
    const char* end = digits.text.data() + digits.text.size();
    if (digits.text.size() > 2 || std::from_chars(digits.text.data(), end, power).ptr != end || digits.text.empty()) {
      refuse(digits, "the power of a unit must be a small whole number", "write m^2 or m/s^2");
    }
    exponent *= power;
  }
  apply(token, 0, [&] {
    unit.append(Unit(*found), sign * exponent);
    return Value{};
  });
}

/// Reads `(kg*K)` behind a stroke; leaves everything as it was where the parentheses hold more than units, or a power follows.
bool Evaluator::read_unit_group(Unit& unit, int sign) {
  const size_t start = next_;
  Unit group = unit;
  take();
  while (is_unit_next()) {
    read_unit_power(group, sign);
    if (is_next("*")) take();
  }
  if (!is_next(")")) {
    next_ = start;
    return false;
  }
  take();
  if (is_next("^")) {  // of all that stands in them
    next_ = start;
    return false;
  }
  unit = group;
  return true;
}

Unit Evaluator::read_unit() {
  Unit unit;
  read_unit_power(unit, 1);
  // `kg m/s^2`: a space multiplies units; `in` there begins a conversion, and is no inch.
  const auto is_further_unit_next = [&] { return is_unit_next() && !is_next("in"); };
  while (is_next("*") || is_next("/") || is_next("per") || is_further_unit_next()) {
    if (is_further_unit_next()) {
      read_unit_power(unit, 1);
      continue;
    }
    const int sign = is_next("*") ? 1 : -1;
    if (is_unit_next(1)) {
      take();
      read_unit_power(unit, sign);
      continue;
    }
    if (sign > 0 || !is_next("(", 1) || !is_unit_next(2)) break;
    take();
    if (!read_unit_group(unit, sign)) {
      --next_;
      break;
    }
  }
  return unit;
}

Value Evaluator::with_unit(Value value) {
  const Token token = peek();
  const Unit unit = read_unit();
  return apply(token, value.number.bit_length(), [&] {
    if (!expect_number(value, "unit").unit.is_plain_number()) {
      throw Error(ErrorCode::kInvalidArgument, "unit: the value has a unit already", "write `in` to convert it");
    }
    value.unit = unit;
    return value;
  });
}

/// Whether `3/4 km` stands here, written close: three quarters of a kilometre.
bool Evaluator::is_fraction_of_unit_next() const {
  const Token &above = peek(), &stroke = peek(1), &below = peek(2);
  return is_next("/", 1) && below.kind == TokenKind::kNumber && is_unit_next(3) &&
         stroke.position == above.position + above.text.size() && below.position == stroke.position + 1;
}

Value Evaluator::read_number() {
  const auto literal = [&] {
    const Token& token = take();
    return apply(token, token.text.size() * 4, [&] { return Value{.number = Rational::parse(token.text)}; });
  };
  const bool is_fraction = is_fraction_of_unit_next();
  Value value = literal();
  if (is_fraction) {
    const Token& stroke = take();
    const Value below = literal();
    value = apply(stroke, value.number.bit_length() + below.number.bit_length(), [&] { return divide(value, below); });
  }
  if (!is_unit_next()) return value;
  value = with_unit(std::move(value));
  // `2 hours 30 minutes` is a sum.
  while (peek().kind == TokenKind::kNumber && is_unit_next(1)) {
    const Token token = peek();
    Value part = literal();
    part = with_unit(std::move(part));
    value = apply(token, value.number.bit_length() + part.number.bit_length(), [&] { return add(value, part); });
  }
  return value;
}

Value Evaluator::read_call(const Function& function) {
  const Token name = take();
  expect("(");
  std::vector<Value> arguments;
  size_t bits = 0;
  while (true) {
    arguments.push_back(read_expression(kAnything));
    bits += arguments.back().number.bit_length();
    if (!is_next(",")) break;
    take();
  }
  expect(")");
  if (arguments.size() < function.min_arguments || arguments.size() > function.max_arguments) {
    refuse(name, fmt::format("{}: wrong number of arguments (got {}, expected {} to {})", function.name,
                             arguments.size(), function.min_arguments, function.max_arguments));
  }
  return apply(name, bits, [&] { return function.call(arguments); });
}

Value Evaluator::read_operand() {
  const Token token = peek();
  if (token.kind == TokenKind::kNumber) return read_number();
  if (token.kind == TokenKind::kName) {
    const Function* function = is_next("(", 1) ? find_function(token.text) : nullptr;
    if (function != nullptr) return read_call(*function);
    if (!is_unit_next()) refuse_token("a number");
    return with_unit({.number = 1});
  }
  if (is_next("-") || is_next("+")) {
    take();
    const Value value = read_expression(kSign);
    return apply(token, 0, [&] { return token.text == "-" ? negate(value) : expect_number(value, "sign"); });
  }
  if (!is_next("(")) refuse_token("a number");
  take();
  Value value = read_expression(kAnything);
  expect(")");
  return is_unit_next() ? with_unit(std::move(value)) : value;
}

/// Whether the `%` that comes next is percent: no value follows that it could be the remainder by.
bool Evaluator::is_percent_next() const {
  const Token& after = peek(1);
  const bool is_value = after.kind == TokenKind::kNumber || is_next("(", 1) ||
                        (after.kind == TokenKind::kName && !is_keyword(after.text));
  return !is_value;
}

Evaluator::Binding Evaluator::binding_of_next() const {
  const Token& token = peek();
  if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kNumber) return kNone;
  if (token.text == "in" || token.text == "to") return kConversion;
  if (token.text == "of" || token.text == "*" || token.text == "/") return kProduct;
  if (token.text == "+" || token.text == "-") return kSum;
  if (token.text == "^") return kPower;
  if (token.text == "!") return kPostfix;
  if (token.text == "%") return is_percent_next() ? kPostfix : kProduct;
  return is_comparison(token.text) ? kComparison : kNone;
}

Value Evaluator::read_infix(const Value& left) {
  const Binding binding = binding_of_next();
  const bool is_percent = is_next("%") && is_percent_next();
  const Token token = take();
  const size_t left_bits = left.number.bit_length();
  if (is_percent) {
    const auto percent = [&] {
      return Value{expect_plain(left, "percent"), Unit(*find_unit("%")), left.is_approximate};
    };
    return apply(token, left_bits, percent);
  }
  if (token.text == "!") return apply(token, left_bits, [&] { return factorial(left); });
  if (binding == kConversion) {
    const Token target = peek();
    if (target.kind != TokenKind::kName && target.text != "%") refuse_token("a unit");
    const Unit unit = target.text == "%" ? Unit(*find_unit(take().text)) : read_unit();
    return apply(token, left_bits, [&] { return convert(left, unit); });
  }
  if (token.text == "/" && left.unit.is_plain_number() && is_next("(") && is_unit_next(1)) {
    Unit unit;  // `5/(km*in)` keeps its units as they are written, as `5 kg/(km*in)` does
    if (read_unit_group(unit, -1))
      return apply(token, left_bits, [&] {
        Value value = expect_number(left, "divide");
        value.unit = unit;
        return value;
      });
  }
  const Value right = read_expression(binding == kPower ? kPower : static_cast<Binding>(binding + 1));
  return apply(token, left_bits + right.number.bit_length(), [&] {
    if (binding == kComparison) return Value::truth(holds(token.text, compare(left, right)));
    if (binding == kPower) return power(left, right);
    if (token.text == "+") return add(left, right);
    if (token.text == "-") return subtract(left, right);
    if (token.text == "/") return divide(left, right);
    return token.text == "%" ? modulo(left, right) : multiply(left, right);
  });
}

Value Evaluator::read_expression(Binding loosest) {
  if (depth_ == kMaxExpressionDepth) {
    refuse(peek(), fmt::format("nested too deeply (expected at most {} levels)", kMaxExpressionDepth));
  }
  ++depth_;
  Value value = read_operand();
  bool has_compared = false;
  while (binding_of_next() != kNone && binding_of_next() >= loosest) {
    const bool is_compared = binding_of_next() == kComparison;
    if (is_compared && has_compared) {
      refuse(peek(), "comparisons cannot be chained", "compare two values at a time");
    }
    has_compared = has_compared || is_compared;
    value = read_infix(value);
  }
  --depth_;
  return value;
}

}  // namespace

Value evaluate(std::string_view expression) {
  try {
    if (expression.size() > kMaxExpressionBytes) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the expression is too long (got {} bytes, expected at most {})", expression.size(),
                              kMaxExpressionBytes));
    }
    return Evaluator(expression).run();
  } catch (const Error& error) {
    const bool has_hint = !error.hint().empty();
    throw Error(error.code(), "evaluate: " + error.message(),
                has_hint ? error.hint() : "write an expression such as (2 + 3) * 4 or 5 km in m");
  }
}

}  // namespace vitrine::exact
