#include "model/model_folder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/files.h"
#include "core/dtype.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace vitrine::model {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using testing::put_file;
using testing::small_tokenizer;
using testing::TemporaryFolder;

constexpr const char* kWeights = "model.safetensors";

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), static_cast<size_t>(a.num_bytes())) == 0;
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The error of loading, or one that says that there was none.
Error error_of(const fs::path& path) {
  try {
    load_model(path);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

nn::TransformerConfig with_tokenizer(nn::TransformerConfig config) {
  config.vocab_size = small_tokenizer().vocab_size();
  return config;
}

/// Models of both architectures in folders of their own, and of the first one a run with several checkpoints.
class LoadModel : public ::testing::Test {
 protected:
  /// Gains and biases start out equal; a place mixed up would not be seen.
  static void vary_vectors(nn::Transformer& model) {
    uint32_t number = 0;
    model.visit([&](nn::Parameter& parameter) {
      Rng rng(9, 1, number++);
      if (parameter.role != autograd::ParameterRole::kVector) return;
      for (float& value : parameter.data().floats()) value = static_cast<float>(rng.next_uniform());
      parameter.weight.mark_changed();
    });
  }

  /// Saves as a checkpoint of a run; returns the checkpoint's folder.
  fs::path save(const std::string& run, nn::Transformer& model, int64_t step = 1) const {
    vary_vectors(model);
    io::CheckpointWriter writer(folder_ / run, step);
    add_model_files(writer, model, small_tokenizer(),
                    {.eos_token = std::string(data::kEndOfTurn), .pad_token = std::string(data::kEndOfText)});
    return writer.commit();
  }

  /// The same as a folder without a manifest, in which tests may change what they like.
  fs::path save_plain(const std::string& name, nn::Transformer& model) const {
    const fs::path plain = folder_ / name;
    fs::remove_all(plain);
    fs::copy(save(name + "-run", model), plain, fs::copy_options::recursive);
    fs::remove(plain / "manifest.json");
    return plain;
  }

  static std::vector<nn::TransformerConfig> file_configs() {
    std::vector<nn::TransformerConfig> list{testing::tiny_qwen3(), testing::tiny_gpt2(), testing::tiny_qwen3()};
    list[2].tie_embeddings = false;
    list[2].window = 5;
    for (nn::TransformerConfig& config : list) config = with_tokenizer(config);
    return list;
  }

  static void edit_config(const fs::path& plain, const std::function<void(Json&)>& edit) {
    Json json = Json::parse(read_file(plain / "config.json"));
    edit(json);
    put_file(plain / "config.json", json.dump());
  }

  static void edit_tensors(const fs::path& plain, const std::function<void(io::NamedTensors&)>& edit) {
    io::NamedTensors tensors = io::SafetensorsFile(plain / kWeights).read_all();
    edit(tensors);
    io::write_safetensors(plain / kWeights, tensors);
  }

  static Tensor& tensor_of(io::NamedTensors& tensors, const std::string& name) {
    for (auto& [key, tensor] : tensors)
      if (key == name) return tensor;
    throw std::runtime_error("no tensor " + name);
  }

  TemporaryFolder folder_;
};

TEST_F(LoadModel, WhatIsSavedIsLoadedBitByBit) {
  for (const nn::TransformerConfig& config : file_configs()) {
    nn::Transformer model(config, 5);
    for (const fs::path& path : {save("run", model), folder_ / "run", save_plain("plain", model)}) {
      const LoadedModel loaded = load_model(path);
      nn::TransformerConfig saved = config, read = loaded.transformer->config();
      saved.dropout = read.dropout;  // a matter of training
      EXPECT_EQ(fields_to_json(read.fields()), fields_to_json(saved.fields()));
      const auto ours = model.parameters(), theirs = loaded.transformer->parameters();
      ASSERT_EQ(ours.size(), theirs.size());
      for (size_t i = 0; i < ours.size(); ++i) {
        EXPECT_EQ(ours[i]->name, theirs[i]->name);
        EXPECT_TRUE(same_bits(ours[i]->data(), theirs[i]->data())) << ours[i]->name;
      }
      EXPECT_EQ(loaded.tokenizer.encode("the cat sat"), small_tokenizer().encode("the cat sat"));
      EXPECT_TRUE(loaded.refused_checkpoints.empty());
    }
    fs::remove_all(folder_ / "run");
  }
}

TEST_F(LoadModel, HalfPrecisionWeightsHaveTheValuesOfTheFile) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  edit_tensors(plain, [](io::NamedTensors& tensors) {
    bool is_bf16 = false;
    for (auto& [name, tensor] : tensors) {
      is_bf16 = !is_bf16;
      const Tensor half = Tensor::empty(tensor.shape(), is_bf16 ? DType::kBF16 : DType::kF16);
      for (int64_t i = 0; i < tensor.num_elements(); ++i) {
        const float value = tensor.f32()[i];
        reinterpret_cast<uint16_t*>(half.data())[i] = is_bf16 ? bf16_from_f32(value) : f16_from_f32(value);
      }
      tensor = half;
    }
  });
  const LoadedModel loaded = load_model(plain);
  const auto ours = model.parameters(), theirs = loaded.transformer->parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    // Matrices stay in 16 bits; what else there is turns into f32.
    const autograd::Weight& weight = theirs[i]->weight;
    EXPECT_EQ(weight.holds_16_bit_values(), weight.shape().rank() == 2) << theirs[i]->name;
    const Tensor values = weight.values();
    for (int64_t j = 0; j < ours[i]->data().num_elements(); ++j)
      ASSERT_NEAR(ours[i]->data().f32()[j], values.f32()[j], 1.0 / 256 * std::abs(ours[i]->data().f32()[j]) + 1e-7);
  }
}

