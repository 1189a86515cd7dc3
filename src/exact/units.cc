#include "exact/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/ascii_case.h"
#include "base/error.h"

namespace vitrine::exact {
namespace {

/// The part number `index` of a list with `|` between its parts; nothing past the end.
std::optional<std::string_view> part_of(std::string_view list, size_t index) {
  while (index-- > 0) {
    const size_t bar = list.find('|');
    if (bar == list.npos) return std::nullopt;
    list.remove_prefix(bar + 1);
  }
  if (list.empty()) return std::nullopt;
  return list.substr(0, list.find('|'));
}

NamedUnit with_prefix(const UnitRow& row, std::string singular, std::string plural, int exponent) {
  return {.singular = std::move(singular),
          .plural = std::move(plural),
          .dimension = row.dimension,
          .factor = Rational::parse(row.factor) * pow(Rational(10), exponent),
          .offset = Rational::parse(row.offset)};
}

/// Tries `spelling` as a symbol of the row behind a prefix.
std::optional<NamedUnit> match_symbol(const UnitRow& row, std::string_view spelling, const PrefixRow& prefix) {
  if (!spelling.starts_with(prefix.symbol)) return std::nullopt;
  for (size_t i = 0; auto symbol = part_of(row.symbols, i); ++i) {
    if (spelling.substr(prefix.symbol.size()) == *symbol) {
      return with_prefix(row, std::string(spelling), std::string(spelling), prefix.exponent);
    }
  }
  return std::nullopt;
}

/// Tries a lower-case `spelling` as a name of the row, singular or plural, behind a prefix.
std::optional<NamedUnit> match_name(const UnitRow& row, std::string_view spelling, const PrefixRow& prefix) {
  if (!spelling.starts_with(prefix.name)) return std::nullopt;
  const std::string_view rest = spelling.substr(prefix.name.size());
  for (size_t i = 0; auto singular = part_of(row.singulars, i); ++i) {
    const std::string_view plural = part_of(row.plurals, i).value_or(*singular);
    if (rest == *singular || rest == plural) {
      return with_prefix(row, fmt::format("{}{}", prefix.name, *singular), fmt::format("{}{}", prefix.name, plural),
                         prefix.exponent);
    }
  }
  return std::nullopt;
}

template <typename Match>
std::optional<NamedUnit> match_rows(std::string_view spelling, Match match) {
  constexpr PrefixRow kNoPrefix{"", "", 0};
  for (const UnitRow& row : unit_rows()) {
    if (auto unit = match(row, spelling, kNoPrefix)) return unit;
  }
  for (const UnitRow& row : unit_rows()) {
    if (row.prefixes == PrefixRule::kNone) continue;
    for (const PrefixRow& prefix : prefix_rows()) {
      if (auto unit = match(row, spelling, prefix)) return unit;
    }
  }
  return std::nullopt;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

void check_exponent(int64_t exponent) {
  if (std::abs(exponent) > kMaxUnitExponent) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("unit: the power is too large (got {}, expected at most {})", exponent, kMaxUnitExponent));
  }
}

void refuse_offset(const Unit& unit) {
  if (!unit.has_offset()) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("unit: {} cannot be multiplied or divided, its zero is not the absolute zero",
                          unit.to_text(/*is_one=*/false)),
              "convert it to kelvin first");
}

std::string power_text(const std::string& name, int exponent) {
  return exponent == 1 ? name : fmt::format("{}^{}", name, exponent);
}

}  // namespace

std::optional<NamedUnit> find_unit(std::string_view spelling) {
  if (spelling.empty() || spelling.size() > 40) return std::nullopt;
  if (auto unit = match_rows(spelling, match_symbol)) return unit;
  return match_rows(ascii_lower_case(spelling), match_name);
}

std::string nearest_unit(std::string_view spelling) {
  if (spelling.size() < 3 || spelling.size() > 40) return "";
  const std::string lower = ascii_lower_case(spelling);
  std::string nearest;
  size_t smallest = 3;
  for (const UnitRow& row : unit_rows()) {
    for (std::string_view list : {row.plurals, row.singulars}) {
      for (size_t i = 0; auto name = part_of(list, i); ++i) {
        const size_t distance = edit_distance(lower, *name);
        if (distance >= smallest || distance * 2 >= name->size()) continue;
        smallest = distance;
        nearest = *name;
      }
    }
  }
  return nearest;
}

bool Unit::has_offset() const { return terms_.size() == 1 && !terms_[0].unit.offset.is_zero(); }

