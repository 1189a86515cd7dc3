// LoRA adapters under names of their own: chosen by a request's model, answered in one batch, never mixed.
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "core/rng.h"
#include "io/safetensors.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::status_of;

Tensor random_half(int64_t rows, int64_t columns, Rng& rng) {
  const Tensor half = Tensor::empty({rows, columns});
  for (float& value : half.floats()) value = static_cast<float>(0.4 * rng.next_normal());
  return half;
}

class ServedAdapters : public ApplicationTest {
 protected:
  /// An adapter beside every linear map of the model at `model`, as PEFT writes it.
  std::string make_adapter(const std::string& name, const std::filesystem::path& model, uint64_t seed) const {
    const auto transformer = model::load_transformer(model);
    Rng rng(seed, 80);
    io::NamedTensors tensors;
    for (const nn::Parameter* const parameter : transformer->parameters()) {
      if (parameter->role != autograd::ParameterRole::kMatrix) continue;
      const std::string module =
          "base_model.model." + parameter->name.substr(0, parameter->name.size() - std::string(".weight").size());
      tensors.emplace_back(module + ".lora_A.weight", random_half(3, parameter->shape()[1], rng));
      tensors.emplace_back(module + ".lora_B.weight", random_half(parameter->shape()[0], 3, rng));
    }
    std::filesystem::create_directories(folder() / name);
    write_file_durably(folder() / name / "adapter_config.json", R"({"peft_type":"LORA","r":3,"lora_alpha":3})");
    io::write_safetensors(folder() / name / "adapter_model.safetensors", tensors);
    return name + "=" + (folder() / name).string();
  }
  ApplicationOptions with_two() const {
    make_model(folder() / "tiny");
    ApplicationOptions options;
    options.hub.adapters =
        parse_named_adapters({make_adapter("A", folder() / "tiny", 1), make_adapter("B", folder() / "tiny", 2)});
    std::filesystem::remove_all(folder() / "tiny");  // start() makes the same one
    return options;
  }
  /// What a field of the answer of that model holds.
  std::string said(const std::string& path, const std::string& model, const std::string& rest, const std::string& begin,
                   const std::string& end) const {
    const std::string answer = send("POST", path, R"({"model":")" + model + R"(",)" + rest + "}");
    EXPECT_EQ(status_of(answer), 200) << answer;
    EXPECT_NE(answer.find(R"("model":")" + model + '"'), std::string::npos) << answer;
    const size_t at = answer.find(begin);
    EXPECT_NE(at, std::string::npos) << answer;
    return answer.substr(at, answer.find(end, at) - at);
  }
  std::string words(const std::string& model) const {
    return said(
        "/v1/chat/completions", model,
        R"("messages":[{"role":"user","content":"A question that is long enough to fill more than one page of a )"
        R"(cache, so that there is something to share"}],"max_tokens":24,"temperature":0,"ignore_eos":true)",
        "\"content\":", "\"refusal\"");
  }
  void expect_refused(const HubOptions& hub, const std::string& named) {
    ApplicationOptions options;
    options.hub = hub;
    try {
      start(options);
      ADD_FAILURE() << "taken: " << named;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
    }
  }
};

TEST_F(ServedAdapters, RequestsTogetherGetWhatEachGetsAlone) {
  const ApplicationOptions options = with_two();
  start(options);
  std::map<std::string, std::string> alone;
  for (const char* const model : {"tiny", "A", "B"}) alone[model] = words(model);
  EXPECT_NE(alone["tiny"], alone["A"]);
  EXPECT_NE(alone["tiny"], alone["B"]);
  EXPECT_NE(alone["A"], alone["B"]);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> clients;
    std::map<std::string, std::string> together;
    for (const auto& [model, text] : alone) together[model];
    for (const auto& [model, text] : alone)
      clients.emplace_back([&, name = model] { together.at(name) = words(name); });
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(together, alone);
  }
}

