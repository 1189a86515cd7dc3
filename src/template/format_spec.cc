#include "template/format_spec.h"

#include <fmt/format.h>

#include <cmath>

#include "template/code_points.h"
#include "template/format_value.h"

namespace vitrine::templates {
namespace {

constexpr int kMaxPrecision = 1000;
constexpr int kDefaultPrecision = 6;

[[noreturn]] void refuse_type(char type, const Value& value) {
  fail(fmt::format("format: '{}' does not fit a value of type '{}'", type, type_name(value)));
}

/// A number cut into sign, prefix and digits, so that padding can go between them.
struct NumberText {
  std::string sign;
  std::string prefix;
  std::string digits;
};

std::string group_digits(std::string digits, char separator, size_t group) {
  const size_t whole = std::min(digits.find_first_of(".e%"), digits.size());
  for (size_t at = whole; at > group; at -= group) digits.insert(at - group, 1, separator);
  return digits;
}

NumberText integer_text(const Value& value, const FormatSpec& spec) {
  if (value.is(Kind::kBigInteger)) {
    if (spec.type != 'd' && spec.type != 0) fail("format: an integer beyond 64 bits can only be shown in decimal");
    const bool negative = value.digits().starts_with('-');
    return {negative ? "-" : "", "", value.digits().substr(negative)};
  }
  const int64_t number = value.is(Kind::kBoolean) ? value.as_boolean() : value.as_integer();
  const uint64_t magnitude = number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  NumberText text{number < 0 ? "-" : "", "", ""};
  switch (spec.type) {
    case 'x':
      text = {text.sign, "0x", fmt::format("{:x}", magnitude)};
      break;
    case 'X':
      text = {text.sign, "0X", fmt::format("{:X}", magnitude)};
      break;
    case 'o':
      text = {text.sign, "0o", fmt::format("{:o}", magnitude)};
      break;
    case 'b':
      text = {text.sign, "0b", fmt::format("{:b}", magnitude)};
      break;
    default:
      text.digits = std::to_string(magnitude);
  }
  if (!spec.alternate) text.prefix.clear();
  return text;
}

/// 'g' without a type letter keeps a decimal point, as Python's does.
std::string general_digits(double magnitude, int precision, bool keep_point) {
  std::string digits = fmt::format("{:.{}g}", magnitude, std::max(precision, 1));
  if (keep_point && digits.find_first_of(".e") == std::string::npos) {
    if (static_cast<int>(digits.size()) >= std::max(precision, 1)) {
      std::string scientific = fmt::format("{:.{}e}", magnitude, std::max(precision, 1) - 1);
      return scientific;
    }
    digits += ".0";
  }
  return digits;
}

double formatted_real(const Value& value) {
  switch (value.kind()) {
    case Kind::kReal:
      return value.as_real();
    case Kind::kBoolean:
      return value.as_boolean();
    case Kind::kInteger:
      return static_cast<double>(value.as_integer());
    case Kind::kBigInteger:
      return std::strtod(value.digits().c_str(), nullptr);
    default:
      fail(fmt::format("format: a number is needed (got '{}')", type_name(value)));
  }
}

NumberText real_text(const Value& value, const FormatSpec& spec) {
  double number = formatted_real(value);
  if (spec.type == '%') number *= 100;
  const double magnitude = std::fabs(number);
  const int precision = spec.precision < 0 ? kDefaultPrecision : spec.precision;
  NumberText text{std::signbit(number) && !std::isnan(number) ? "-" : "", "", ""};
  const bool upper = spec.type == 'F' || spec.type == 'E' || spec.type == 'G';
  if (!std::isfinite(number)) {
    text.digits = std::isnan(number) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
    if (spec.type == '%') text.digits += '%';
    return text;
  }
  switch (spec.type) {
    case 'f':
    case 'F':
      text.digits = fmt::format("{:.{}f}", magnitude, precision);
      break;
    case '%':
      text.digits = fmt::format("{:.{}f}%", magnitude, precision);
      break;
    case 'e':
      text.digits = fmt::format("{:.{}e}", magnitude, precision);
      break;
    case 'E':
      text.digits = fmt::format("{:.{}E}", magnitude, precision);
      break;
    case 'g':
      text.digits = general_digits(magnitude, precision, false);
      break;
    case 'G':
      text.digits = fmt::format("{:.{}G}", magnitude, std::max(precision, 1));
      break;
    default:
      text.digits = spec.precision < 0 ? real_repr(magnitude) : general_digits(magnitude, precision, true);
  }
  return text;
}

NumberText number_text(const Value& value, const FormatSpec& spec) {
  const bool is_real_type = spec.type != 0 && std::string_view("fFeEgG%").find(spec.type) != std::string_view::npos;
  NumberText text = is_real_type || value.is(Kind::kReal) ? real_text(value, spec) : integer_text(value, spec);
  const bool in_fours = spec.type == 'x' || spec.type == 'X' || spec.type == 'o' || spec.type == 'b';
  if (spec.grouping != 0) text.digits = group_digits(std::move(text.digits), spec.grouping, in_fours ? 4 : 3);
  if (text.sign.empty() && spec.sign != '-') text.sign = std::string(1, spec.sign);
  return text;
}

void append_fill(Text& out, const FormatSpec& spec, size_t count, Origin padding, Budget& budget) {
  budget.charge_string(count * spec.fill.size());
  std::string fill;
  for (size_t i = 0; i < count; ++i) fill += spec.fill;
  out.append(fill, padding);
}

Text aligned(const Text& text, char align, const FormatSpec& spec, Origin padding, Budget& budget) {
  const size_t length = count_code_points(text.bytes());
  const size_t missing = spec.width > length ? spec.width - length : 0;
  const size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  Text out;
  append_fill(out, spec, before, padding, budget);
  out.append(text);
  append_fill(out, spec, missing - before, padding, budget);
  return out;
}

Text format_number(const Value& value, const FormatSpec& spec, Origin padding, Budget& budget) {
  const NumberText number = number_text(value, spec);
  const Origin origin = merged(value.origin(), padding);
  const std::string head = number.sign + number.prefix;
  if (spec.align != '=') {
    const char align = spec.align == 0 ? '>' : spec.align;
    return aligned(Text(head + number.digits, origin), align, spec, padding, budget);
  }
  Text out(head, origin);
  const size_t length = head.size() + number.digits.size();
  append_fill(out, spec, spec.width > length ? spec.width - length : 0, origin, budget);
  out.append(number.digits, origin);
  return out;
}

Text format_text(const Text& text, const FormatSpec& spec, Origin padding, Budget& budget) {
  if (spec.align == '=') fail("format: '=' aligns numbers only");
  const char align = spec.align == 0 ? '<' : spec.align;
  if (spec.precision < 0) return aligned(text, align, spec, padding, budget);
  const size_t end = byte_of_code_point(text.bytes(), static_cast<size_t>(spec.precision));
  return aligned(text.part(0, end), align, spec, padding, budget);
}

}  // namespace

Text format_value(const Value& value, const FormatSpec& spec, Origin padding, Budget& budget) {
  budget.charge(1 + spec.width / kBytesPerUnit);
  if (spec.precision > kMaxPrecision) fail(fmt::format("format: precision is too large (limit {})", kMaxPrecision));
  if (value.is(Kind::kString)) {
    if (spec.type != 0 && spec.type != 's') refuse_type(spec.type, value);
    return format_text(value.text(), spec, padding, budget);
  }
  if (!value.is_number()) fail(fmt::format("format: a value of type '{}' takes no layout", type_name(value)));
  const std::string_view types = value.is(Kind::kReal) ? "fFeEgG%" : "dxXobfFeEgG%";
  if (spec.type != 0 && types.find(spec.type) == std::string_view::npos) refuse_type(spec.type, value);
  return format_number(value, spec, padding, budget);
}

}  // namespace vitrine::templates