TEST_F(LoadModel, AMissingTensorIsNamedWithTheShapeThatWasExpected) {
  const std::pair<size_t, std::string> cases[] = {{0, "model.layers.1.self_attn.q_norm.weight"},
                                                  {1, "transformer.h.1.attn.c_attn.weight"}};
  for (const auto& [config, name] : cases) {
    nn::Transformer model(file_configs()[config], 5);
    const fs::path plain = save_plain("plain", model);
    std::string shape;
    edit_tensors(plain, [&, &name = name](io::NamedTensors& tensors) {
      shape = tensor_of(tensors, name).shape().to_text();
      std::erase_if(tensors, [&](const auto& tensor) { return tensor.first == name; });
    });
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    for (const std::string& part : {name, shape, std::string("missing")})
      EXPECT_TRUE(mentions(error.message(), part)) << error.message();
  }
}

TEST_F(LoadModel, ATensorOfAnotherShapeIsNamedWithBothShapes) {
  const std::pair<size_t, std::string> cases[] = {{0, "model.layers.0.mlp.up_proj.weight"},
                                                  {1, "transformer.h.0.mlp.c_fc.weight"}};
  for (const auto& [config, name] : cases) {
    nn::Transformer model(file_configs()[config], 5);
    const fs::path plain = save_plain("plain", model);
    std::string right;
    edit_tensors(plain, [&, &name = name](io::NamedTensors& tensors) {
      Tensor& tensor = tensor_of(tensors, name);
      right = tensor.shape().to_text();
      tensor = Tensor::zeros({3, 7});
    });
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    for (const std::string& part : {name, right, Shape{3, 7}.to_text()})
      EXPECT_TRUE(mentions(error.message(), part)) << error.message();
  }
}

TEST_F(LoadModel, ATensorThatTheModelHasNoPlaceForIsNamed) {
  for (const size_t config : {size_t{0}, size_t{1}}) {
    nn::Transformer model(file_configs()[config], 5);
    const fs::path plain = save_plain("plain", model);
    edit_tensors(plain, [](io::NamedTensors& tensors) {
      tensors.emplace_back("model.layers.2.extra.weight", Tensor::zeros({2, 9}));
    });
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_TRUE(mentions(error.message(), "model.layers.2.extra.weight")) << error.message();
    EXPECT_TRUE(mentions(error.message(), Shape{2, 9}.to_text())) << error.message();
  }
}

TEST_F(LoadModel, AConfigWithFewerLayersThanTheWeightsIsRefused) {
  for (const auto& [config, key] : {std::pair<size_t, const char*>{0, "num_hidden_layers"}, {1, "n_layer"}}) {
    nn::Transformer model(file_configs()[config], 5);
    const fs::path plain = save_plain("plain", model);
    edit_config(plain, [&, key = key](Json& json) { json[key] = 1; });
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << error.message();
    EXPECT_TRUE(mentions(error.message(), "more")) << error.message();  // many tensors: some are named
  }
}

