// The table of units: names, dimensions and exact factors. No behaviour; units.h reads it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vitrine::exact {

/// Exponents of metre, kilogram, second, ampere, kelvin, mole, candela, in this order.
using Dimension = std::array<int16_t, 7>;

enum class PrefixRule : uint8_t {
  kNone,
  kMetric,  ///< takes milli, kilo and the other SI prefixes
};

/// One unit. Names are lower case; symbols keep their case.
struct UnitRow {
  std::string_view symbols;    ///< accepted symbols, `|` between them, the usual one first
  std::string_view singulars;  ///< accepted names, `|` between them
  std::string_view plurals;    ///< their plurals, in the same order
  Dimension dimension;
  std::string_view factor;  ///< one of it in SI units, as Rational::parse reads it
  PrefixRule prefixes = PrefixRule::kNone;
  std::string_view offset = "0";  ///< SI value of its zero, for temperature scales
};

/// One SI prefix.
struct PrefixRow {
  std::string_view symbol;
  std::string_view name;
  int exponent;
};

std::span<const UnitRow> unit_rows();
std::span<const PrefixRow> prefix_rows();

/// A dimension that has a name of its own.
struct DimensionName {
  std::string_view name;
  Dimension dimension;
};

std::span<const DimensionName> dimension_names();

}  // namespace vitrine::exact
