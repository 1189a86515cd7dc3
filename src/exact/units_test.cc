#include "exact/units.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"

namespace vitrine::exact {
namespace {

Unit unit(std::string_view spelling) {
  const auto found = find_unit(spelling);
  if (!found) throw Error(ErrorCode::kNotFound, "no unit " + std::string(spelling));
  return Unit(*found);
}

std::vector<std::string> parts(std::string_view list) {
  std::vector<std::string> result;
  while (!list.empty()) {
    const size_t bar = list.find('|');
    result.emplace_back(list.substr(0, bar));
    list = bar == list.npos ? "" : list.substr(bar + 1);
  }
  return result;
}

TEST(Units, EveryRowIsReadableUnderAllItsSpellings) {
  for (const UnitRow& row : unit_rows()) {
    for (std::string_view list : {row.symbols, row.singulars, row.plurals}) {
      for (const std::string& spelling : parts(list)) {
        const auto found = find_unit(spelling);
        ASSERT_TRUE(found) << spelling;
        EXPECT_EQ(found->dimension, row.dimension) << spelling;
        EXPECT_EQ(found->factor, Rational::parse(row.factor)) << spelling;
        EXPECT_GT(found->factor, Rational(0)) << spelling;
      }
    }
    EXPECT_EQ(parts(row.singulars).size() > 0, parts(row.plurals).size() > 0);
  }
}

TEST(Units, SpellingsAreUniqueApartFromThePlainUnitsThatWinOverAPrefix) {
  std::map<std::string, std::set<size_t>> owners;
  const auto rows = unit_rows();
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& symbol : parts(rows[i].symbols)) {
      owners[symbol].insert(i);
      if (rows[i].prefixes == PrefixRule::kNone) continue;
      for (const PrefixRow& prefix : prefix_rows()) owners[std::string(prefix.symbol) + symbol].insert(i);
    }
  }
  std::set<std::string> shared;
  for (const auto& [spelling, rows_of_it] : owners) {
    if (rows_of_it.size() > 1) shared.insert(spelling);
  }
  EXPECT_EQ(shared, (std::set<std::string>{}));
}

TEST(Units, ConversionsAreExact) {
  EXPECT_EQ(convert(3, unit("km"), unit("m")), Rational(3000));
  EXPECT_EQ(convert(1, unit("mile"), unit("feet")), Rational(5280));
  EXPECT_EQ(convert(1, unit("pound"), unit("ounces")), Rational(16));
  EXPECT_EQ(convert(1, unit("kph"), unit("mph")), Rational(15625, 25146));
  EXPECT_EQ(convert(-40, unit("celsius"), unit("fahrenheit")), Rational(-40));
  EXPECT_EQ(convert(0, unit("°C"), unit("K")), Rational(27315, 100));
  EXPECT_EQ(convert(212, unit("°F"), unit("°C")), Rational(100));
}

TEST(Units, ConversionThereAndBackIsIdentity) {
  const Rational number(355, 113);
  for (const UnitRow& from : unit_rows()) {
    for (const UnitRow& to : unit_rows()) {
      const Unit a = unit(parts(from.symbols)[0]), b = unit(parts(to.symbols)[0]);
      if (from.dimension == to.dimension) {
        EXPECT_EQ(convert(convert(number, a, b), b, a), number) << from.symbols << to.symbols;
      } else {
        EXPECT_THROW(convert(number, a, b), Error) << from.symbols << to.symbols;
      }
    }
  }
}

TEST(Units, ProductsMergeUnitsOfOneDimension) {
  Unit speed = unit("km");
  EXPECT_EQ(speed.combine(unit("h"), -1), Rational(1));
  EXPECT_EQ(speed.to_text(false), "km/h");
  EXPECT_EQ(speed.combine(unit("min"), 1), Rational(1, 60));
  EXPECT_EQ(speed.to_text(false), "km");
  EXPECT_EQ(speed.combine(unit("m"), -1), Rational(1000));
  EXPECT_TRUE(speed.is_plain_number());
}

TEST(Units, ExponentsAreBounded) {
  Unit metre = unit("m");
  EXPECT_THROW(metre.append(unit("m"), 1000), Error);
  EXPECT_THROW(metre.combine(unit("m"), kMaxUnitExponent), Error);
}

TEST(Units, NearestUnitHelpsWithMisspellings) {
  EXPECT_EQ(nearest_unit("houres"), "hours");
  EXPECT_EQ(nearest_unit("Metrs"), "metres");
  EXPECT_EQ(nearest_unit("banana"), "");
  EXPECT_FALSE(find_unit("banana"));
  EXPECT_FALSE(find_unit("kmin"));
}

}  // namespace
}  // namespace vitrine::exact