TEST_F(LoadModel, TablesThatAreMadeAnewAndAHeadBesideATiedTableAreNoFault) {
  nn::Transformer gpt2(file_configs()[1], 5), qwen3(file_configs()[0], 5);
  const fs::path first = save_plain("gpt2", gpt2), second = save_plain("qwen3", qwen3);
  edit_tensors(first, [](io::NamedTensors& tensors) {
    tensors.emplace_back("transformer.h.0.attn.bias", Tensor::zeros({1, 1, 32, 32}));
    tensors.emplace_back("transformer.h.0.attn.masked_bias", Tensor::zeros({1}));
    tensors.emplace_back("lm_head.weight", Tensor::zeros({290, 24}));
  });
  edit_tensors(second, [](io::NamedTensors& tensors) {
    tensors.emplace_back("model.layers.0.self_attn.rotary_emb.inv_freq", Tensor::zeros({3}));
    tensors.emplace_back("lm_head.weight", Tensor::zeros({290, 24}));
  });
  EXPECT_NO_THROW(load_model(first));
  EXPECT_NO_THROW(load_model(second));
}

TEST_F(LoadModel, Gpt2FilesWithoutAPrefixAreRead) {
  nn::Transformer model(file_configs()[1], 5);
  const fs::path plain = save_plain("plain", model);
  edit_tensors(plain, [](io::NamedTensors& tensors) {
    for (auto& [name, tensor] : tensors) name = name.substr(std::string("transformer.").size());
  });
  const LoadedModel loaded = load_model(plain);
  EXPECT_TRUE(same_bits(loaded.transformer->parameters()[5]->data(), model.parameters()[5]->data()));
}

TEST_F(LoadModel, WeightsOfATypeThatIsNoNumberForUsAreRefused) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  edit_tensors(plain, [](io::NamedTensors& tensors) {
    Tensor& tensor = tensor_of(tensors, "model.norm.weight");
    tensor = Tensor::zeros(tensor.shape(), DType::kI32);
  });
  const Error error = error_of(plain);
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_TRUE(mentions(error.message(), "model.norm.weight")) << error.message();
  EXPECT_TRUE(mentions(error.message(), "expected")) << error.message();
}

TEST_F(LoadModel, HostileConfigsGiveAnErrorThatNamesTheKey) {
  struct Case {
    const char *key, *value, *named;  // named: what the message has to hold
  };
  const Case cases[] = {
      {"hidden_size", "-24", "width"},
      {"hidden_size", "0", "width"},
      {"hidden_size", "1e300", "hidden_size"},
      {"hidden_size", "24.0", "hidden_size"},
      {"hidden_size", "\"24\"", "hidden_size"},
      {"hidden_size", "null", "hidden_size"},
      {"hidden_size", "[[24]]", "hidden_size"},
      {"hidden_size", "9223372036854775807", "hidden_size"},
      {"hidden_size", "18446744073709551615", "hidden_size"},
      {"hidden_size", "-9223372036854775808", "hidden_size"},
      {"hidden_size", "1048576", "parameters"},
      {"num_hidden_layers", "-1", "layers"},
      {"num_hidden_layers", "16384", "parameters"},
      {"num_hidden_layers", "1000000", "layers"},
      {"num_attention_heads", "-4", "heads"},
      {"num_attention_heads", "0", "heads"},
      {"num_attention_heads", "16384", "parameters"},
      {"num_key_value_heads", "3", "key_heads"},
      {"num_key_value_heads", "-2", "key_heads"},
      {"num_key_value_heads", "0", "key_heads"},
      {"head_dim", "-6", "head_width"},
      {"head_dim", "7", "head_width"},
      {"head_dim", "true", "head_dim"},
      {"head_dim", "16384", "parameters"},
      {"intermediate_size", "-1", "hidden_width"},
      {"intermediate_size", "1099511627776", "hidden_width"},
      {"max_position_embeddings", "-32", "context_length"},
      {"max_position_embeddings", "1099511627776", "context_length"},
      {"vocab_size", "-290", "vocab_size"},
      {"vocab_size", "0", "vocab_size"},
      {"vocab_size", "16777217", "vocab_size"},
      {"rms_norm_eps", "-1", "norm_eps"},
      {"rms_norm_eps", "\"small\"", "rms_norm_eps"},
      {"rms_norm_eps", "1e9", "norm_eps"},
      {"rope_theta", "0", "rope_theta"},
      {"rope_theta", "-10000", "rope_theta"},
      {"rope_theta", "{}", "rope_theta"},
      {"tie_word_embeddings", "1", "tie_word_embeddings"},
      {"tie_word_embeddings", "false", "lm_head.weight"},
      {"hidden_act", "\"gelu\"", "'hidden_act' is \"gelu\" (expected \"silu\""},
      {"hidden_act", "7", "hidden_act"},
      {"model_type", "\"mamba\"", "mamba"},
      {"model_type", "\"gpt2\"", "n_embd"},
      {"model_type", "3", "model_type"},
      {"model_type", "null", "architecture"},
  };
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  const std::string good = read_file(plain / "config.json");
  for (const Case& each : cases) {
    Json json = Json::parse(good);
    json[each.key] = Json::parse(each.value);
    put_file(plain / "config.json", json.dump());
    const Error error = error_of(plain);
    EXPECT_NE(error.code(), ErrorCode::kInternal) << each.key << " = " << each.value;
    EXPECT_TRUE(mentions(error.message(), each.named)) << each.key << " = " << each.value << ": " << error.message();
    EXPECT_TRUE(mentions(error.message(), plain.string())) << error.message();
  }
  // A window that is switched on with a size that is none.
  Json json = Json::parse(good);
  json["use_sliding_window"] = true;
  json["sliding_window"] = -5;
  json["max_window_layers"] = 0;
  put_file(plain / "config.json", json.dump());
  EXPECT_TRUE(mentions(error_of(plain).message(), "window"));
  put_file(plain / "config.json", good);
  EXPECT_NO_THROW(load_model(plain));
}

