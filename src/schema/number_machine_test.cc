#include "schema/number_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

namespace vitrine::schema {
namespace {

constexpr std::string_view kAlphabet = "-0129.e+";

struct Bounds {
  bool is_integer = false;
  std::optional<Decimal> minimum, maximum;
  int64_t multiple_of = 0;
};

bool fits(const std::string& text, const Bounds& bounds) {
  const std::optional<Decimal> value = Decimal::parse(text);
  // What no double holds is no number to most readers of JSON.
  if (!value || !std::isfinite(value->to_double()) || (bounds.is_integer && !value->is_integer())) return false;
  if (bounds.multiple_of != 0 && (!value->to_int64() || *value->to_int64() % bounds.multiple_of != 0)) return false;
  return (!bounds.minimum || *value >= *bounds.minimum) && (!bounds.maximum || *value <= *bounds.maximum);
}

std::optional<NumberState> read(const std::string& text, const NumberSpec& spec) {
  NumberState state;
  for (char c : text) {
    if (!state.take(static_cast<uint8_t>(c), spec)) return std::nullopt;
  }
  return state;
}

void for_each_text(size_t max_length, const std::function<void(const std::string&)>& visit) {
  const std::function<void(std::string)> extend = [&](const std::string& text) {
    if (!text.empty()) visit(text);
    if (text.size() == max_length) return;
    for (char c : kAlphabet) extend(text + c);
  };
  extend("");
}

Decimal decimal(const char* text) { return *Decimal::parse(text); }

std::vector<Bounds> interesting_bounds() {
  std::vector<Bounds> list{{}, {.is_integer = true}};
  const char* values[] = {"-120", "-9", "-1.5", "-0.02", "0", "0.1", "1", "2", "9.9", "10", "99", "100", "1e3"};
  for (const char* low : values) {
    for (const char* high : values) {
      if (decimal(low) > decimal(high)) continue;
      list.push_back({false, decimal(low), decimal(high)});
      list.push_back({true, decimal(low), decimal(high)});
    }
    list.push_back({false, decimal(low), std::nullopt});
    list.push_back({true, std::nullopt, decimal(low)});
  }
  return list;
}

TEST(NumberMachine, AcceptsExactlyTheTextsOfNumbersWithinBounds) {
  const std::vector<Bounds> all = interesting_bounds();
  std::mt19937_64 random(1);
  for (size_t i = 0; i < all.size(); i += 1 + random() % 4) {
    const NumberSpec spec(all[i].is_integer, all[i].minimum, all[i].maximum, 0);
    for_each_text(5, [&](const std::string& text) {
      const std::optional<NumberState> state = read(text, spec);
      ASSERT_EQ(state && state->is_complete(spec), fits(text, all[i]))
          << text << " integer " << all[i].is_integer << " in " << (all[i].minimum ? all[i].minimum->to_text() : "-")
          << " .. " << (all[i].maximum ? all[i].maximum->to_text() : "-");
    });
  }
}

TEST(NumberMachine, MultiplesAreExact) {
  for (int64_t multiple : {2, 3, 7, 10, 12, 250}) {
    for (const auto& [low, high] :
         {std::pair("-30", "45"), std::pair("5", "6"), std::pair("100", "1100"), std::pair("0", "0")}) {
      const Bounds bounds{true, decimal(low), decimal(high), multiple};
      const NumberSpec spec(true, bounds.minimum, bounds.maximum, multiple);
      for_each_text(5, [&](const std::string& text) {
        const std::optional<NumberState> state = read(text, spec);
        ASSERT_EQ(state && state->is_complete(spec), fits(text, bounds)) << text << " multiple of " << multiple;
      });
    }
  }
}

/// Tells whether some number can be finished from a state within so many bytes.
bool can_finish(const NumberState& state, const NumberSpec& spec, int budget) {
  std::set<NumberState> front{state};
  for (int step = 0; step <= budget; ++step) {
    std::set<NumberState> next;
    for (const NumberState& at : front) {
      if (at.is_complete(spec)) return true;
      for (char c : std::string_view("0123456789-.e")) {
        NumberState after = at;
        if (next.size() < 4000 && after.take(static_cast<uint8_t>(c), spec)) next.insert(after);
      }
    }
    front = std::move(next);
  }
  return false;
}

TEST(NumberMachine, MultiplesThatAreNoneOfOthersAreExactAndCanAlwaysBeFinished) {
  const std::pair<int64_t, std::vector<int64_t>> cases[] = {{1, {2}},  {3, {5}},    {6, {4, 9}}, {1, {2, 3, 5, 7, 11}},
                                                            {10, {3}}, {2, {7, 20}}};
  for (const auto& [multiple, failed] : cases)
    for (const auto& [low, high] : {std::pair("-30", "45"), std::pair("2", "6"), std::pair("100", "1100")}) {
      const Bounds bounds{true, decimal(low), decimal(high), multiple};
      const NumberSpec spec(true, bounds.minimum, bounds.maximum, multiple, false, 0, failed);
      const auto is_fit = [&, &steps = failed](const std::string& text) {
        return fits(text, bounds) &&
               std::ranges::none_of(steps, [&](int64_t s) { return *Decimal::parse(text)->to_int64() % s == 0; });
      };
      bool any = false;
      for (int value = -30; value <= 1100; ++value) any |= is_fit(std::to_string(value));
      EXPECT_EQ(spec.empty(), !any) << multiple;
      for_each_text(5, [&](const std::string& text) {
        const std::optional<NumberState> state = read(text, spec);
        ASSERT_EQ(state && state->is_complete(spec), is_fit(text)) << text << " multiple of " << multiple;
      });
      std::set<std::string> front{""};
      for (int length = 0; length < 3; ++length) {
        std::set<std::string> longer;
        for (const std::string& text : front)
          for (const char c : kAlphabet)
            if (const auto state = read(text + c, spec)) {
              longer.insert(text + c);
              ASSERT_TRUE(can_finish(*state, spec, 7)) << text + c << " multiple of " << multiple;
            }
        front = std::move(longer);
      }
    }
}

TEST(NumberMachine, WhatIsReadOnCanAlwaysBeFinished) {
  std::vector<Bounds> all = interesting_bounds();
  all.push_back({true, decimal("5"), decimal("100"), 7});
  all.push_back({true, decimal("-100"), decimal("-93"), 50});
  all.push_back({false, decimal("0.125"), decimal("0.126")});
  all.push_back({false, decimal("1234.5"), decimal("1234.5")});
  all.push_back({true, decimal("100000000000000000000"), decimal("100000000000000000001")});
  std::mt19937_64 random(2);
  for (size_t i = 0; i < all.size(); i += i + 8 < all.size() ? 1 + random() % 6 : 1) {
    const NumberSpec spec(all[i].is_integer, all[i].minimum, all[i].maximum, all[i].multiple_of);
    std::set<NumberState> seen;
    for_each_text(4, [&](const std::string& text) {
      const std::optional<NumberState> state = read(text, spec);
      if (!state || !seen.insert(*state).second) return;
      ASSERT_TRUE(can_finish(*state, spec, 26)) << text << " bounds " << i;
    });
  }
}

TEST(NumberMachine, LongSpellingsOfMultiplesCanBeFinished) {
  const NumberSpec spec(true, std::nullopt, std::nullopt, 7);
  for (const char* text : {"70000000000000000", "700000000000000000", "700000000000000000.", "0.0000000000000000007",
                           "-0.000000000000000000000000014"}) {
    const std::optional<NumberState> state = read(text, spec);
    if (state) {
      EXPECT_TRUE(can_finish(*state, spec, 26)) << text;
    }
  }
}

TEST(NumberMachine, EverySpellingOfANumberIsTaken) {
  const NumberSpec five(false, Decimal(5), Decimal(5), 0);
  for (const char* text : {"5", "5.0", "5.000", "5e0", "50e-1", "0.5e1", "0.05E+2", "500e-02", "5E-0"}) {
    const std::optional<NumberState> state = read(text, five);
    EXPECT_TRUE(state && state->is_complete(five)) << text;
  }
  const NumberSpec integer(true, std::nullopt, std::nullopt, 0);
  for (const char* text : {"1e2", "1.0", "100e-2", "1.50e1", "-0", "0e-5", "-12E3", "1e308"}) {
    const std::optional<NumberState> state = read(text, integer);
    EXPECT_TRUE(state && state->is_complete(integer)) << text;
  }
  for (const char* text : {"1.5", "1e-1", "15e-1", "1.55e1", "1e400", "01", "1.", "+1", ".5", "1e"}) {
    const std::optional<NumberState> state = read(text, integer);
    EXPECT_FALSE(state && state->is_complete(integer)) << text;
  }
}

TEST(NumberMachine, PlainWholeNumbersAreTheSameWithoutFractionAndExponent) {
  std::vector<Bounds> all = interesting_bounds();
  for (int64_t multiple : {3, 10, 250}) all.push_back({true, decimal("-30"), decimal("1100"), multiple});
  for (const Bounds& bounds : all) {
    const NumberSpec spec(bounds.is_integer, bounds.minimum, bounds.maximum, bounds.multiple_of, true);
    std::set<NumberState> seen;
    for_each_text(4, [&](const std::string& text) {
      const std::optional<NumberState> state = read(text, spec);
      const bool is_plain = text.find_first_of(".e") == std::string::npos;
      ASSERT_EQ(state && state->is_complete(spec), fits(text, bounds) && (is_plain || !bounds.is_integer)) << text;
      if (!state || !bounds.is_integer || !seen.insert(*state).second) return;
      ASSERT_TRUE(can_finish(*state, spec, 26)) << text << " of a multiple of " << bounds.multiple_of;
    });
  }
}

TEST(NumberMachine, EmptyRangesAreKnown) {
  EXPECT_TRUE(NumberSpec(true, decimal("1.2"), decimal("1.8"), 0).empty());
  EXPECT_TRUE(NumberSpec(true, decimal("15"), decimal("20"), 7).empty());
  EXPECT_TRUE(NumberSpec(false, decimal("2"), decimal("1"), 0).empty());
  EXPECT_FALSE(NumberSpec(true, decimal("1"), decimal("1"), 0).empty());
  EXPECT_FALSE(NumberSpec(true, decimal("0"), decimal("1"), 5).empty());
}

TEST(Decimal, ParsesWritesAndCompares) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    const double a = std::ldexp(static_cast<double>(static_cast<int64_t>(random())), -static_cast<int>(random() % 120));
    const double b = static_cast<double>(static_cast<int64_t>(random() % 2001) - 1000) / 8;
    const Decimal da = Decimal::from_double(a), db = Decimal::from_double(b);
    EXPECT_EQ(da < db, a < b);
    EXPECT_EQ(da == db, a == b);
    EXPECT_EQ(*Decimal::parse(da.to_text()), da);
    EXPECT_EQ(da.to_double(), a);
    EXPECT_EQ(db.floor().to_double(), std::floor(b));
    EXPECT_EQ(db.ceil().to_double(), std::ceil(b));
    EXPECT_EQ(db.floor().next_integer().to_double(), std::floor(b) + 1);
  }
}

}  // namespace
}  // namespace vitrine::schema
