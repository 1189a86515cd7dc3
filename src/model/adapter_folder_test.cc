// Adapters as PEFT writes them, against what PEFT computes with them.
#include "model/adapter_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "io/safetensors.h"
#include "model/model_folder.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kGolden = fs::path(__FILE__).parent_path() / "../../tests/golden/adapter";

std::vector<float> logits_of(const nn::Transformer& model, const std::vector<int32_t>& ids,
                             const nn::Adapter* adapter) {
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  const auto count = static_cast<int64_t>(ids.size());
  const nn::AdaptedRows rows{0, count, adapter};
  if (adapter) context.adapt = nn::adapt_rows({&rows, 1});
  const Tensor logits = model.logits(context, model.hidden(context, {.ids = Tensor::from_ints({1, count}, ids)}));
  return {logits.floats().begin(), logits.floats().end()};
}

void expect_near(const std::vector<float>& got, const std::vector<float>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4) << i;
}

/// Against what peft computed with the adapter of a golden folder, applied and merged.
void expect_logits_of_peft(const fs::path& folder, size_t num_maps) {
  const Json golden = Json::parse(read_file(folder / "logits.json"));
  const std::vector<int32_t> ids = golden["ids"];
  const auto model = load_transformer(folder / "model");
  const auto adapter = load_adapter(folder / "adapter", *model);
  EXPECT_EQ(adapter->maps.size(), num_maps);
  expect_near(logits_of(*model, ids, nullptr), golden["plain"]);
  expect_near(logits_of(*model, ids, adapter.get()), golden["adapted"]);
  nn::merge_adapter(*model, *adapter);
  expect_near(logits_of(*model, ids, nullptr), golden["adapted"]);
}

TEST(AdapterFolder, LogitsAreThoseOfPeftAppliedAndMerged) { expect_logits_of_peft(kGolden, 14); }

TEST(AdapterFolder, Gpt2sMapsOverQueriesKeysAndValuesAreThoseOfPeft) { expect_logits_of_peft(kGolden / "gpt2", 12); }

TEST(AdapterFolder, AMapBesideAHeadOfItsOwnIsThatOfPeft) { expect_logits_of_peft(kGolden / "head", 2); }

TEST(AdapterFolder, PatternsOfRanksAndAlphasAreThoseOfPeft) { expect_logits_of_peft(kGolden / "patterns", 6); }

TEST(AdapterFolder, AHeadBesideTheMapsHasToBeTheModelsOwn) {
  const testing::TemporaryFolder folder;
  const auto model = load_transformer(kGolden / "head/model");
  io::NamedTensors tensors = io::SafetensorsFile(kGolden / "head/adapter/adapter_model.safetensors").read_all();
  write_file_durably(folder.path() / "adapter_config.json", read_file(kGolden / "head/adapter/adapter_config.json"));
  for (const auto& [shape, named] :
       {std::pair{Shape{24, 16}, "is another head"}, {Shape{25, 16}, "has shape [25,16]"}}) {
    for (auto& [name, tensor] : tensors)
      if (name.ends_with("base_layer.weight")) tensor = Tensor::zeros(shape);
    io::write_safetensors(folder.path() / "adapter_model.safetensors", tensors);
    try {
      load_adapter(folder.path(), *model);
      ADD_FAILURE() << named;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kMismatch);
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
    }
  }
}

TEST(AdapterFolder, AlphaOfAPatternIsThatOfItsModulesAlone) {
  const testing::TemporaryFolder folder;
  const auto model = load_transformer(kGolden / "model");
  Json config = Json::parse(read_file(kGolden / "adapter/adapter_config.json"));
  const double alpha = config["lora_alpha"];
  config["alpha_pattern"] = {{"q_proj", 3 * alpha}, {"layers.1.mlp.up_proj", 0.5 * alpha}};
  write_file_durably(folder.path() / "adapter_config.json", config.dump());
  write_file_durably(folder.path() / "adapter_model.safetensors",
                     read_file(kGolden / "adapter/adapter_model.safetensors"));
  const auto plain = load_adapter(kGolden / "adapter", *model), changed = load_adapter(folder.path(), *model);
  int num_changed = 0;
  for (const auto& [name, map] : changed->maps) {
    const bool is_query = name.ends_with("q_proj.weight"), is_up = name == "model.layers.1.mlp.up_proj.weight";
    EXPECT_FLOAT_EQ(map.scale, plain->maps.at(name).scale * (is_query ? 3.0f : is_up ? 0.5f : 1.0f)) << name;
    num_changed += is_query || is_up;
  }
  EXPECT_EQ(num_changed, 3);
}

