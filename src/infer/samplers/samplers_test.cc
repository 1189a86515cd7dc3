// Every step against its formula, written once more over plain lists in f64.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "infer/sampler.h"
#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

using Logits = std::map<int32_t, double>;  // of what may still be drawn

Logits probabilities(const Logits& logits) {
  double sum = 0;
  for (const auto& [id, logit] : logits) sum += std::exp(logit);
  Logits p;
  for (const auto& [id, logit] : logits) p[id] = std::exp(logit) / sum;
  return p;
}

std::vector<int32_t> by_probability(const Logits& logits) {
  std::vector<int32_t> ids;
  for (const auto& [id, logit] : logits) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) { return logits.at(a) > logits.at(b); });
  return ids;
}

Logits only(const Logits& logits, const std::function<bool(int32_t)>& kept) {
  Logits left;
  for (const auto& [id, logit] : logits)
    if (kept(id)) left[id] = logit;
  return left;
}

double entropy(const Logits& logits) {
  double sum = 0;
  for (const auto& [id, p] : probabilities(logits))
    if (p > 0) sum -= p * std::log(p);
  return sum;
}

/// The formulas, one after another in a given order.
class Reference {
 public:
  Reference(const SamplingSettings& settings, std::vector<int32_t> history) : s_(settings), history_(history) {}

  Logits run(Logits logits, const std::vector<std::string>& order) {
    for (const std::string& name : order) logits = step(name, logits);
    return logits;
  }

 private:
  Logits step(const std::string& name, const Logits& logits) {
    const Logits p = probabilities(logits);
    const std::vector<int32_t> order = by_probability(logits);
    const double best = p.at(order[0]);
    if (name == "temperature") return temperature(logits);
    if (name == "penalties") return penalties(logits);
    if (name == "dry") return dry(logits);
    if (name == "typical") return typical(logits, p);
    if (name == "min_p") return only(logits, [&](int32_t id) { return p.at(id) >= s_.min_p * best; });
    if (name == "top_n_sigma") {
      double mean = 0, variance = 0;
      for (const auto& [id, logit] : logits) mean += logit / static_cast<double>(logits.size());
      for (const auto& [id, logit] : logits)
        variance += (logit - mean) * (logit - mean) / static_cast<double>(logits.size());
      return only(logits, [&](int32_t id) {
        return logits.at(id) >= logits.at(order[0]) - s_.top_n_sigma * std::sqrt(variance);
      });
    }
    std::set<int32_t> kept;
    double sum = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (name == "top_k" && static_cast<int64_t>(i) >= s_.top_k) break;
      if (name == "top_p" && sum >= s_.top_p) break;
      const bool is_top = name == "xtc" && i + 1 < order.size() && p.at(order[i + 1]) >= s_.xtc_threshold;
      if (!is_top) kept.insert(order[i]);
      sum += p.at(order[i]);
    }
    return only(logits, [&](int32_t id) { return kept.contains(id); });
  }

  Logits temperature(Logits logits) const {
    double t = s_.temperature;
    if (s_.dynatemp_range > 0) {
      const double low = std::max(0.0, t - s_.dynatemp_range), high = t + s_.dynatemp_range;
      t = low +
          (high - low) * std::pow(entropy(logits) / std::log(static_cast<double>(logits.size())), s_.dynatemp_exponent);
    }
    for (auto& [id, logit] : logits) logit /= t;
    return logits;
  }

  Logits penalties(Logits logits) const {
    const size_t size = history_.size(), last = static_cast<size_t>(s_.repeat_last_n);
    const size_t begin = s_.repeat_last_n < 0 || last > size ? 0 : size - last;
    std::map<int32_t, int> counts;
    for (size_t i = begin; i < size; ++i) ++counts[history_[i]];
    for (const auto& [id, count] : counts) {
      if (!logits.contains(id)) continue;
      double& logit = logits[id];
      logit = logit > 0 ? logit / s_.repeat_penalty : logit * s_.repeat_penalty;
      logit -= count * s_.frequency_penalty + s_.presence_penalty;
    }
    return logits;
  }

  /// For every earlier place: how far back the text there equals the text at the end, up to a breaker.
  Logits dry(Logits logits) const {
    const std::set<int32_t> breakers(s_.dry_breaker_ids.begin(), s_.dry_breaker_ids.end());
    std::map<int32_t, int64_t> longest;
    const auto n = static_cast<int64_t>(history_.size());
    const int64_t begin = s_.dry_penalty_last_n < 0 ? 0 : std::max<int64_t>(0, n - s_.dry_penalty_last_n);
    for (int64_t end = begin; end + 1 < n; ++end) {  // a passage that ends at `end`, followed by history_[end + 1]
      int64_t length = 0;
      while (end - length >= begin && history_[end - length] == history_[n - 1 - length] &&
             !breakers.contains(history_[n - 1 - length]))
        ++length;
      const int32_t next = history_[end + 1];
      if (!breakers.contains(next)) longest[next] = std::max(longest[next], length);
    }
    for (const auto& [id, length] : longest)
      if (length >= s_.dry_allowed_length && logits.contains(id))
        logits[id] -= s_.dry_multiplier * std::pow(s_.dry_base, static_cast<double>(length - s_.dry_allowed_length));
    return logits;
  }

  Logits typical(const Logits& logits, const Logits& p) const {
    const double expected = entropy(logits);
    std::vector<std::pair<double, int32_t>> order;
    for (const auto& [id, each] : p) order.emplace_back(std::abs(-std::log(each) - expected), id);
    std::sort(order.begin(), order.end());
    std::set<int32_t> kept;
    double sum = 0;
    for (const auto& [distance, id] : order) {
      if (sum >= s_.typical_p) break;
      kept.insert(id);
      sum += p.at(id);
    }
    return only(logits, [&](int32_t id) { return kept.contains(id); });
  }

  SamplingSettings s_;
  std::vector<int32_t> history_;
};

