// Several models: loaded when they are asked for, let go when memory is short, never under an answer.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "serve/application_testing.h"
#include "serve/facts_cache.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::RawClient;
using testing::status_of;

class Models : public ApplicationTest {
 protected:
  /// Two more models below $VITRINE_HOME, and memory for so many times one of them.
  void start_with_models(double times_one) {
    setenv("VITRINE_HOME", folder().path().c_str(), 1);
    make_model(folder() / "models" / "second", 2);
    make_model(folder() / "models" / "third", 3);
    const int64_t one = weight_file_bytes(folder() / "models" / "second");
    ASSERT_GT(one, 0);
    offers_other_models_ = true;
    ApplicationOptions options;
    options.hub.max_memory_bytes = static_cast<int64_t>(static_cast<double>(one) * times_one);
    start(options);
  }
  void TearDown() override {
    ApplicationTest::TearDown();
    unsetenv("VITRINE_HOME");
  }
  std::string ask(const std::string& model) const {
    return send("POST", "/v1/chat/completions",
                R"({"model":")" + model +
                    R"(","messages":[{"role":"user","content":"hi"}],"max_tokens":12,"temperature":1,"seed":5})");
  }
  std::string words(const std::string& model) const {
    const std::string answer = body_of(ask(model));
    const size_t begin = answer.find("\"content\":");
    return answer.substr(begin, answer.find("\"refusal\"", begin) - begin);
  }
  /// The model below models/owner/fetched is listed once and answers to both of its names.
  void expect_one_fetched_model() const {
    const std::string list = get("/v1/models");
    const size_t at = list.find(R"("id":"owner/fetched")");
    ASSERT_NE(at, std::string::npos) << list;
    EXPECT_EQ(list.find(R"(fetched","object")", at + 20), std::string::npos) << list;
    EXPECT_EQ(list.find(R"("id":"fetched")"), std::string::npos) << list;
    EXPECT_EQ(words("owner/fetched"), words("fetched"));  // the name of its file goes on to be understood
    EXPECT_NE(body_of(ask("fetched")).find(R"("model":"owner/fetched")"), std::string::npos);
    for (const char* const name : {"owner/fetched", "fetched"})
      EXPECT_EQ(status_of(send("GET", std::string("/v1/models/") + name)), 200) << name;
  }
  std::string metric(const std::string& name) const {
    const std::string all = get("/metrics");
    const size_t at = all.find("\nvitrine_" + name + " ") + name.size() + 10;
    return all.substr(at, all.find('\n', at) - at);
  }
};

TEST_F(Models, AnotherModelIsLoadedWhenItIsAskedForAndSaysItsOwn) {
  start_with_models(10);
  EXPECT_EQ(metric("models_loaded"), "1");
  const std::string first = words("tiny"), second = words("second");
  EXPECT_NE(first, second);
  EXPECT_EQ(metric("models_loaded"), "2");
  EXPECT_EQ(words("tiny"), first);
  for (const char* const model : {"tiny", "second", "third"})
    EXPECT_NE(get("/v1/models").find(fmt::format("\"id\":\"{}\"", model)), std::string::npos);
}

TEST_F(Models, BytesOfTrainedOnesAreKnownBeforeTheyAreLoaded) {
  const std::filesystem::path before = std::filesystem::current_path();
  make_model(folder() / "runs" / "mine" / "checkpoints" / "step-00000010", 4);
  std::filesystem::current_path(folder().path());
  start_with_models(10);
  const std::string list = get("/api/models");
  std::filesystem::current_path(before);
  const int64_t bytes = weight_file_bytes(folder() / "runs" / "mine" / "checkpoints" / "step-00000010");
  ASSERT_GT(bytes, 0);
  EXPECT_NE(list.find(fmt::format(R"("id":"mine","bytes":{},"loaded":false)", bytes)), std::string::npos) << list;
}

TEST_F(Models, OneThatWasNotUsedForLongestIsLetGoForAnother) {
  start_with_models(2.5);
  const std::string first = words("tiny"), second = words("second");
  EXPECT_EQ(metric("models_loaded"), "2");
  words("third");  // in the place of tiny
  EXPECT_EQ(metric("models_loaded"), "2");
  EXPECT_EQ(words("second"), second);
  EXPECT_EQ(words("tiny"), first);  // loaded anew
  EXPECT_EQ(metric("models_loaded"), "2");
}

