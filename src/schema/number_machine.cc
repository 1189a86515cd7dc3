#include "schema/number_machine.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace vitrine::schema {
namespace {

constexpr int32_t kFarExponent = 999'999;  // Decimal reads no longer exponents
constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;
constexpr int64_t kMaxExactDigits = 999'999'999'999'999;  // 15 digits: every decimal of so many is a double of its own
constexpr int32_t kMaxMultipleDigits = 16;                // of kMaxSafeInteger

Decimal largest_double() { return Decimal::from_double(std::numeric_limits<double>::max()); }

int64_t power_of_ten(int32_t n) {
  int64_t value = 1;
  for (; n > 0; --n) value *= 10;
  return value;
}

/// Compares a digit with the digit at a place of a bound, whose digits go on with zeros.
int compare_digit(int digit, const std::string& bound, int32_t place) {
  const int other = place < static_cast<int32_t>(bound.size()) ? bound[static_cast<size_t>(place)] - '0' : 0;
  return digit < other ? -1 : digit > other ? 1 : 0;
}

}  // namespace

NumberSpec::NumberSpec(bool is_integer, std::optional<Decimal> minimum, std::optional<Decimal> maximum,
                       int64_t multiple_of, bool is_plain, int32_t decimals, std::vector<int64_t> not_multiples_of)
    : is_integer_(is_integer || multiple_of != 0),
      is_plain_(is_plain && is_integer_ && decimals == 0),
      multiple_of_(multiple_of),
      not_multiples_of_(std::move(not_multiples_of)),
      decimals_(decimals) {
  const Decimal limit = decimals > 0       ? Decimal(kMaxExactDigits)
                        : multiple_of != 0 ? Decimal(kMaxSafeInteger)
                                           : largest_double();
  if (minimum) minimum = minimum->shifted(decimals);
  if (maximum) maximum = maximum->shifted(decimals);
  Decimal low = minimum && *minimum > -limit ? *minimum : -limit;
  Decimal high = maximum && *maximum < limit ? *maximum : limit;
  if (is_integer_) low = low.ceil(), high = high.floor();
  const bool fits_any = low <= high;
  allows_zero_ = fits_any && low <= Decimal() && high >= Decimal() && not_multiples_of_.empty();
  if (!fits_any) return;
  if (high > Decimal()) sides_[0] = {true, low > Decimal(), low > Decimal() ? low : Decimal(), high};
  if (low < Decimal()) sides_[1] = {true, high < Decimal(), high < Decimal() ? -high : Decimal(), -low};
  if (multiple_of_ != 0) trim_to_multiples();
}

void NumberSpec::trim_to_multiples() {
  for (Side& side : sides_) {
    if (!side.any) continue;
    const int64_t low = side.has_lower ? *side.lower.to_int64() : 1, high = *side.upper.to_int64();
    const std::optional<int64_t> first = next_fit(low, high), last = next_fit(high, low);
    side = first ? Side{true, true, Decimal(*first), Decimal(*last)} : Side();
  }
}

bool NumberSpec::fails_none(int64_t value) const {
  return std::ranges::none_of(not_multiples_of_, [&](int64_t step) { return value % step == 0; });
}

std::optional<int64_t> NumberSpec::next_fit(int64_t from, int64_t to) const {
  // Of the multiples k = 1, 2, 3 … each excluded step takes out every n-th, n > 1: among 34 in a row (Jacobsthal's
  // function of kMaxFailed primes) one is left, unless n is 1 and none ever is.
  constexpr int kMaxTries = 34;
  const bool is_upward = from <= to;
  int64_t value = from / multiple_of_ * multiple_of_;
  if (is_upward && value < from) value += multiple_of_;
  for (int tries = 0; tries < kMaxTries; ++tries, value += is_upward ? multiple_of_ : -multiple_of_) {
    if (is_upward ? value > to : value < to) break;
    if (fails_none(value)) return value;
  }
  return std::nullopt;
}