std::vector<float> random_logits(size_t count, uint32_t seed, float spread = 2.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, spread);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(generator);
  return logits;
}

std::vector<int32_t> random_history(size_t count, int32_t vocabulary, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<int32_t> ids(count);
  for (int32_t& id : ids) id = static_cast<int32_t>(generator() % static_cast<uint32_t>(vocabulary));
  return ids;
}

std::vector<std::string> names_of(const std::string& order) {
  std::vector<std::string> names;
  for (const SamplerDescription* step : sampler_order(order)) names.emplace_back(step->name);
  return names;
}

/// The distribution that a sampler draws from, as its record shows it.
Logits kept_distribution(const SamplingSettings& settings, const std::vector<float>& logits,
                         const std::vector<int32_t>& history) {
  Sampler sampler(settings);
  sampler.observe(history);
  SamplingRecord record{.num_best = logits.size()};
  sampler.sample(logits, &record);
  Logits p;
  for (const auto& share : record.steps.back().best) p[share.id] = std::exp(share.log_probability);
  EXPECT_EQ(record.steps.back().num_candidates, p.size());
  return p;
}

void expect_matches_reference(const SamplingSettings& settings, const std::string& order, uint32_t seeds = 20) {
  for (uint32_t seed = 0; seed < seeds; ++seed)
    for (const size_t vocabulary : {size_t{2}, size_t{7}, size_t{300}}) {
      SamplingSettings own = settings;
      own.samplers = order;
      const std::vector<float> logits = random_logits(vocabulary, seed);
      const std::vector<int32_t> history =
          random_history(90, static_cast<int32_t>(std::min<size_t>(vocabulary, 3)), seed + 100);
      Logits start;
      for (size_t i = 0; i < vocabulary; ++i) start[static_cast<int32_t>(i)] = logits[i];
      const Logits want = probabilities(Reference(own, history).run(start, names_of(order)));
      const Logits got = kept_distribution(own, logits, history);
      ASSERT_EQ(got.size(), want.size()) << order << " seed " << seed << " of " << vocabulary;
      for (const auto& [id, p] : want) {
        ASSERT_TRUE(got.contains(id)) << order << " token " << id;
        ASSERT_NEAR(got.at(id), p, 1e-9 + 1e-7 * p) << order << " token " << id;
      }
    }
}