TEST_F(Models, AnswerThatIsBeingWrittenKeepsItsModel) {
  start_with_models(1.5);
  const std::string body =
      R"({"model":"tiny","messages":[{"role":"user","content":"hi"}],"stream":true,"ignore_eos":true,"temperature":0})";
  const std::string request = fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
  for (int i = 0; i < 10; ++i) {
    RawClient client(port());
    client.send(request);
    client.read_until("data: ");
    const int status = status_of(ask("second"));  // where the first is still written, there is no room
    EXPECT_TRUE(status == 503 || status == 200) << status;
    EXPECT_TRUE(client.read_to_end().find("data: [DONE]") != std::string::npos);
  }
  EXPECT_EQ(status_of(ask("second")), 200);
  EXPECT_EQ(metric("models_loaded"), "1");
}

TEST_F(Models, NobodyWaitsForeverWhereModelsDriveEachOtherOut) {
  start_with_models(1.5);
  std::vector<std::thread> clients;
  std::atomic<int> answered{0}, busy{0}, others{0};
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&, i] {
      for (int round = 0; round < 15; ++round) {
        const int status = status_of(ask((i + round) % 2 == 0 ? "tiny" : "second"));
        ++(status == 200 ? answered : status == 503 ? busy : others);
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(others, 0);
  EXPECT_EQ(answered + busy, 60);
  EXPECT_GT(answered, 0);
  EXPECT_EQ(metric("generations_active"), "0");
}

TEST_F(Models, FetchedOneIsCalledByItsNameWhereItIsTheDefault) {
  default_model_ = "models/owner/fetched";
  start_with_models(10);
  expect_one_fetched_model();
}

TEST_F(Models, FetchedOneIsCalledByItsNameBesideAnotherDefault) {
  make_model(folder() / "models" / "owner" / "fetched", 4);
  start_with_models(10);
  expect_one_fetched_model();
}

TEST_F(Models, WhereAllAreBusyTheClientIsToldWhenToComeAgain) {
  start_with_models(1.5);
  const std::string body =
      R"({"model":"tiny","messages":[{"role":"user","content":"hi"}],"stream":true,"ignore_eos":true,"temperature":0})";
  std::string refused;
  for (int i = 0; i < 50 && refused.empty(); ++i) {
    RawClient client(port());
    client.send(
        fmt::format("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    body.size(), body));
    client.read_until("data: ");
    const std::string answer = ask("second");
    if (status_of(answer) == 503) refused = answer;
    client.read_to_end();
  }
  EXPECT_NE(refused.find("\r\nRetry-After: "), std::string::npos) << refused;
}

TEST_F(Models, OneThatFitsNoMemoryIsRefusedAndTheLoadedOneStays) {
  start_with_models(1.2);
  make_model(folder() / "models" / "large", 4, /*width=*/64);
  const std::string refused = ask("large");
  EXPECT_EQ(status_of(refused), 503) << refused;
  EXPECT_NE(refused.find(R"("code":"out_of_memory")"), std::string::npos) << refused;
  EXPECT_EQ(metric("models_loaded"), "1");
  EXPECT_EQ(status_of(ask("")), 200);
}

TEST_F(Models, DefaultOneThatFitsNoMemoryIsSaidAtTheStart) {
  make_model(folder() / "tiny");
  ApplicationOptions options;
  options.hub.max_memory_bytes = weight_file_bytes(folder() / "tiny") - 1;
  EXPECT_THROW(start(options), Error);
}

TEST_F(Models, UnknownOnesAreNotFoundAndPathsAreNoNames) {
  start_with_models(10);
  for (const char* const name : {"none", "../models/second", "/etc/passwd", "models/second", "second/", "SECOND"}) {
    const std::string answer = ask(name);
    EXPECT_EQ(status_of(answer), 404) << name;
    EXPECT_NE(answer.find(R"("param":"model","code":"model_not_found")"), std::string::npos) << name;
  }
}

TEST_F(Models, OneThatIsNotLoadedIsDescribedAsItIsWhenItIs) {
  start_with_models(10);
  // What stands behind the name of a model in the list, but whether it is loaded.
  const auto described = [&](const std::string& path) {
    std::string all = get(path);
    const size_t at = all.find(R"("id":"second")");
    std::string entry = all.substr(at, all.find('}', at) - at);
    for (const char* const word : {R"("loaded":true)", R"("loaded":false)"})
      if (const size_t found = entry.find(word); found != std::string::npos) entry.erase(found, std::strlen(word));
    return entry;
  };
  std::vector<std::string> before;
  for (const char* const path : {"/v1/models", "/api/models"}) before.push_back(described(path));
  EXPECT_EQ(metric("models_loaded"), "1");
  for (const std::string& entry : before) {
    EXPECT_NE(entry.find(R"("context_length":512)"), std::string::npos) << entry;
    EXPECT_EQ(entry.find(R"("parameters":null)"), std::string::npos) << entry;
    EXPECT_NE(entry.find(R"("parameters":)"), std::string::npos) << entry;
  }
  EXPECT_NE(before[1].find(R"("has_tools":true)"), std::string::npos) << before[1];
  words("second");
  EXPECT_EQ(metric("models_loaded"), "2");
  size_t number = 0;
  for (const char* const path : {"/v1/models", "/api/models"}) EXPECT_EQ(described(path), before[number++]);
}

TEST_F(Models, BrokenHeadersAreListedWithoutWhatTheyDoNotSay) {
  start_with_models(10);
  const std::filesystem::path config = folder() / "models" / "second" / "config.json";
  const std::string whole = read_file(config);
  for (const std::string& broken : {std::string(), std::string("{"), std::string("[]"), std::string(100, '\xff'),
                                    std::string(R"({"model_type":"none"})"), std::string(R"({"model_type":7})")}) {
    write_file_durably(config, broken);
    const std::string list = get("/api/models");
    const size_t at = list.find(R"("id":"second")");
    ASSERT_NE(at, std::string::npos) << list;
    EXPECT_NE(list.find(R"("parameters":null)", at), std::string::npos) << list;
    EXPECT_NE(get("/v1/models").find(R"("id":"third")"), std::string::npos);
  }
  write_file_durably(folder() / "models" / "broken.gguf", "GGUF" + std::string(500, '\xff'));
  EXPECT_EQ(status_of(send("GET", "/api/models")), 200);
  write_file_durably(config, whole);
  EXPECT_EQ(get("/api/models").find(R"("parameters":null)", get("/api/models").find(R"("id":"second")")),
            std::string::npos);
}

TEST(FactsCache, ReadsFilesAgainOnlyWhereTheyChanged) {
  const testing::TemporaryFolder folder;
  const auto write = [&](int64_t context) {
    write_file_durably(folder / "config.json",
                       fmt::format(R"({{"model_type":"qwen3","vocab_size":300,"hidden_size":32,"num_hidden_layers":1,)"
                                   R"("num_attention_heads":2,"num_key_value_heads":1,"head_dim":16,)"
                                   R"("intermediate_size":64,"max_position_embeddings":{},"rms_norm_eps":1e-6,)"
                                   R"("rope_theta":10000,"hidden_act":"silu","tie_word_embeddings":true}})",
                                   context));
  };
  FactsCache cache;
  EXPECT_FALSE(cache.get(folder.path()).has_value());
  write(512);
  for (int i = 0; i < 3; ++i) {
    const auto facts = cache.get(folder.path());
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->context_length, 512);
    EXPECT_EQ(facts->chat_template, "");
  }
  EXPECT_EQ(cache.num_reads(), 1);
  write(1024);
  EXPECT_EQ(cache.get(folder.path()).value().context_length, 1024);
  EXPECT_EQ(cache.num_reads(), 2);
  write_file_durably(folder / "config.json", "{");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(cache.get(folder.path()).has_value());
  EXPECT_EQ(cache.num_reads(), 3);
  write_file_durably(folder / "chat_template.jinja", "{{ messages }}");
  write(512);
  EXPECT_EQ(cache.get(folder.path()).value().chat_template, "{{ messages }}");
}

TEST_F(Models, DamagedFileIsSaidAndTheServerLives) {
  start_with_models(10);
  const std::filesystem::path weights = folder() / "models" / "second" / "model.safetensors";
  const std::string whole = read_file(weights);
  for (const std::string& damaged :
       {std::string(), whole.substr(0, whole.size() / 2), std::string(whole.size(), '\xff'), "x" + whole}) {
    write_file_durably(weights, damaged);
    const std::string answer = ask("second");
    EXPECT_EQ(status_of(answer), 409) << answer;
    EXPECT_NE(answer.find(R"("param":"model","code":"model_not_loadable")"), std::string::npos);
    EXPECT_NE(answer.find("model.safetensors"), std::string::npos) << answer;
    EXPECT_EQ(status_of(ask("tiny")), 200);
  }
  write_file_durably(weights, whole);
  EXPECT_EQ(status_of(ask("second")), 200);
}

}  // namespace
}  // namespace vitrine::serve
