#include "infer/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"

namespace vitrine::infer {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// exp(logit / temperature) / sum, the plain way.
std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  std::vector<double> p;
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit / temperature);
  for (const float logit : logits) p.push_back(std::exp(logit / temperature) / sum);
  return p;
}

/// Sets everything outside `kept` to zero and brings the rest to 1.
std::vector<double> renormalised(std::vector<double> p, const std::set<int32_t>& kept) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += kept.contains(static_cast<int32_t>(i)) ? p[i] : 0;
  for (size_t i = 0; i < p.size(); ++i) p[i] = kept.contains(static_cast<int32_t>(i)) ? p[i] / sum : 0;
  return p;
}

std::vector<int64_t> counts_of(const SamplingSettings& settings, const std::vector<float>& logits, int64_t draws) {
  Sampler sampler(settings);
  std::vector<int64_t> counts(logits.size());
  for (int64_t i = 0; i < draws; ++i) ++counts[static_cast<size_t>(sampler.sample(logits).id)];
  return counts;
}

/// Pearson's statistic, as a number of standard deviations that it lies above its mean when p is true.
double excess_chi_square(const std::vector<int64_t>& counts, const std::vector<double>& p) {
  double draws = 0, statistic = 0;
  int64_t degrees = -1;
  for (const int64_t count : counts) draws += static_cast<double>(count);
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0) continue;
    const double expected = draws * p[i];
    statistic += (static_cast<double>(counts[i]) - expected) * (static_cast<double>(counts[i]) - expected) / expected;
    ++degrees;
  }
  if (degrees == 0) return statistic;  // one outcome
  return (statistic - static_cast<double>(degrees)) / std::sqrt(2.0 * static_cast<double>(degrees));
}

/// True when no draw fell where p is 0 and the rest fit p. (The draws are the same every time: nothing is left to
/// luck.)
void expect_draws_follow(const SamplingSettings& settings, const std::vector<float>& logits,
                         const std::vector<double>& p) {
  const std::vector<int64_t> counts = counts_of(settings, logits, 40000);
  for (size_t i = 0; i < p.size(); ++i)
    if (p[i] == 0) {
      EXPECT_EQ(counts[i], 0) << "token " << i;
    }
  EXPECT_LT(excess_chi_square(counts, p), 4.0);
}

std::set<int32_t> drawn(const SamplingSettings& settings, const std::vector<float>& logits) {
  const std::vector<int64_t> counts = counts_of(settings, logits, 4000);
  std::set<int32_t> ids;
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) ids.insert(static_cast<int32_t>(i));
  return ids;
}

/// Logits of given probabilities.
std::vector<float> logs(const std::vector<double>& p) {
  std::vector<float> logits;
  for (const double each : p) logits.push_back(static_cast<float>(std::log(each)));
  return logits;
}

const std::vector<float> kLogits{1.5f, -0.5f, 0.0f, 2.0f, 1.5f, -3.0f, 0.7f, 0.2f};

TEST(Sampler, FrequenciesMatchTheProbabilitiesAtEveryTemperature) {
  for (const double temperature : {0.3, 0.8, 1.0, 3.0})
    for (const int64_t seed : {1, 2})
      expect_draws_follow({.temperature = temperature, .top_p = 1, .seed = seed}, kLogits,
                          softmax(kLogits, temperature));
}

TEST(Sampler, TheTestOfFrequenciesSeesAWrongTemperature) {
  const std::vector<int64_t> counts = counts_of({.temperature = 1.05, .top_p = 1}, kLogits, 40000);
  EXPECT_GT(excess_chi_square(counts, softmax(kLogits, 1.0)), 4.0);
}

TEST(Sampler, TopKKeepsTheMostProbableInTheirProportions) {
  const std::vector<double> p = softmax(kLogits, 0.8);
  expect_draws_follow({.temperature = 0.8, .top_k = 1, .top_p = 1}, kLogits, renormalised(p, {3}));
  expect_draws_follow({.temperature = 0.8, .top_k = 3, .top_p = 1}, kLogits, renormalised(p, {3, 0, 4}));
  expect_draws_follow({.temperature = 0.8, .top_k = 5, .top_p = 1}, kLogits, renormalised(p, {3, 0, 4, 6, 7}));
  for (const int64_t all : {0, 8, 100}) expect_draws_follow({.temperature = 0.8, .top_k = all, .top_p = 1}, kLogits, p);
}

TEST(Sampler, TopPKeepsTheShortestHeadThatReachesTheShare) {
  const std::vector<float> logits = logs({0.12, 0.5, 0.08, 0.3});
  const std::pair<double, std::set<int32_t>> cases[] = {{1e-6, {1}},      {0.49, {1}},       {0.51, {1, 3}},
                                                        {0.79, {1, 3}},   {0.81, {1, 3, 0}}, {0.93, {1, 3, 0, 2}},
                                                        {1, {0, 1, 2, 3}}};
  for (const auto& [top_p, kept] : cases) {
    EXPECT_EQ(drawn({.temperature = 1, .top_p = top_p}, logits), kept) << top_p;
    expect_draws_follow({.temperature = 1, .top_p = top_p}, logits, renormalised({0.12, 0.5, 0.08, 0.3}, kept));
  }
}

TEST(Sampler, TopPCountsAfterTemperatureAndTopK) {
  const std::vector<float> logits = logs({0.12, 0.5, 0.08, 0.3});
  // Of the two that top-k leaves the first has 0.625; at temperature 3 it has 0.54.
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 2, .top_p = 0.6}, logits), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn({.temperature = 3, .top_k = 2, .top_p = 0.6}, logits), (std::set<int32_t>{1, 3}));
}

