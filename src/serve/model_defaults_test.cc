// What a model's files say of drawing: it holds where neither the request nor the server's options say otherwise.
#include <fmt/format.h>

#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

class ModelDefaults : public ApplicationTest {
 protected:
  /// The words and the tokens of an answer; `more` begins with a comma.
  std::string chat(const std::string& more) const { return part(post("/v1/chat/completions", chat_body(more))); }
  static std::string chat_body(const std::string& more) {
    return R"({"messages":[{"role":"user","content":"the cat"}],"ignore_eos":true)" + more + "}";
  }
  std::string complete(const std::string& more) const {
    return part(post("/v1/completions", R"({"prompt":"the cat","max_tokens":8)" + more + "}"));
  }
  static std::string part(const std::string& answer) {
    const size_t begin = answer.find("\"choices\""), tokens = answer.find("\"completion_tokens\"");
    EXPECT_NE(begin, std::string::npos) << answer;
    return answer.substr(begin, answer.find("\"usage\"") - begin) + answer.substr(tokens, 24);
  }
};

TEST_F(ModelDefaults, AModelThatIsNotDrawnFromIsGreedyUnlessTheRequestSaysOtherwise) {
  sampling_ = {.draws = false};
  start();
  for (const char* const seed : {R"(,"max_tokens":8,"seed":1)", R"(,"max_tokens":8,"seed":2)"})
    EXPECT_EQ(chat(seed), chat(R"(,"max_tokens":8,"temperature":0)")) << seed;
  EXPECT_EQ(complete(R"(,"seed":3)"), complete(R"(,"temperature":0)"));
  EXPECT_NE(complete(R"(,"seed":3,"temperature":1,"top_p":1)"), complete(R"(,"temperature":0)"));
}

TEST_F(ModelDefaults, AnAnswerIsAsLongAsTheModelSaysUnlessTheRequestSaysOtherwise) {
  sampling_ = {.max_tokens = 3};
  start();
  EXPECT_NE(chat("").find(R"("completion_tokens":3)"), std::string::npos);
  EXPECT_NE(chat(R"(,"max_tokens":5)").find(R"("completion_tokens":5)"), std::string::npos);
  const std::string response = post("/v1/responses", R"({"input":"the cat","temperature":0})");
  EXPECT_NE(response.find(R"("status":"incomplete")"), std::string::npos) << response;
  EXPECT_NE(response.find(R"("output_tokens":3)"), std::string::npos) << response;
}

TEST_F(ModelDefaults, WhatTheServerWasStartedWithGoesBeforeTheModel) {
  sampling_ = {.settings = {{"top_k", 1}}};
  start({.sampling = {.temperature = 1, .top_k = 0, .top_p = 1}, .chosen_sampling = {"top_k"}});
  EXPECT_NE(complete(R"(,"seed":3)"), complete(R"(,"temperature":0)"));
}

TEST_F(ModelDefaults, OneCandidateIsTheModelsOwnWhereTheServerWasToldNothing) {
  sampling_ = {.settings = {{"top_k", 1}}};
  start({.sampling = {.temperature = 1, .top_k = 0, .top_p = 1}});
  EXPECT_EQ(complete(R"(,"seed":3)"), complete(R"(,"temperature":0)"));
}

TEST_F(ModelDefaults, ThePageIsShownThoseOfTheModelThatIsNamed) {
  setenv("VITRINE_HOME", folder().path().c_str(), 1);
  make_model(folder() / "models" / "plain", 2);
  offers_other_models_ = true;
  sampling_ = {.settings = {{"top_k", 33}}};
  start();
  const auto top_k = [&](const std::string& query) {
    const std::string all = get("/api/settings" + query);
    const size_t at = all.find(R"("name":"top_k","kind")");
    return at == std::string::npos ? all : all.substr(all.find("\"default\":", at) + 10, 2);
  };
  EXPECT_EQ(top_k(""), "33");
  EXPECT_EQ(top_k("?model=tiny"), "33");
  EXPECT_EQ(top_k("?model=plain"), "0,");
  EXPECT_NE(get("/api/settings?model=nope").find("model_not_found"), std::string::npos);
  unsetenv("VITRINE_HOME");
}

}  // namespace
}  // namespace vitrine::serve