/// The golden adapter with its config and its tensors changed.
class ChangedAdapter : public ::testing::Test {
 protected:
  void expect_refused(const std::string& named, const std::function<void(Json&, io::NamedTensors&)>& change) {
    Json config = Json::parse(read_file(kGolden / "adapter/adapter_config.json"));
    io::NamedTensors tensors = io::SafetensorsFile(kGolden / "adapter/adapter_model.safetensors").read_all();
    change(config, tensors);
    const testing::TemporaryFolder folder;
    write_file_durably(folder.path() / "adapter_config.json", config.dump());
    io::write_safetensors(folder.path() / "adapter_model.safetensors", tensors);
    const auto model = load_transformer(kGolden / "model");
    try {
      load_adapter(folder.path(), *model);
      ADD_FAILURE() << "taken: " << named;
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal);
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
    }
  }
};

TEST_F(ChangedAdapter, IsRefusedWithTheReasonWhereItIsMoreOrLessThanLowRankMaps) {
  expect_refused("DoRA", [](Json& config, auto&) { config["use_dora"] = true; });
  expect_refused("LOHA", [](Json& config, auto&) { config["peft_type"] = "LOHA"; });
  expect_refused("biases", [](Json& config, auto&) { config["bias"] = "all"; });
  expect_refused("modules_to_save", [](Json& config, auto&) { config["modules_to_save"] = {"lm_head"}; });
  expect_refused("'q_proj' is wrong", [](Json& config, auto&) { config["alpha_pattern"] = {{"q_proj", "much"}}; });
  expect_refused("lora_alpha", [](Json& config, auto&) { config["lora_alpha"] = "much"; });
  expect_refused("'base_model.model.lm_head.weight' is no half", [](Json&, io::NamedTensors& tensors) {
    tensors.emplace_back("base_model.model.lm_head.weight", Tensor::zeros({2, 2}));
  });
  expect_refused("embed_tokens.lora_embedding_A' is no half", [](Json&, io::NamedTensors& tensors) {
    tensors.emplace_back("base_model.model.model.embed_tokens.lora_embedding_A", Tensor::zeros({2, 2}));
  });
  expect_refused("lm_head.lora_A.weight' stands beside the head, which in this model is the table of embeddings",
                 [](Json&, io::NamedTensors& tensors) {
                   tensors.emplace_back("base_model.model.lm_head.lora_A.weight", Tensor::zeros({2, 16}));
                   tensors.emplace_back("base_model.model.lm_head.lora_B.weight", Tensor::zeros({24, 2}));
                 });
  expect_refused("no tensors", [](Json&, io::NamedTensors& tensors) { tensors.clear(); });
}

TEST_F(ChangedAdapter, IsRefusedNamingTheTensorThatDoesNotFit) {
  const std::string prefix = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
  const auto replace = [](io::NamedTensors& tensors, const std::string& name, Tensor value) {
    for (auto& [own, tensor] : tensors)
      if (own == name) tensor = std::move(value);
  };
  expect_refused(prefix + "A", [&](Json&, auto& tensors) {
    replace(tensors, prefix + "A.weight", Tensor::zeros({3, 17}));
  });
  expect_refused(prefix + "B", [&](Json&, auto& tensors) {
    replace(tensors, prefix + "B.weight", Tensor::zeros({15, 3}));
  });
  expect_refused("ranks", [&](Json&, auto& tensors) { replace(tensors, prefix + "B.weight", Tensor::zeros({16, 4})); });
  expect_refused("have rank 3, expected 0", [&](Json& config, auto&) { config["r"] = 0; });
  expect_refused("have rank 3, expected 5", [&](Json& config, auto&) { config["rank_pattern"] = {{"q_proj", 5}}; });
  expect_refused(prefix + "A",
                 [&](Json&, auto& tensors) { replace(tensors, prefix + "A.weight", Tensor::zeros({16})); });
  expect_refused("finite", [&](Json&, auto& tensors) {
    const Tensor bad = Tensor::zeros({3, 16});
    bad.f32()[5] = std::numeric_limits<float>::quiet_NaN();
    replace(tensors, prefix + "A.weight", bad);
  });
  expect_refused("layers.7", [&](Json&, io::NamedTensors& tensors) {
    tensors.emplace_back("base_model.model.model.layers.7.mlp.up_proj.lora_A.weight", Tensor::zeros({3, 16}));
  });
  expect_refused("lora_B", [&](Json&, io::NamedTensors& tensors) {
    std::erase_if(tensors, [&](const auto& each) { return each.first == prefix + "B.weight"; });
  });
}

}  // namespace
}  // namespace vitrine::model