TEST(Samplers, TemperatureMatchesItsFormula) {
  for (const double t : {0.2, 1.0, 1.7}) expect_matches_reference({.temperature = t}, "temperature");
}

TEST(Samplers, DynamicTemperatureFollowsTheEntropy) {
  expect_matches_reference({.temperature = 1, .dynatemp_range = 0.8}, "temperature");
  expect_matches_reference({.temperature = 1.5, .dynatemp_range = 1.2, .dynatemp_exponent = 2}, "temperature");
}

TEST(Samplers, DynamicTemperatureOfEqualTokensIsTheHighestAndOfASureModelTheLowest) {
  const SamplingSettings settings{.temperature = 1, .dynatemp_range = 0.5, .top_p = 1};
  std::vector<float> sure(20, 0.0f);
  sure[4] = 60.0f;
  sure[5] = 59.5f;
  sure[5] = 30.0f;
  // Between tokens 4 and 5 the logits part by 30, divided by 0.5.
  const Logits p = kept_distribution(settings, sure, {});
  EXPECT_NEAR(std::log(p.at(4) / p.at(5)), 60, 1e-6);
  EXPECT_NEAR(kept_distribution(settings, std::vector<float>(20, 1.0f), {}).at(3), 0.05, 1e-12);
}

TEST(Samplers, EachCutKeepsWhatItsFormulaKeeps) {
  for (const int64_t k : {1, 2, 5, 299}) expect_matches_reference({.top_k = k}, "top_k");
  for (const double p : {0.01, 0.3, 0.7, 0.99}) expect_matches_reference({.top_p = p}, "top_p");
  for (const double p : {0.01, 0.1, 0.5, 1.0}) expect_matches_reference({.min_p = p}, "min_p");
  for (const double p : {0.05, 0.4, 0.95}) expect_matches_reference({.typical_p = p}, "typical");
  for (const double n : {0.1, 1.0, 2.5}) expect_matches_reference({.top_n_sigma = n}, "top_n_sigma");
  for (const double t : {0.02, 0.1, 0.3, 0.6})
    expect_matches_reference({.xtc_probability = 1, .xtc_threshold = t}, "xtc");
}

TEST(Samplers, PenaltiesMatchTheirFormulas) {
  expect_matches_reference({.repeat_penalty = 1.4}, "penalties");
  expect_matches_reference({.presence_penalty = 0.7}, "penalties");
  expect_matches_reference({.frequency_penalty = 0.1}, "penalties");
  expect_matches_reference({.repeat_penalty = 0.8, .presence_penalty = -1, .frequency_penalty = 0.02}, "penalties");
  for (const int64_t last : {-1, 1, 5, 1000})
    expect_matches_reference({.repeat_penalty = 1.2, .frequency_penalty = 0.2, .repeat_last_n = last}, "penalties");
}

TEST(Samplers, DryMatchesASearchOfEveryPassage) {
  expect_matches_reference({.dry_multiplier = 0.8}, "dry");
  expect_matches_reference({.dry_multiplier = 0.3, .dry_base = 1.2, .dry_allowed_length = 1}, "dry");
  expect_matches_reference({.dry_multiplier = 0.3, .dry_base = 1.2, .dry_allowed_length = 4}, "dry");
  expect_matches_reference({.dry_multiplier = 0.8, .dry_penalty_last_n = 20}, "dry");
  for (const std::vector<int32_t>& breakers : {std::vector<int32_t>{1}, {0, 2}, {0, 1, 2}})
    expect_matches_reference({.dry_multiplier = 0.5, .dry_allowed_length = 1, .dry_breaker_ids = breakers}, "dry");
}