TEST_F(ServedAdapters, EveryRouteThatTakesAModelTakesAnAdapter) {
  const ApplicationOptions options = with_two();
  start(options);
  struct Case {
    const char *path, *rest, *begin, *end;
  };
  for (const Case& each :
       {Case{"/v1/completions", R"("prompt":"one","max_tokens":20,"temperature":0)", "\"text\":", "\"finish_reason\""},
        Case{"/v1/responses", R"("input":"one","max_output_tokens":20,"temperature":0,"store":false)", "\"text\":\"",
             "\"annotations\""},
        Case{"/v1/messages", R"("messages":[{"role":"user","content":"one"}],"max_tokens":20,"temperature":0)",
             "\"text\":\"", "\"}"},
        Case{"/v1/embeddings", R"("input":"one")", "\"embedding\":[", "]"}})
    EXPECT_NE(said(each.path, "tiny", each.rest, each.begin, each.end),
              said(each.path, "A", each.rest, each.begin, each.end))
        << each.path;
}

TEST_F(ServedAdapters, AreListedAsModelsWithTheirParentAndCountedOnce) {
  const ApplicationOptions options = with_two();
  start(options);
  const std::string list = get("/v1/models");
  for (const char* const name : {"A", "B"}) {
    EXPECT_NE(list.find("\"id\":\"" + std::string(name) + '"'), std::string::npos) << list;
    EXPECT_NE(get("/v1/models/" + std::string(name)).find(R"("root":"tiny","parent":"tiny")"), std::string::npos);
    EXPECT_NE(get("/api/models").find("\"id\":\"" + std::string(name) + '"'), std::string::npos);
  }
  EXPECT_EQ(get("/v1/models/tiny").find("\"parent\""), std::string::npos);
  EXPECT_NE(get("/metrics").find("\nvitrine_models_loaded 1\n"), std::string::npos);
  EXPECT_EQ(status_of(send("POST", "/v1/completions", R"({"model":"C","prompt":"x"})")), 404);
}

TEST_F(ServedAdapters, ThatDoNotFitOrAreNotThereOrAreCalledLikeAModelAreRefusedByName) {
  make_model(folder() / "tiny");
  model::write_model_folder(
      folder() / "wider",
      *std::make_unique<nn::Transformer>(nn::TransformerConfig{.vocab_size = testing::small_tokenizer().vocab_size(),
                                                               .width = 48,
                                                               .layers = 2,
                                                               .heads = 2,
                                                               .key_heads = 1,
                                                               .head_width = 16,
                                                               .hidden_width = 64,
                                                               .context_length = 64},
                                         1),
      testing::small_tokenizer(), {});
  const std::string fits = make_adapter("A", folder() / "tiny", 1), other = make_adapter("W", folder() / "wider", 1);
  std::filesystem::remove_all(folder() / "tiny");
  HubOptions hub;
  hub.adapters = parse_named_adapters({fits, other});
  expect_refused(hub, "--adapter W=");
  std::filesystem::remove_all(folder() / "tiny");
  hub.adapters = {{"gone", folder() / "nowhere"}};
  expect_refused(hub, "--adapter gone=");
  std::filesystem::remove_all(folder() / "tiny");
  hub.adapters = {{"tiny", folder() / "A"}};
  expect_refused(hub, "'tiny' is the name of a model");
  // The same for every other model on offer, but not where it is the adapter itself that lies there.
  setenv("VITRINE_HOME", folder().path().c_str(), 1);
  make_model(folder() / "models" / "nano");
  offers_other_models_ = true;
  hub.adapters = {{"nano", folder() / "A"}};
  std::filesystem::remove_all(folder() / "tiny");
  expect_refused(hub, "'nano' is the name of a model");
  unsetenv("VITRINE_HOME");
}

TEST(NamedAdapters, AreANameAndAFolderAndNoTwoAreCalledTheSame) {
  const auto parsed = parse_named_adapters({"a-1.b=x=y", "b=/z"});
  ASSERT_EQ(parsed.size(), 2u);
  EXPECT_EQ(parsed[0].name, "a-1.b");
  EXPECT_EQ(parsed[0].folder, "x=y");
  for (const char* const text : {"", "=", "a", "a=", "=x", "a b=x", "a\n=x", "\"=x"})
    EXPECT_THROW(parse_named_adapters({text}), Error) << text;
  EXPECT_THROW(parse_named_adapters({"a=x", "a=y"}), Error);
}

}  // namespace
}  // namespace vitrine::serve