TEST(Sampler, TemperatureZeroTakesTheMostProbableWhateverTheSeed) {
  for (const int64_t seed : {1, 7, 900}) {
    Sampler sampler({.temperature = 0, .seed = seed});
    for (int i = 0; i < 5; ++i) {
      const SampledToken token = sampler.sample(kLogits);
      EXPECT_EQ(token.id, 3);
      EXPECT_EQ(token.kept_log_probability, 0.0);
      EXPECT_NEAR(token.raw_log_probability, std::log(softmax(kLogits, 1)[3]), 1e-12);
    }
  }
}

TEST(Sampler, OfEqualLogitsTheLowestIdGoesFirst) {
  const std::vector<float> logits{0, 2, 1, 2, 2, 1};
  EXPECT_EQ(Sampler({.temperature = 0}).sample(logits).id, 1);
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 1, .top_p = 1}, logits), (std::set<int32_t>{1}));
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 2, .top_p = 1}, logits), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 4, .top_p = 1}, logits), (std::set<int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(drawn({.temperature = 1, .top_p = 1e-6}, logits), (std::set<int32_t>{1}));
  const std::vector<float> equal(50, 0.0f);
  expect_draws_follow({.temperature = 1, .top_p = 1}, equal, softmax(equal, 1));
}

TEST(Sampler, NanAndMinusInfinityAreNeverDrawn) {
  const std::vector<float> logits{kNan, 1.0f, -kInfinity, 0.5f, -kNan};
  for (const double temperature : {0.0, 0.5, 100.0})
    for (const int64_t top_k : {0, 3, 5})
      for (const int32_t id : drawn({.temperature = temperature, .top_k = top_k, .top_p = 1}, logits))
        EXPECT_TRUE(id == 1 || id == 3) << id;
  const SampledToken token = Sampler({.temperature = 0}).sample(logits);
  EXPECT_NEAR(token.raw_log_probability, -std::log(1 + std::exp(-0.5)), 1e-6);
}

TEST(Sampler, RefusesLogitsThatGiveNoDistribution) {
  for (const std::vector<float>& logits :
       {std::vector<float>{}, {kNan, kNan}, {-kInfinity, -kInfinity}, {1.0f, kInfinity}, {kNan, -kInfinity}}) {
    for (const double temperature : {0.0, 1.0}) {
      Sampler sampler({.temperature = temperature});
      EXPECT_THROW(sampler.sample(logits), Error);
    }
  }
}

TEST(Sampler, ExtremeLogitsAndTemperaturesStayFinite) {
  const std::vector<float> logits{3.4e38f, -3.4e38f, 3.3e38f, 0.0f};
  for (const double temperature : {1e-300, 1e-6, 1.0, 100.0}) {
    const SampledToken token = Sampler({.temperature = temperature, .top_p = 1}).sample(logits);
    EXPECT_EQ(token.id, 0);
    EXPECT_NEAR(token.raw_log_probability, 0, 1e-9);
    EXPECT_NEAR(token.kept_log_probability, 0, 1e-9);
  }
}

TEST(Sampler, SameSeedGivesTheSameDrawsAndAnotherSeedOthers) {
  const auto draws = [](int64_t seed) {
    Sampler sampler({.temperature = 1, .top_p = 1, .seed = seed});
    std::vector<int32_t> ids;
    for (int i = 0; i < 60; ++i) ids.push_back(sampler.sample(kLogits).id);
    return ids;
  };
  EXPECT_EQ(draws(5), draws(5));
  EXPECT_NE(draws(5), draws(6));
}

TEST(Sampler, ADrawDependsOnItsNumberAndNotOnEarlierLogits) {
  Sampler one({.temperature = 1, .top_p = 1, .seed = 3}), other({.temperature = 1, .top_p = 1, .seed = 3});
  const std::vector<float> elsewhere{9.0f, 1.0f, 2.0f};
  for (int i = 0; i < 10; ++i) {
    one.sample(kLogits);
    other.sample(elsewhere);
  }
  for (int i = 0; i < 30; ++i) EXPECT_EQ(one.sample(kLogits).id, other.sample(kLogits).id);
}

TEST(Sampler, RawProbabilityIsTheModelsAndKeptProbabilityThatOfTheDraw) {
  const std::vector<double> raw = softmax(kLogits, 1.0);
  const std::vector<double> kept = renormalised(softmax(kLogits, 0.5), {3, 0, 4});
  Sampler sampler({.temperature = 0.5, .top_k = 3, .top_p = 1});
  for (int i = 0; i < 200; ++i) {
    const SampledToken token = sampler.sample(kLogits);
    EXPECT_NEAR(token.raw_log_probability, std::log(raw[static_cast<size_t>(token.id)]), 1e-12);
    EXPECT_NEAR(token.kept_log_probability, std::log(kept[static_cast<size_t>(token.id)]), 1e-12);
  }
}

TEST(Sampler, SettingsDescribeThemselvesWithTheirRanges) {
  SamplingSettings settings;
  ConfigFields fields = settings.fields();
  ASSERT_EQ(fields.size(), 4u);
  const std::pair<std::string, std::string> refused[] = {
      {"temperature", "-1"}, {"temperature", "nan"}, {"top_k", "-1"}, {"top_p", "0"}, {"top_p", "1.1"}};
  for (const auto& [name, bad] : refused)
    EXPECT_THROW(set_field(fields, name, bad, "sampling"), Error) << name << bad;
  set_field(fields, "top_k", "40", "sampling");
  EXPECT_EQ(settings.top_k, 40);
}

}  // namespace
}  // namespace vitrine::infer