TEST(Samplers, DryHoldsBackExactlyTheTokenThatWouldGoOn) {
  const std::vector<float> logits(10, 0.0f);
  SamplingSettings settings{.temperature = 1, .top_p = 1, .dry_multiplier = 1, .dry_base = 2};
  // "1 2 3 4" was there before, and now "1 2 3": 4 would make it four, three tokens long, one beyond the allowed two.
  const Logits p = kept_distribution(settings, logits, {1, 2, 3, 4, 9, 1, 2, 3});
  EXPECT_NEAR(std::log(p.at(0) / p.at(4)), 2, 1e-9);
  for (const int32_t id : {1, 2, 3, 5, 9}) EXPECT_NEAR(p.at(id), p.at(0), 1e-12) << id;
  settings.dry_breaker_ids = {2};
  const Logits free = kept_distribution(settings, logits, {1, 2, 3, 4, 9, 1, 2, 3});
  EXPECT_NEAR(free.at(4), free.at(0), 1e-12);
}

TEST(Samplers, ALongRepetitionDoesNotOverflow) {
  const std::vector<float> logits(4, 0.0f);
  const Logits p = kept_distribution({.temperature = 1, .top_p = 1, .dry_multiplier = 1e6, .dry_base = 100}, logits,
                                     std::vector<int32_t>(5000, 2));
  EXPECT_EQ(p.at(2), 0.0);
  EXPECT_NEAR(p.at(1), 1.0 / 3, 1e-12);
}

TEST(Samplers, StepsApplyInTheOrderThatIsSet) {
  const SamplingSettings settings{.temperature = 2,
                                  .top_k = 12,
                                  .top_p = 0.8,
                                  .min_p = 0.2,
                                  .typical_p = 0.9,
                                  .top_n_sigma = 1.5,
                                  .repeat_penalty = 1.5};
  for (const std::string order :
       {"penalties,top_k,temperature,top_p,min_p", "top_p,temperature,top_k", "temperature,min_p,penalties",
        "min_p,temperature,typical", "temperature,typical,min_p", "typical,top_n_sigma,temperature,top_p,penalties"})
    expect_matches_reference(settings, order);
}

TEST(Samplers, TheOrderShowsInWhatIsKept) {
  // At temperature 4 the best token has less than 0.6, before it more.
  const std::vector<float> logits{3.0f, 1.0f, 0.0f, -1.0f};
  SamplingSettings settings{.temperature = 4, .top_p = 0.6};
  settings.samplers = "top_p,temperature";
  EXPECT_EQ(kept_distribution(settings, logits, {}).size(), 1u);
  settings.samplers = "temperature,top_p";
  EXPECT_GT(kept_distribution(settings, logits, {}).size(), 1u);
  settings.samplers = "temperature";  // what is not named is left out
  EXPECT_EQ(kept_distribution(settings, logits, {}).size(), 4u);
}

TEST(Samplers, XtcExcludesAsOftenAsItIsTold) {
  const std::vector<float> logits{3.0f, 2.5f, 0.0f, -1.0f};  // only the first two reach 0.2
  Sampler sampler({.temperature = 1, .top_p = 1, .xtc_probability = 0.3, .xtc_threshold = 0.2, .seed = 5});
  int excluded = 0;
  for (int i = 0; i < 10000; ++i) {
    SamplingRecord record;
    sampler.sample(logits, &record);
    excluded += record.steps.back().num_candidates == 3;
  }
  EXPECT_NEAR(excluded, 3000, 4 * std::sqrt(10000 * 0.3 * 0.7));
}

