// Units of measure: spellings, products of units, and exact conversion factors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exact/rational.h"
#include "exact/unit_table.h"

namespace vitrine::exact {

/// One unit as the user spelled it ("km", "kilometre"), with its prefix worked in.
struct NamedUnit {
  std::string singular;  ///< as written beside 1
  std::string plural;    ///< as written beside other numbers; equal to singular for a symbol
  Dimension dimension{};
  Rational factor = 1;  ///< one of it in SI units
  Rational offset = 0;  ///< SI value of its zero; not 0 for celsius and fahrenheit
};

/// Finds a unit by symbol, or by name in either number and any case, with an SI prefix where it takes one.
std::optional<NamedUnit> find_unit(std::string_view spelling);

/// Returns the known unit whose spelling is nearest, for hints; empty where nothing is near.
std::string nearest_unit(std::string_view spelling);

/// A product of powers of units, such as km/h. Never two units of one dimension, unless the user wrote them so.
class Unit {
 public:
  Unit() = default;
  explicit Unit(NamedUnit unit) { terms_.push_back({std::move(unit), 1}); }

  bool is_plain_number() const { return terms_.empty(); }
  /// Returns whether it is a temperature scale whose zero is not the absolute zero.
  bool has_offset() const;
  bool is_percent() const;
  /// Errors: kInvalidArgument where an exponent grows past kMaxUnitExponent.
  Dimension dimension() const;
  /// One of it in SI units.
  Rational factor() const;
  /// SI value of its zero.
  Rational offset() const;
  /// Writes the unit as it stands behind a number; names in the plural unless is_one.
  std::string to_text(bool is_one) const;

  /// Multiplies by power of another unit as it is written, without converting.
  /// Errors: kInvalidArgument for exponents past kMaxUnitExponent, and for a temperature scale with an offset.
  void append(const Unit& other, int power);
  /// Multiplies by a power of another unit, written in the units that are already there; returns the factor by which
  /// the number changes.
  /// Errors: as append.
  Rational combine(const Unit& other, int power);
  /// Returns the root of the unit where all its exponents allow it.
  std::optional<Unit> root(int degree) const;

 private:
  struct Term {
    NamedUnit unit;
    int exponent;
  };
  void drop_empty_terms();
  std::vector<Term> terms_;
};

inline constexpr int kMaxUnitExponent = 64;

/// Says what a dimension is: "a length", or its SI units.
std::string describe_dimension(const Dimension& dimension);

/// Converts a number in one unit to another, exactly, offsets included.
/// Errors: kInvalidArgument where the dimensions differ.
Rational convert(const Rational& number, const Unit& from, const Unit& to);

}  // namespace vitrine::exact
