#include "schema/decimal.h"

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace vitrine::schema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads digits from `i` on into `out` and returns how many there were.
size_t take_digits(std::string_view text, size_t& i, std::string& out) {
  const size_t begin = i;
  while (i < text.size() && is_digit(text[i])) out += text[i++];
  return i - begin;
}

}  // namespace

Decimal::Decimal(int64_t value) { *this = *parse(std::to_string(value)); }

std::optional<Decimal> Decimal::parse(std::string_view text) {
  constexpr size_t kMaxDigits = 1 << 20;
  size_t i = 0;
  Decimal result;
  if (text.size() > kMaxDigits) return std::nullopt;
  if (i < text.size() && text[i] == '-') result.is_negative_ = true, ++i;
  std::string digits;
  const size_t whole = take_digits(text, i, digits);
  if (whole == 0 || (whole > 1 && digits[0] == '0')) return std::nullopt;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (take_digits(text, i, digits) == 0) return std::nullopt;
  }
  int32_t exponent = 0;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    const bool minus = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    std::string exponent_digits;
    if (take_digits(text, i, exponent_digits) == 0) return std::nullopt;
    exponent_digits.erase(0, exponent_digits.find_first_not_of('0'));
    if (exponent_digits.size() > 6) return std::nullopt;
    for (char c : exponent_digits) exponent = exponent * 10 + (c - '0');
    if (minus) exponent = -exponent;
  }
  if (i != text.size()) return std::nullopt;
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return Decimal();
  result.digits_ = digits.substr(first, digits.find_last_not_of('0') - first + 1);
  result.magnitude_ = static_cast<int32_t>(whole) - static_cast<int32_t>(first) + exponent;
  return result;
}

Decimal Decimal::from_double(double value) {
  VITRINE_CHECK(std::isfinite(value), "a decimal of a number that is not finite");
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  return *parse(std::string_view(buffer, static_cast<size_t>(end - buffer)));
}

Decimal Decimal::operator-() const {
  Decimal result = *this;
  if (!is_zero()) result.is_negative_ = !is_negative_;
  return result;
}

Decimal Decimal::floor() const {
  if (is_integer()) return *this;
  Decimal whole;
  if (magnitude_ > 0) {
    whole = *this;
    whole.digits_.resize(static_cast<size_t>(magnitude_));
    whole.digits_.resize(whole.digits_.find_last_not_of('0') + 1);
  }
  if (!is_negative_) return whole;
  whole.is_negative_ = false;
  return -whole.next_integer();
}

Decimal Decimal::next_integer() const {
  VITRINE_CHECK(is_integer() && magnitude_ < 400, "the next whole number of one that is not whole, or is too large");
  std::string digits = is_zero() ? "0" : digits_ + std::string(static_cast<size_t>(magnitude_) - digits_.size(), '0');
  const char wrap_from = is_negative_ ? '0' : '9', wrap_to = is_negative_ ? '9' : '0';
  size_t i = digits.size();
  while (i > 0 && digits[i - 1] == wrap_from) digits[--i] = wrap_to;
  if (i == 0) {
    digits.insert(digits.begin(), '1');
  } else {
    digits[i - 1] = static_cast<char>(digits[i - 1] + (is_negative_ ? -1 : 1));
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return *parse((is_negative_ ? "-" : "") + digits);
}

Decimal Decimal::shifted(int32_t power) const {
  Decimal result = *this;
  if (!is_zero()) result.magnitude_ += power;
  return result;
}

bool Decimal::is_multiple_of(const Decimal& other) const {
  VITRINE_CHECK(other > Decimal() && other.digits_.size() <= 16, "a multiple of no positive number, or of a long one");
  if (is_zero()) return true;
  // Both as whole digits times a power of ten. A lower power on this side would ask for a digit 0 at its end.
  const int64_t power = (int64_t{magnitude_} - static_cast<int64_t>(digits_.size())) -
                        (int64_t{other.magnitude_} - static_cast<int64_t>(other.digits_.size()));
  if (power < 0) return false;
  uint64_t divisor = 0, rest = 0, factor = 10;
  for (char c : other.digits_) divisor = divisor * 10 + static_cast<uint64_t>(c - '0');
  using Wide = unsigned __int128;
  for (char c : digits_) rest = static_cast<uint64_t>((Wide{rest} * 10 + static_cast<uint64_t>(c - '0')) % divisor);
  factor %= divisor;
  for (int64_t left = power; left > 0; left /= 2) {
    if (left % 2 == 1) rest = static_cast<uint64_t>(Wide{rest} * factor % divisor);
    factor = static_cast<uint64_t>(Wide{factor} * factor % divisor);
  }
  return rest % divisor == 0;
}

double Decimal::to_double() const {
  double value = 0;
  const std::string text = to_text();
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc::result_out_of_range) return value;
  if (magnitude_ < 0) return 0;
  return is_negative_ ? -INFINITY : INFINITY;
}

std::optional<int64_t> Decimal::to_int64() const {
  if (!is_integer() || magnitude_ > 19) return std::nullopt;
  std::string text = is_negative_ ? "-" : "";
  text += is_zero() ? "0" : digits_ + std::string(static_cast<size_t>(magnitude_) - digits_.size(), '0');
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

std::string Decimal::to_text() const {
  if (is_zero()) return "0";
  const auto count = static_cast<int32_t>(digits_.size());
  const std::string sign = is_negative_ ? "-" : "";
  if (magnitude_ >= count && magnitude_ <= 20) {
    return sign + digits_ + std::string(static_cast<size_t>(magnitude_ - count), '0');
  }
  if (magnitude_ > 0 && magnitude_ < count) {
    return sign + digits_.substr(0, static_cast<size_t>(magnitude_)) + "." +
           digits_.substr(static_cast<size_t>(magnitude_));
  }
  if (magnitude_ <= 0 && magnitude_ > -5) {
    return sign + "0." + std::string(static_cast<size_t>(-magnitude_), '0') + digits_;
  }
  return sign + digits_.substr(0, 1) + (count > 1 ? "." + digits_.substr(1) : "") + "e" +
         std::to_string(magnitude_ - 1);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const auto sign = [](const Decimal& d) { return d.is_zero() ? 0 : (d.is_negative_ ? -1 : 1); };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  auto order = a.magnitude_ <=> b.magnitude_;
  if (order == 0) order = a.digits_.compare(b.digits_) <=> 0;
  return sign(a) < 0 ? 0 <=> order : order;
}

}  // namespace vitrine::schema