bool NumberState::take(uint8_t byte, const NumberSpec& spec) {
  if (byte >= '0' && byte <= '9') return take_digit(byte - '0', spec);
  switch (byte) {
    case '-':
      if (phase_ == Phase::kStart) {
        phase_ = Phase::kMinus;
        is_negative_ = true;
        return spec.allows_zero_ || side(spec).any;
      }
      [[fallthrough]];
    case '+':
      if (phase_ != Phase::kExponent) return false;
      phase_ = Phase::kExponentSign;
      is_exponent_negative_ = byte == '-';
      return exponent_can_fit();
    case '.':
      if (spec.is_plain_ || (phase_ != Phase::kZero && phase_ != Phase::kWhole)) return false;
      phase_ = Phase::kPoint;
      // A digit has to follow, so there must be place for it.
      if (spec.multiple_of_ != 0 && digit_count_ >= kMaxMultipleDigits + 2) return false;
      return mantissa_can_fit(spec);
    case 'e':
    case 'E':
      if (spec.is_plain_ || (phase_ != Phase::kZero && phase_ != Phase::kWhole && phase_ != Phase::kFraction))
        return false;
      return start_exponent(spec);
    default:
      return false;
  }
}

bool NumberState::take_digit(int digit, const NumberSpec& spec) {
  switch (phase_) {
    case Phase::kStart:
    case Phase::kMinus:
      phase_ = digit == 0 ? Phase::kZero : Phase::kWhole;
      take_mantissa_digit(digit, spec);
      return mantissa_can_fit(spec);
    case Phase::kZero:
      return false;
    case Phase::kPoint:
      phase_ = Phase::kFraction;
      [[fallthrough]];
    case Phase::kWhole:
    case Phase::kFraction:
      take_mantissa_digit(digit, spec);
      return mantissa_can_fit(spec);
    case Phase::kExponent:
    case Phase::kExponentSign:
      phase_ = Phase::kExponentDigits;
      [[fallthrough]];
    case Phase::kExponentDigits:
      exponent_ = std::min(exponent_ * 10 + digit, kFarExponent + 1);
      return exponent_can_fit();
  }
  return false;
}

void NumberState::take_mantissa_digit(int digit, const NumberSpec& spec) {
  if (is_zero_ && digit == 0) {
    if (phase_ == Phase::kFraction) --magnitude_;
    return;
  }
  is_zero_ = false;
  if (phase_ == Phase::kWhole) ++magnitude_;
  const NumberSpec::Side& bounds = side(spec);
  if (against_lower_ == 0) {
    against_lower_ = static_cast<int8_t>(compare_digit(digit, bounds.lower.digits(), digit_count_));
  }
  if (against_upper_ == 0) {
    against_upper_ = static_cast<int8_t>(compare_digit(digit, bounds.upper.digits(), digit_count_));
  }
  ++digit_count_;
  if (digit != 0) significant_ = digit_count_;
  if (spec.multiple_of_ != 0 && digit_count_ <= kMaxMultipleDigits + 2) digits_value_ = digits_value_ * 10 + digit;
  // What no longer matters is forgotten, so that states are the same that go on alike.
  if (!bounds.has_lower) against_lower_ = 1;
  if (!spec.is_integer_) significant_ = 0;
  if (against_lower_ != 0 && against_upper_ != 0 && !spec.is_integer_) digit_count_ = 0;
}

bool NumberState::mantissa_can_fit(const NumberSpec& spec) const {
  const NumberSpec::Side& bounds = side(spec);
  if (is_zero_) return spec.allows_zero_ || (bounds.any && !spec.is_plain_);
  if (!bounds.any) return false;
  if (spec.multiple_of_ != 0) return multiples_can_fit(spec);
  // Any exponent may follow, so the number can be brought to any magnitude m; at the bounds' own, digits decide.
  int32_t first = bounds.has_lower ? bounds.lower.magnitude() + (against_lower_ < 0 ? 1 : 0) : -kFarExponent;
  const int32_t last = bounds.upper.magnitude() - (against_upper_ > 0 ? 1 : 0);
  if (spec.is_integer_) first = std::max(first, significant_);
  if (spec.is_plain_) first = std::max(first, magnitude_);  // what follows can only be more digits
  return first <= last;
}

bool NumberState::multiples_can_fit(const NumberSpec& spec) const {
  const NumberSpec::Side& bounds = side(spec);
  if (digit_count_ > kMaxMultipleDigits + 2) return false;
  const int64_t low = *bounds.lower.to_int64(), high = *bounds.upper.to_int64();
  const int32_t fewest = std::max(spec.is_plain_ ? digit_count_ : significant_, bounds.lower.magnitude());
  for (int32_t m = fewest; m <= bounds.upper.magnitude(); ++m) {
    int64_t first, last;
    if (m >= digit_count_) {
      const int64_t scale = power_of_ten(m - digit_count_);
      first = digits_value_ * scale, last = first + scale - 1;
    } else {
      first = last = digits_value_ / power_of_ten(digit_count_ - m);
    }
    first = std::max(first, low), last = std::min(last, high);
    if (first <= last && spec.next_fit(first, last)) return true;
  }
  return false;
}

