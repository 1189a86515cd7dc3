// Keys of config.json that change what is computed: each is honoured or refused by name.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/architecture.h"
#include "model/config_json.h"

namespace vitrine::model {
namespace {

using Json = nlohmann::json;

Json family_config(const char* more) {
  Json json = Json::parse(R"({"vocab_size": 96, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
                              "num_key_value_heads": 2, "intermediate_size": 96, "max_position_embeddings": 8192})");
  json.update(Json::parse(more));
  return json;
}

Json gpt2_config(const char* more) {
  Json json = Json::parse(R"({"vocab_size": 96, "n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 128})");
  json.update(Json::parse(more));
  return json;
}

std::string refusal(const Architecture& architecture, const Json& json, ErrorCode code = ErrorCode::kUnsupported) {
  try {
    architecture.read_config(json.dump());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << json.dump();
    EXPECT_FALSE(error.hint().empty() && code == ErrorCode::kUnsupported) << json.dump();
    return error.message();
  }
  return "taken";
}

TEST(ConfigKeys, WhatGpt2DoesNotComputeIsRefusedByKeyAndValue) {
  for (const auto& [more, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"scale_attn_by_inverse_layer_idx": true})",
            "'scale_attn_by_inverse_layer_idx' is true (expected false)"},
           {R"({"scale_attn_weights": false})", "'scale_attn_weights' is false (expected true)"},
           {R"({"add_cross_attention": true})", "'add_cross_attention' is true (expected false)"},
           {R"({"is_causal": false})", "'is_causal' is false (expected true)"},
           {R"({"tie_word_embeddings": false})", "'tie_word_embeddings' is false (expected true)"},
           {R"({"activation_function": "gelu"})",
            R"('activation_function' is "gelu" (expected "gelu_new" or "gelu_pytorch_tanh"))"}})
    EXPECT_EQ(refusal(kGpt2, gpt2_config(more)), std::string("config.json: ") + message);
  for (const char* more : {"{}", R"({"activation_function": "gelu_pytorch_tanh", "scale_attn_weights": true})",
                           R"({"reorder_and_upcast_attn": true, "scale_attn_by_inverse_layer_idx": false})"})
    EXPECT_EQ(kGpt2.read_config(gpt2_config(more).dump()).mlp, "gelu") << more;
}

TEST(ConfigKeys, WhatTheFamilyDoesNotComputeIsRefusedByKeyAndValue) {
  EXPECT_EQ(refusal(kLlama, family_config(R"({"hidden_act": "gelu"})")),
            R"(config.json: 'hidden_act' is "gelu" (expected "silu" or "swish"))");
  EXPECT_EQ(refusal(kQwen3, family_config(R"({"is_causal": false})")),
            "config.json: 'is_causal' is false (expected true)");
  EXPECT_NE(refusal(kLlama, family_config(R"({"rope_parameters": {"partial_rotary_factor": 0.5}})")).find("a part of"),
            std::string::npos);
}

TEST(ConfigKeys, TheBaseOfTheAnglesIsFoundBesideTheRotaryKeysToo) {
  for (const char* more : {R"({"rope_theta": 500, "rope_parameters": {"rope_type": "default"}})",
                           R"({"rope_theta": 9, "rope_parameters": {"rope_theta": 500}})",
                           R"({"rope_scaling": {"type": "linear", "factor": 2, "rope_theta": 500}})",
                           R"({"rope_theta": 500, "rope_scaling": {}, "rope_parameters": null})"})
    EXPECT_EQ(kLlama.read_config(family_config(more).dump()).rope_theta, 500) << more;
  const char* both = R"({"rope_scaling": {"rope_type": "linear", "factor": 2}, "rope_parameters": {"rope_theta": 7}})";
  EXPECT_EQ(kLlama.read_config(family_config(both).dump()).rope_scaling, "linear");
}

TEST(ConfigKeys, AQwenWindowIsWhatTheKindsOfItsLayersSay) {
  for (const Architecture* architecture : {&kQwen2, &kQwen3}) {
    const auto window = [&](const char* more) { return architecture->read_config(family_config(more).dump()).window; };
    EXPECT_EQ(window(R"({"sliding_window": 30, "max_window_layers": 0})"), 0);
    EXPECT_EQ(window(R"({"use_sliding_window": true, "sliding_window": 30, "max_window_layers": 0})"), 30);
    EXPECT_EQ(window(R"({"use_sliding_window": true, "sliding_window": 30})"), 0);  // the first 28 have none
    EXPECT_EQ(window(R"({"use_sliding_window": true, "sliding_window": 30, "max_window_layers": 3})"), 0);
    EXPECT_EQ(window(R"({"use_sliding_window": true, "sliding_window": null, "max_window_layers": 0})"), 0);
    EXPECT_EQ(window(R"({"use_sliding_window": true, "sliding_window": 30, "max_window_layers": 0,
                         "layer_types": ["full_attention", "full_attention", "full_attention"]})"),
              0);
    EXPECT_EQ(window(R"({"use_sliding_window": true, "max_window_layers": 28,
                         "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention"]})"),
              4096);
  }
}

TEST(ConfigKeys, AQwenWindowOnSomeLayersOrOfUnknownKindIsRefused) {
  EXPECT_EQ(refusal(kQwen2, family_config(R"({"use_sliding_window": true, "max_window_layers": 2})")),
            "config.json: a sliding window on 1 of 3 layers (expected all or none)");
  const auto kinds = [](const char* first, bool is_on) {
    Json json = family_config(R"({"layer_types": ["", "sliding_attention", "sliding_attention"]})");
    json["layer_types"][0] = first;
    json["use_sliding_window"] = is_on;
    return json;
  };
  EXPECT_NE(refusal(kQwen3, kinds("full_attention", true)).find("on 2 of 3 layers"), std::string::npos);
  EXPECT_NE(refusal(kQwen3, kinds("linear_attention", true)).find("'linear_attention'"), std::string::npos);
  EXPECT_NE(refusal(kQwen3, kinds("sliding_attention", false), ErrorCode::kCorruptData).find("'use_sliding_window'"),
            std::string::npos);
  EXPECT_NE(refusal(kQwen3, family_config(R"({"layer_types": ["full_attention"]})"), ErrorCode::kCorruptData)
                .find("1 entries"),
            std::string::npos);
}

TEST(ConfigKeys, AMistralThatDoesNotSayHasTheUsualWindow) {
  EXPECT_EQ(kMistral.read_config(family_config("{}").dump()).window, 4096);
  EXPECT_EQ(kMistral.read_config(family_config(R"({"sliding_window": null})").dump()).window, 0);
  EXPECT_EQ(kMistral.read_config(family_config(R"({"sliding_window": 7})").dump()).window, 7);
}

TEST(ConfigKeys, AnErrorNamesTheFileThatIsRead) {
  const auto message = [](const auto& read) {
    try {
      read();
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("taken");
  };
  EXPECT_EQ(message([] { ConfigJson("[", "generation_config.json"); }),
            "generation_config.json: malformed JSON at byte 2");
  EXPECT_EQ(message([] { ConfigJson("[]", "generation_config.json"); }),
            "generation_config.json: malformed JSON (expected an object)");
  EXPECT_EQ(message([] { ConfigJson(R"({"a": {"b": 1.5}})", "x.json").object("a")->integer("b"); }),
            "x.json: 'b' is wrong (got 1.5, expected a whole number)");
}

}  // namespace
}  // namespace vitrine::model