bool Unit::is_percent() const { return terms_.size() == 1 && terms_[0].unit.dimension == Dimension{}; }

Dimension Unit::dimension() const {
  Dimension total{};
  for (const Term& term : terms_) {
    for (size_t i = 0; i < total.size(); ++i) {
      const int64_t exponent = total[i] + int64_t{term.unit.dimension[i]} * term.exponent;
      if (std::abs(exponent) > 1000) check_exponent(exponent);
      total[i] = static_cast<int16_t>(exponent);
    }
  }
  return total;
}

Rational Unit::factor() const {
  Rational product = 1;
  for (const Term& term : terms_) product = product * pow(term.unit.factor, term.exponent);
  return product;
}

Rational Unit::offset() const { return has_offset() ? terms_[0].unit.offset : Rational(0); }

std::string Unit::to_text(bool is_one) const {
  std::string above, below;
  size_t num_below = 0;
  for (const Term& term : terms_) {
    if (term.exponent < 0) {
      below += (below.empty() ? "" : "*") + power_text(term.unit.singular, -term.exponent);
      ++num_below;
    } else {
      const bool is_singular = is_one || !above.empty();
      above +=
          (above.empty() ? "" : "*") + power_text(is_singular ? term.unit.singular : term.unit.plural, term.exponent);
    }
  }
  if (below.empty()) return above;
  return num_below > 1 ? fmt::format("{}/({})", above, below) : fmt::format("{}/{}", above, below);
}

void Unit::append(const Unit& other, int power) {
  check_exponent(power);
  if (power != 1 || !is_plain_number()) {
    refuse_offset(*this);
    refuse_offset(other);
  }
  for (const Term& term : other.terms_) {
    auto same =
        std::ranges::find_if(terms_, [&](const Term& mine) { return mine.unit.singular == term.unit.singular; });
    if (same == terms_.end()) same = terms_.insert(terms_.end(), Term{term.unit, 0});
    check_exponent(same->exponent += term.exponent * power);
  }
  drop_empty_terms();
}

Rational Unit::combine(const Unit& other, int power) {
  check_exponent(power);
  refuse_offset(*this);
  refuse_offset(other);
  Rational scale = 1;
  for (const Term& term : other.terms_) {
    const int exponent = term.exponent * power;
    check_exponent(exponent);
    auto same =
        std::ranges::find_if(terms_, [&](const Term& mine) { return mine.unit.dimension == term.unit.dimension; });
    if (same == terms_.end()) same = terms_.insert(terms_.end(), Term{term.unit, 0});
    scale = scale * pow(term.unit.factor / same->unit.factor, exponent);
    check_exponent(same->exponent += exponent);
  }
  for (Term& term : terms_) {
    if (term.unit.dimension != Dimension{}) continue;
    scale = scale * pow(term.unit.factor, term.exponent);
    term.exponent = 0;
  }
  drop_empty_terms();
  if (!terms_.empty() && dimension() == Dimension{}) {
    scale = scale * factor();
    terms_.clear();
  }
  return scale;
}

std::optional<Unit> Unit::root(int degree) const {
  Unit result = *this;
  for (Term& term : result.terms_) {
    if (term.exponent % degree != 0) return std::nullopt;
    term.exponent /= degree;
  }
  return result;
}

void Unit::drop_empty_terms() {
  std::erase_if(terms_, [](const Term& term) { return term.exponent == 0; });
}

std::string describe_dimension(const Dimension& dimension) {
  for (const DimensionName& row : dimension_names()) {
    if (row.dimension == dimension) return std::string(row.name);
  }
  constexpr std::string_view kBaseSymbols[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
  std::string text;
  for (size_t i = 0; i < dimension.size(); ++i) {
    if (dimension[i] == 0) continue;
    text += (text.empty() ? "" : "*") + power_text(std::string(kBaseSymbols[i]), dimension[i]);
  }
  return "measured in " + text;
}

Rational convert(const Rational& number, const Unit& from, const Unit& to) {
  if (from.dimension() != to.dimension()) {
    const auto describe = [](const Unit& unit) {
      const std::string what = describe_dimension(unit.dimension());
      return unit.is_plain_number() ? what : fmt::format("{}, {}", unit.to_text(/*is_one=*/false), what);
    };
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("convert: the units do not fit together (got {}, expected {})", describe(from), describe(to)),
        "only units of one kind can be converted, compared, added or subtracted");
  }
  return (number * from.factor() + from.offset() - to.offset()) / to.factor();
}

}  // namespace vitrine::exact