TEST_F(LoadModel, AnEndThatIsNoTokenOfTheModelIsRefusedWithTheVocabularysSize) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  const int64_t size = model.config().vocab_size;
  const std::pair<std::string, std::string> cases[] = {{std::to_string(size), std::to_string(size)},
                                                       {"[2, 999999999]", "999999999"},
                                                       {"-1", "-1"},
                                                       {"[18446744073709551615]", "eos_token_id"},
                                                       {"1e3", "1000"}};
  for (const char* const name : {"config.json", "generation_config.json"}) {
    const std::string good = read_file(plain / name);
    for (const auto& [value, named] : cases) {
      Json json = Json::parse(good);
      json["eos_token_id"] = Json::parse(value);
      put_file(plain / name, json.dump());
      const Error error = error_of(plain);
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
      for (const std::string& part : {std::string(name), std::string("eos_token_id"), named})
        EXPECT_TRUE(mentions(error.message(), part)) << error.message();
    }
    Json json = Json::parse(good);
    json["eos_token_id"] = size;
    put_file(plain / name, json.dump());
    EXPECT_TRUE(mentions(error_of(plain).message(), "from 0 to " + std::to_string(size - 1)));
    json["eos_token_id"] = {0, size - 1};
    put_file(plain / name, json.dump());
    EXPECT_NO_THROW(load_model(plain));
    put_file(plain / name, good);
  }
}

TEST_F(LoadModel, SizesWhoseProductLeavesSixtyFourBitsAreRefused) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  edit_config(plain, [](Json& json) {
    for (const char* key : {"num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim"})
      json[key] = 16384;
    json["hidden_size"] = 1048576;
  });
  const Error error = error_of(plain);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(mentions(error.message(), "parameters (expected at most")) << error.message();
  EXPECT_TRUE(mentions(error.message(), "config.json")) << error.message();
}

TEST_F(LoadModel, UnknownArchitecturesGetTheKnownOnes) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  edit_config(plain, [](Json& json) { json["model_type"] = "mamba"; });
  const Error error = error_of(plain);
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  for (const Architecture& architecture : architectures())
    EXPECT_TRUE(mentions(error.hint(), architecture.name)) << error.hint();
}

TEST_F(LoadModel, ConfigsThatAreNoJsonObjectAreRefused) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{"), std::string("null"), std::string("\xff\xfe\x00\x01", 4),
        std::string(1 << 20, '['), std::string(1 << 20, '{'), "{\"a\":" + std::string(1 << 20, '['),
        "{\"hidden_size\":" + std::string(5000, '[') + std::string(5000, ']') + "}"}) {
    put_file(plain / "config.json", text);
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << text.substr(0, 20) << ": " << error.message();
    EXPECT_TRUE(mentions(error.message(), "config.json")) << error.message();
  }
}

