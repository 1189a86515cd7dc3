// What a trace says about a training step: its shape, its work, and that it changes nothing.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

using Json = nlohmann::json;

constexpr int64_t kRows = 2, kTokens = 16;

/// An event with the names of what it lies in, outermost first.
struct TracedEvent {
  Json json;
  std::vector<std::string> path;
};

/// The complete events of the main thread. Fails where two overlap and neither lies in the other.
std::vector<TracedEvent> nested_events(const std::filesystem::path& path) {
  std::vector<Json> list;
  for (const Json& event : Json::parse(read_file(path)))
    if (event["ph"] == "X" && event["tid"] == 0 && event["name"] != "write trace") list.push_back(event);
  const auto end_of = [](const Json& event) { return event["ts"].get<double>() + event["dur"].get<double>(); };
  std::stable_sort(list.begin(), list.end(), [&](const Json& a, const Json& b) {
    return std::pair(a["ts"].get<double>(), -end_of(a)) < std::pair(b["ts"].get<double>(), -end_of(b));
  });
  std::vector<TracedEvent> nested;
  std::vector<Json> open;
  for (const Json& event : list) {
    while (!open.empty() && end_of(open.back()) <= event["ts"].get<double>() + 1e-6) open.pop_back();
    TracedEvent traced{event, {}};
    for (const Json& outer : open) traced.path.push_back(outer["name"]);
    EXPECT_TRUE(open.empty() || end_of(event) <= end_of(open.back()) + 1e-6) << event << " and " << open.back();
    open.push_back(event);
    nested.push_back(std::move(traced));
  }
  return nested;
}

struct TracedStep {
  std::vector<TracedEvent> events;
  std::vector<std::pair<std::string, Tensor>> gradients;

  double flops(const std::string& name, const std::string& inside = "") const {
    double sum = 0;
    for (const TracedEvent& event : events)
      if (event.json["name"] == name && event.json["cat"] == "kernel" &&
          (inside.empty() || std::find(event.path.begin(), event.path.end(), inside) != event.path.end()))
        sum += event.json["args"]["flops"].get<double>();
    return sum;
  }
};

TracedStep traced_step(nn::Transformer& model, int threads) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "trace.json";
  TracedStep step;
  {
    TraceRecorder recorder(path);
    const autograd::Runtime runtime(threads, "", &recorder);
    step.gradients = gradients_of(model, runtime, {{.ids = random_ids(kRows, kTokens, 37, 1)}},
                                  {random_ids(kRows, kTokens, 37, 2)}, 1.0f / (kRows * kTokens));
  }
  step.events = nested_events(path);
  return step;
}

/// Weights that are multiplied with every token: all matrices, and the head.
int64_t multiplied_weights(nn::Transformer& model) {
  int64_t sum = model.config().vocab_size * model.config().width;
  for (const nn::Parameter* parameter : model.parameters())
    if (parameter->role == autograd::ParameterRole::kMatrix) sum += parameter->shape().num_elements();
  return sum;
}

TEST(TraceOfAStep, LinearFlopsAreSixForEachWeightAndToken) {
  for (const nn::TransformerConfig& config : tiny_configs()) {
    nn::Transformer model(config, 1);
    const TracedStep step = traced_step(model, 2);
    const int64_t tokens = kRows * kTokens, weights = multiplied_weights(model);
    EXPECT_EQ(step.flops("gemm"), 6.0 * static_cast<double>(tokens * weights)) << config.architecture;
    EXPECT_EQ(step.flops("gemm", "forward") + step.flops("gemm", "backward"), step.flops("gemm"));
    if (!config.tie_embeddings) continue;
    // The formula of the figures, 6 N + 12 L C T, counts vectors too, and attention as if every token saw all.
    int64_t vectors = 0;
    for (const nn::Parameter* parameter : model.parameters())
      if (parameter->role == autograd::ParameterRole::kVector) vectors += parameter->shape().num_elements();
    EXPECT_EQ(step.flops("gemm") + 6.0 * static_cast<double>(tokens * vectors),
              static_cast<double>(tokens) * config.train_flops_per_token(0));
  }
}

TEST(TraceOfAStep, AttentionFlopsAreThoseOfTheKeysThatAreSeen) {
  for (const nn::TransformerConfig& config : tiny_configs()) {
    nn::Transformer model(config, 1);
    const TracedStep step = traced_step(model, 2);
    int64_t pairs = 0;
    for (int64_t query = 0; query < kTokens; ++query)
      pairs += config.window > 0 ? std::min(query + 1, config.window) : query + 1;
    const auto product = static_cast<double>(2 * config.layers * kRows * config.heads * config.head_width * pairs);
    EXPECT_EQ(step.flops("attention"), 2 * product);
    EXPECT_EQ(step.flops("attention gradient"), 5 * product);
  }
}

TEST(TraceOfAStep, BackwardPassHasTheLayersAndWeightsOfTheForwardPass) {
  nn::Transformer model(tiny_qwen3(), 1);
  std::map<std::string, std::set<std::string>> places;  // of a weight: pass, layer, part and operation
  for (const TracedEvent& event : traced_step(model, 2).events)
    if (event.json.contains("args") && event.json["args"].contains("detail")) {
      std::string place;
      for (const std::string& name : event.path) place += name + " > ";
      places[event.json["args"]["detail"]].insert(place + event.json["name"].get<std::string>());
    }
  for (const int layer : {0, 1}) {
    const std::string name = "model.layers." + std::to_string(layer), region = "layer " + std::to_string(layer);
    EXPECT_EQ(places[name + ".self_attn.k_proj.weight"],
              (std::set<std::string>{"forward > " + region + " > attention part > linear",
                                     "backward > " + region + " > attention part > linear backward"}));
    EXPECT_EQ(places[name + ".mlp.down_proj.weight"],
              (std::set<std::string>{"forward > " + region + " > feed-forward part > swiglu linear",
                                     "backward > " + region + " > feed-forward part > swiglu linear backward"}));
  }
  EXPECT_EQ(places["model.embed_tokens.weight"], std::set<std::string>{"forward > head and cross entropy"});
}

TEST(TraceOfAStep, RecomputationShowsAsAThirdPassOfTheLayers) {
  nn::Transformer model(tiny_qwen3(), 1);
  const double once = traced_step(model, 2).flops("gemm");
  model.set_recompute(true);
  const TracedStep step = traced_step(model, 2);
  const double again = 2.0 * static_cast<double>(kRows * kTokens) *
                       static_cast<double>(multiplied_weights(model) - 37 * model.config().width);
  EXPECT_EQ(step.flops("gemm"), once + again);
  EXPECT_EQ(step.flops("gemm", "recompute"), 3 * again);  // the pass again, and its gradients
}

TEST(TraceOfAStep, GradientsAreTheSameBitsWithAndWithout) {
  for (const nn::TransformerConfig& config : tiny_configs()) {
    nn::Transformer model(config, 1);
    const TracedStep traced = traced_step(model, 2);
    const autograd::Runtime runtime(2);
    const auto plain = gradients_of(model, runtime, {{.ids = random_ids(kRows, kTokens, 37, 1)}},
                                    {random_ids(kRows, kTokens, 37, 2)}, 1.0f / (kRows * kTokens));
    for (size_t i = 0; i < plain.size(); ++i)
      EXPECT_EQ(std::memcmp(plain[i].second.data(), traced.gradients[i].second.data(),
                            static_cast<size_t>(plain[i].second.num_bytes())),
                0)
          << plain[i].first;
  }
}

}  // namespace
}  // namespace vitrine::testing