std::optional<NumberState::ExponentRange> NumberState::fitting_exponents(const NumberSpec& spec) const {
  if (is_zero_) {
    if (!spec.allows_zero_) return std::nullopt;
    return ExponentRange{-kFarExponent, kFarExponent};
  }
  const NumberSpec::Side& bounds = side(spec);
  if (!bounds.any) return std::nullopt;
  // The digits are final now: where they equal the bound's so far, the bound may still have more.
  const bool is_below =
      against_lower_ < 0 || (against_lower_ == 0 && digit_count_ < static_cast<int32_t>(bounds.lower.digits().size()));
  int32_t first =
      bounds.has_lower ? bounds.lower.magnitude() + (is_below ? 1 : 0) : -kFarExponent + magnitude_ + spec.decimals_;
  int32_t last = bounds.upper.magnitude() - (against_upper_ > 0 ? 1 : 0);
  if (spec.is_integer_) first = std::max(first, significant_);
  if (spec.multiple_of_ != 0) {
    const auto value_at = [&](int32_t m) {
      return m >= digit_count_ ? digits_value_ * power_of_ten(m - digit_count_)
                               : digits_value_ / power_of_ten(digit_count_ - m);
    };
    // A zero more keeps every multiple: what fits begins with the first, and ends before one that is excluded.
    while (first <= last && value_at(first) % spec.multiple_of_ != 0) ++first;
    while (first <= last && !spec.fails_none(value_at(last))) --last;
  }
  if (first > last) return std::nullopt;
  return ExponentRange{first - magnitude_ - spec.decimals_, last - magnitude_ - spec.decimals_};
}

bool NumberState::start_exponent(const NumberSpec& spec) {
  const std::optional<ExponentRange> range = fitting_exponents(spec);
  if (!range) return false;
  *this = NumberState();  // only the exponent matters from here on
  phase_ = Phase::kExponent;
  exponent_first_ = std::max(range->first, -kFarExponent);
  exponent_last_ = std::min(range->last, kFarExponent);
  return exponent_first_ <= exponent_last_;
}

bool NumberState::exponent_can_fit() const {
  // What fits, as a range of magnitudes of the exponent for the sign at hand.
  int64_t first = exponent_first_, last = exponent_last_;
  if (is_exponent_negative_) first = -int64_t{exponent_last_}, last = -int64_t{exponent_first_};
  first = std::max<int64_t>(first, 0);
  if (first > last) return false;
  if (phase_ != Phase::kExponentDigits || exponent_ == 0) return true;
  for (int64_t low = exponent_, span = 1; low <= last; low *= 10, span *= 10) {
    if (low + span - 1 >= first) return true;
  }
  return false;
}

bool NumberState::is_complete(const NumberSpec& spec) const {
  switch (phase_) {
    case Phase::kZero:
    case Phase::kWhole:
    case Phase::kFraction: {
      const std::optional<ExponentRange> range = fitting_exponents(spec);
      return range && range->first <= 0 && range->last >= 0;
    }
    case Phase::kExponentDigits: {
      const int32_t exponent = is_exponent_negative_ ? -exponent_ : exponent_;
      return exponent >= exponent_first_ && exponent <= exponent_last_;
    }
    default:
      return false;
  }
}

uint64_t NumberState::hash() const {
  uint64_t hash = static_cast<uint64_t>(phase_) | uint64_t{is_negative_} << 8 | uint64_t{is_zero_} << 9 |
                  uint64_t{is_exponent_negative_} << 10 | static_cast<uint64_t>(against_lower_ + 1) << 11 |
                  static_cast<uint64_t>(against_upper_ + 1) << 13;
  for (int64_t value : {int64_t{magnitude_}, int64_t{digit_count_}, int64_t{significant_}, digits_value_,
                        int64_t{exponent_}, int64_t{exponent_first_}, int64_t{exponent_last_}}) {
    hash = (hash ^ static_cast<uint64_t>(value)) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace vitrine::schema