TEST(Samplers, MirostatHoldsTheSurpriseNearItsTarget) {
  const std::pair<double, float> cases[] = {{1.5, 5.0f}, {3.0, 2.5f}, {5.0, 1.5f}};  // within what the logits can give
  for (const auto& [tau, spread] : cases) {
    Sampler sampler({.temperature = 1, .mirostat_tau = tau, .mirostat_eta = 0.1});
    double surprise = 0;
    constexpr int kDraws = 6000, kWarmUp = 500;
    for (int i = 0; i < kDraws; ++i) {
      const double raw = sampler.sample(random_logits(400, static_cast<uint32_t>(i % 50), spread)).raw_log_probability;
      if (i >= kWarmUp) surprise -= raw / std::log(2.0);
    }
    EXPECT_NEAR(surprise / (kDraws - kWarmUp), tau, 0.05) << tau;
  }
}

TEST(Samplers, MirostatReplacesTheOtherCuts) {
  const std::vector<float> logits = random_logits(200, 3);
  const SamplingSettings settings{.temperature = 1, .top_k = 1, .top_p = 0.1, .min_p = 1, .mirostat_tau = 20};
  EXPECT_EQ(kept_distribution(settings, logits, {}).size(), 200u);  // within 40 bits
}

TEST(Samplers, LogitBiasIsAddedAndMayRuleOut) {
  const std::vector<float> logits{1.0f, 2.0f, 3.0f, 0.5f};
  const Logits p = kept_distribution({.temperature = 1, .top_p = 1, .logit_bias = "2:-inf,0:1.5"}, logits, {});
  EXPECT_FALSE(p.contains(2));
  const Logits want = probabilities({{0, 2.5}, {1, 2.0}, {3, 0.5}});
  for (const auto& [id, each] : want) EXPECT_NEAR(p.at(id), each, 1e-12);
  Sampler greedy({.temperature = 0, .logit_bias = "3:100"});
  EXPECT_EQ(greedy.sample(logits).id, 3);
}

TEST(Samplers, DrawsFollowTheKeptProbabilities) {
  const std::vector<float> logits = random_logits(40, 9, 1.0f);
  const std::vector<int32_t> history{1, 2, 3, 3, 3};
  for (const SamplingSettings& base :
       {SamplingSettings{.temperature = 1.3, .top_p = 0.9, .typical_p = 0.8},
        SamplingSettings{.temperature = 0.9, .top_k = 11, .min_p = 0.05, .repeat_penalty = 1.3},
        SamplingSettings{.temperature = 1, .dynatemp_range = 0.4, .top_p = 1, .top_n_sigma = 2}}) {
    const Logits p = kept_distribution(base, logits, history);
    std::map<int32_t, int> counts;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {  // each with a seed of its own: the history stays as it is
      SamplingSettings settings = base;
      settings.seed = i;
      Sampler sampler(settings);
      sampler.observe(history);
      const SampledToken token = sampler.sample(logits);
      ++counts[token.id];
      ASSERT_NEAR(std::exp(token.kept_log_probability), p.at(token.id), 1e-9);
    }
    double statistic = 0;
    for (const auto& [id, each] : p)
      statistic += (counts[id] - kDraws * each) * (counts[id] - kDraws * each) / (kDraws * each);
    const double degrees = static_cast<double>(p.size()) - 1;
    EXPECT_LT((statistic - degrees) / std::sqrt(2 * degrees), 4.0);
  }
}

