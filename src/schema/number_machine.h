// Reading a JSON number byte by byte against bounds, so that what can be read on can always be finished.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "schema/decimal.h"

namespace vitrine::schema {

/// Which numbers are meant. Bounds are inclusive; without any, the range of a double bounds the value, as readers of
/// JSON refuse what is beyond. 5, 5.0, 50e-1 are the same number, and all spellings are accepted.
class NumberSpec {
 public:
  /// `multiple_of` is 0 for none, else the number must be a multiple of it and lie within +-(2^53 - 1). Where whole
  /// numbers are meant, `is_plain` takes them without fraction and exponent only: 5. With `decimals` the number must be
  /// a multiple of multiple_of x 10^-decimals, and have at most 15 digits, which a double tells apart. Of these
  /// multiples it must be none of `not_multiples_of` x 10^-decimals, at most kMaxFailed.
  NumberSpec(bool is_integer, std::optional<Decimal> minimum, std::optional<Decimal> maximum, int64_t multiple_of,
             bool is_plain = false, int32_t decimals = 0, std::vector<int64_t> not_multiples_of = {});

  static constexpr size_t kMaxFailed = 8;

  /// Tells whether no number fits.
  bool empty() const { return !allows_zero_ && !sides_[0].any && !sides_[1].any; }

 private:
  friend class NumberState;
  /// The numbers of one sign, by magnitude; without a lower bound `has_lower` is false.
  struct Side {
    bool any = false;
    bool has_lower = false;
    Decimal lower, upper;
  };

  void trim_to_multiples();
  bool fails_none(int64_t value) const;
  /// Returns the first number that fits from `from` on, in steps of multiple_of up or down and not past `to`.
  std::optional<int64_t> next_fit(int64_t from, int64_t to) const;

  bool is_integer_;
  bool is_plain_;
  bool allows_zero_ = true;
  int64_t multiple_of_;
  std::vector<int64_t> not_multiples_of_;
  int32_t decimals_;           ///< everything here is about the number times 10^decimals
  std::array<Side, 2> sides_;  ///< positive, negative
};

/// What has been read of a number. Equal states go on alike.
class NumberState {
 public:
  /// Takes the next byte. Returns false, and leaves no usable state, where no number that fits can begin so.
  bool take(uint8_t byte, const NumberSpec& spec);
  /// Tells whether what was read is a number that fits.
  bool is_complete(const NumberSpec& spec) const;

  auto operator<=>(const NumberState&) const = default;
  uint64_t hash() const;

 private:
  enum class Phase : uint8_t {
    kStart,
    kMinus,
    kZero,
    kWhole,
    kPoint,
    kFraction,
    kExponent,
    kExponentSign,
    kExponentDigits
  };
  /// The exponents that make the mantissa a number that fits.
  struct ExponentRange {
    int32_t first, last;
  };

  const NumberSpec::Side& side(const NumberSpec& spec) const { return spec.sides_[is_negative_ ? 1 : 0]; }
  bool take_digit(int digit, const NumberSpec& spec);
  void take_mantissa_digit(int digit, const NumberSpec& spec);
  bool mantissa_can_fit(const NumberSpec& spec) const;
  bool multiples_can_fit(const NumberSpec& spec) const;
  std::optional<ExponentRange> fitting_exponents(const NumberSpec& spec) const;
  bool start_exponent(const NumberSpec& spec);
  bool exponent_can_fit() const;

  Phase phase_ = Phase::kStart;
  bool is_negative_ = false;
  bool is_zero_ = true;  ///< no digit but 0 so far
  bool is_exponent_negative_ = false;
  int8_t against_lower_ = 0;  ///< digits so far against those of the bound: -1 less, 0 the same, 1 more
  int8_t against_upper_ = 0;
  int32_t magnitude_ = 0;       ///< the number is 0.d1d2d3... x 10^magnitude
  int32_t digit_count_ = 0;     ///< digits from the first that is not 0
  int32_t significant_ = 0;     ///< of those, up to the last that is not 0
  int64_t digits_value_ = 0;    ///< the digits as a whole number, only where there is a multiple_of
  int32_t exponent_ = 0;        ///< read so far, without its sign
  int32_t exponent_first_ = 0;  ///< the exponents that fit
  int32_t exponent_last_ = 0;
};

}  // namespace vitrine::schema