TEST_F(LoadModel, BytesBehindAJsonFileAreRefusedAlsoBehindANul) {
  nn::Transformer model(file_configs()[0], 5);
  const fs::path plain = save_plain("plain", model);
  for (const char* const name : {"config.json", "generation_config.json", "tokenizer_config.json"})
    for (const std::string& tail : {std::string("\0", 1), std::string("\0{}", 3), std::string("x")}) {
      const std::string whole = read_file(plain / name);
      put_file(plain / name, whole + tail);
      EXPECT_THROW(load_model(plain), Error) << name;
      put_file(plain / name, whole);
    }
  load_model(plain);
}

TEST_F(LoadModel, DamagedConfigsNeverDoMoreThanFail) {
  std::mt19937_64 random(3);
  for (const size_t config : {size_t{0}, size_t{1}}) {
    nn::Transformer model(file_configs()[config], 5);
    const fs::path plain = save_plain("plain", model);
    const std::string good = read_file(plain / "config.json");
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      std::string bad = good;
      for (uint64_t change = 1 + random() % 3; change > 0; --change) {
        const size_t at = random() % bad.size();
        constexpr std::string_view kBytes = "0123456789-eE.,:{}[]\"\\tfnu \x01\xff";
        bad[at] = kBytes[random() % kBytes.size()];
      }
      put_file(plain / "config.json", bad);
      const Error error = error_of(plain);
      refused += error.message() != "nothing was thrown";
      if (error.code() == ErrorCode::kInternal) {
        EXPECT_EQ(error.message(), "nothing was thrown") << bad;
      }
    }
    EXPECT_GT(refused, 100);
  }
}

TEST_F(LoadModel, TruncatedAndMissingFilesAreNamed) {
  nn::Transformer model(file_configs()[0], 5);
  for (const char* const name : {"config.json", kWeights, "tokenizer.json"}) {
    const fs::path plain = save_plain("plain", model);
    const std::string good = read_file(plain / name);
    for (const size_t size : {size_t{0}, size_t{5}, good.size() / 3, good.size() - 3}) {
      put_file(plain / name, good.substr(0, size));
      const Error error = error_of(plain);
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << name << " " << size << ": " << error.message();
      EXPECT_TRUE(mentions(error.message(), name)) << error.message();
    }
    fs::remove(plain / name);
    const Error error = error_of(plain);
    EXPECT_EQ(error.code(), ErrorCode::kNotFound) << name;
    EXPECT_TRUE(mentions(error.message() + error.hint(), name)) << error.message() << " | " << error.hint();
  }
}

TEST_F(LoadModel, ATokenizerThatIsLargerThanTheModelIsRefused) {
  nn::TransformerConfig config = file_configs()[0];
  config.vocab_size -= 1;
  nn::Transformer model(config, 5);
  const Error error = error_of(save_plain("plain", model));
  EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
  for (const int64_t size : {config.vocab_size, config.vocab_size + 1})
    EXPECT_TRUE(mentions(error.message(), std::to_string(size))) << error.message();
}

TEST_F(LoadModel, ARunWithADamagedNewestCheckpointGivesTheOneBeforeAndSaysSo) {
  nn::Transformer older(file_configs()[0], 5), newer(file_configs()[0], 6);
  const fs::path first = save("run", older, 100), second = save("run", newer, 200);
  EXPECT_EQ(load_model(folder_ / "run").folder, second);
  std::string bytes = read_file(second / kWeights);
  bytes[bytes.size() - 9] ^= 1;
  put_file(second / kWeights, bytes);
  const LoadedModel loaded = load_model(folder_ / "run");
  EXPECT_EQ(loaded.folder, first);
  EXPECT_TRUE(same_bits(loaded.transformer->parameters()[0]->data(), older.parameters()[0]->data()));
  ASSERT_EQ(loaded.refused_checkpoints.size(), 1u);
  EXPECT_TRUE(mentions(loaded.refused_checkpoints[0], "step 200")) << loaded.refused_checkpoints[0];
  const Error error = error_of(second);  // asked for by name it is refused
  EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
  EXPECT_TRUE(mentions(error.hint(), first.string())) << error.hint();
  put_file(first / kWeights, bytes);
  EXPECT_EQ(error_of(folder_ / "run").code(), ErrorCode::kCorruptData);
}

}  // namespace
}  // namespace vitrine::model