TEST(Samplers, TheRecordShowsWhatEachStepDid) {
  const std::vector<float> logits{2.0f, 1.0f, 0.0f, -1.0f, -2.0f};
  Sampler sampler({.temperature = 0.5, .top_k = 3, .top_p = 1, .repeat_penalty = 2});
  sampler.observe(std::vector<int32_t>{0});
  SamplingRecord record{.num_best = 2};
  const SampledToken token = sampler.sample(logits, &record);
  ASSERT_EQ(record.steps.size(), 4u);
  const std::pair<std::string, size_t> want[] = {{"model", 5}, {"penalties", 5}, {"top_k", 3}, {"temperature", 3}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(record.steps[i].name, want[i].first);
    EXPECT_EQ(record.steps[i].num_candidates, want[i].second);
    EXPECT_EQ(record.steps[i].best.size(), 2u);
    EXPECT_EQ(record.steps[i].best[0].id, 0);
  }
  EXPECT_DOUBLE_EQ(record.steps[0].log_probability, token.raw_log_probability);
  EXPECT_DOUBLE_EQ(record.steps[3].log_probability, token.kept_log_probability);
  // Halved to 1, token 0 ties with token 1 and goes first.
  EXPECT_DOUBLE_EQ(record.steps[1].best[0].log_probability, record.steps[1].best[1].log_probability);
}

TEST(Samplers, TemperedProbabilityIsThatOfTheWholeVocabularyAtTheTemperature) {
  const std::vector<float> logits = random_logits(30, 4);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit / 0.7);
  Sampler sampler({.temperature = 0.7, .top_k = 5});
  for (int i = 0; i < 50; ++i) {
    const SampledToken token = sampler.sample(logits);
    EXPECT_NEAR(token.tempered_log_probability, logits[static_cast<size_t>(token.id)] / 0.7 - std::log(sum), 1e-9);
  }
}

TEST(Samplers, BadSettingsAreRefusedByName) {
  const std::pair<SamplingSettings, std::string> cases[] = {
      {{.samplers = "top_k,topp"}, "topp"},       {{.samplers = "top_k,top_k"}, "twice"},
      {{.samplers = "top_k,,top_p"}, "samplers"}, {{.logit_bias = "x:1"}, "x:1"},
      {{.logit_bias = "1:nan"}, "1:nan"},         {{.logit_bias = "-1:1"}, "-1:1"},
      {{.logit_bias = "1:inf"}, "1:inf"},         {{.logit_bias = "1:1,"}, "logit_bias"},
      {{.logit_bias = "1:1,1:2"}, "twice"},       {{.logit_bias = "1:1e9"}, "1:1e9"},
      {{.logit_bias = "99999999999:1"}, "99999"}};
  for (const auto& [settings, named] : cases) {
    try {
      Sampler sampler(settings);
      ADD_FAILURE() << named;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
      EXPECT_FALSE(error.hint().empty());
    }
  }
  const std::vector<float> logits(4, 0.0f);
  EXPECT_THROW(Sampler({.logit_bias = "4:1"}).sample(logits), Error);
  EXPECT_THROW(Sampler({.logit_bias = "4:1"}).require_vocabulary(4), Error);
  Sampler({.logit_bias = "3:1"}).require_vocabulary(4);
  EXPECT_THROW(Sampler({.logit_bias = "0:-inf,1:-inf,2:-inf,3:-inf"}).sample(logits), Error);
}

TEST(Samplers, EveryStepDescribesItself) {
  SamplingSettings settings;
  for (const SamplerDescription& step : sampler_catalog()) {
    EXPECT_FALSE(step.help.empty());
    EXPECT_FALSE(step.fields(settings).empty()) << step.name;
    for (const ConfigField& field : step.fields(settings)) EXPECT_FALSE(field.help.empty()) << field.name;
  }
  EXPECT_EQ(names_of(default_sampler_order()).size(), sampler_catalog().size());
}

TEST(Samplers, ACopyDrawsWhatTheOriginalDraws) {
  Sampler sampler({.temperature = 1, .repeat_penalty = 1.2, .mirostat_tau = 3});
  for (uint32_t i = 0; i < 20; ++i) sampler.sample(random_logits(50, i));
  Sampler copy = sampler;
  for (uint32_t i = 0; i < 20; ++i) {
    const std::vector<float> logits = random_logits(50, 100 + i);
    EXPECT_EQ(sampler.sample(logits).id, copy.sample(logits).id);
  }
}

}  // namespace
}  // namespace vitrine::infer
