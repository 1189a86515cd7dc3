#include "model/sampling_defaults.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace vitrine::model {
namespace {

SamplingDefaults from_json(const std::string& json) {
  return read_generation_config(ConfigJson(json, "generation_config.json"));
}

std::string refusal_of(const std::string& json) {
  try {
    from_json(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    return error.message();
  }
  return "";
}

bool names(const std::string& text, const std::string& piece) { return text.find(piece) != std::string::npos; }

TEST(SamplingDefaults, SettingsAreReadUnderOurNames) {
  const SamplingDefaults got =
      from_json(R"({"do_sample": true, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0, "typical_p": 0.9,
                    "repetition_penalty": 1.1, "max_new_tokens": 512, "eos_token_id": 2, "top_h": null})");
  const SamplingDefaults::Values wanted = {{"temperature", 0.7}, {"top_p", 0.8},     {"top_k", 20},
                                           {"min_p", 0},         {"typical_p", 0.9}, {"repeat_penalty", 1.1},
                                           {"repeat_last_n", -1}};
  EXPECT_EQ(got.settings, wanted);
  EXPECT_EQ(got.draws, true);
  EXPECT_EQ(got.max_tokens, 512);
  EXPECT_TRUE(got.unused.empty());
  EXPECT_TRUE(from_json(R"({"eos_token_id": [2, 3], "transformers_version": "4.40"})").is_empty());
}

TEST(SamplingDefaults, AFileThatAsksForDrawingMeansOneByWhatItLeavesOut) {
  const SamplingDefaults::Values wanted = {{"temperature", 1}, {"top_p", 1}, {"top_k", 64}};
  EXPECT_EQ(from_json(R"({"do_sample": true, "top_k": 64})").settings, wanted);
  EXPECT_EQ(from_json(R"({"top_k": 64})").settings, (SamplingDefaults::Values{{"top_k", 64}}));
  EXPECT_EQ(from_json(R"({"do_sample": false, "temperature": 0.6})").effective().at("temperature"), 0);
}

TEST(SamplingDefaults, HostileValuesAreRefusedNamingFileKeyAndRange) {
  for (const char* const value : {"-0.1", "1e30", "\"0.7\"", "[0.7]", "{}", "true", "100.5"}) {
    const std::string message = refusal_of(std::string(R"({"temperature": )") + value + "}");
    EXPECT_TRUE(names(message, "generation_config.json: 'temperature' is wrong")) << value << ": " << message;
    EXPECT_TRUE(names(message, "expected a number from 0 to 100")) << message;
  }
  for (const char* const value : {"-2", "2.5", "\"20\"", "18446744073709551615", "[]"})
    EXPECT_TRUE(names(refusal_of(std::string(R"({"top_k": )") + value + "}"), "'top_k'")) << value;
  for (const char* const key : {"top_p", "min_p", "typical_p"})
    for (const char* const value : {"-1e-9", "1.0001", "\"\""})
      EXPECT_TRUE(names(refusal_of(std::string("{\"") + key + "\": " + value + "}"), key)) << key << value;
  for (const char* const value : {"0", "-1", "1e9", "\"x\""})
    EXPECT_TRUE(names(refusal_of(std::string(R"({"repetition_penalty": )") + value + "}"), "repetition_penalty"));
  for (const char* const value : {"0", "-5", "1.5", "99999999999"})
    EXPECT_TRUE(names(refusal_of(std::string(R"({"max_new_tokens": )") + value + "}"), "max_new_tokens")) << value;
  EXPECT_TRUE(names(refusal_of(R"({"do_sample": "yes"})"), "true or false"));
  EXPECT_TRUE(names(refusal_of(R"({"temperature": NaN})"), "malformed JSON at byte 17"));
  EXPECT_TRUE(names(refusal_of(R"({"temperature": 1e999})"), "malformed JSON"));
}

TEST(SamplingDefaults, ComeBackFromTheMembersThatAreWritten) {
  for (const char* const json :
       {R"({"do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 20, "max_new_tokens": 99})",
        R"({"do_sample": false, "temperature": 0.6, "repetition_penalty": 1.05})", R"({"temperature": 0.3})", "{}"}) {
    const SamplingDefaults first = from_json(json);
    std::string again;
    for (const std::string& member : generation_config_members(first)) again += (again.empty() ? "" : ", ") + member;
    const SamplingDefaults second = from_json("{" + again + "}");
    EXPECT_EQ(second.settings, first.settings) << again;
    EXPECT_EQ(second.draws, first.draws) << again;
    EXPECT_EQ(second.max_tokens, first.max_tokens) << again;
  }
}

TEST(SamplingDefaults, GoThroughAGgufFilesKeysAsLlamaCppNamesThem) {
  io::GgufMetadata metadata;
  const SamplingDefaults first =
      from_json(R"({"do_sample": true, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05})");
  EXPECT_TRUE(write_gguf_sampling(metadata, first).empty());
  EXPECT_EQ(std::get<float>(*metadata.find("general.sampling.temp")), 0.7f);
  EXPECT_EQ(std::get<float>(*metadata.find("general.sampling.top_p")), 0.8f);
  EXPECT_EQ(std::get<int32_t>(*metadata.find("general.sampling.top_k")), 20);
  EXPECT_EQ(std::get<float>(*metadata.find("general.sampling.penalty_repeat")), 1.05f);
  EXPECT_EQ(std::get<int32_t>(*metadata.find("general.sampling.penalty_last_n")), -1);
  const SamplingDefaults second = read_gguf_sampling(metadata);
  EXPECT_EQ(second.settings, first.settings);
  EXPECT_EQ(second.draws, true);
}

TEST(SamplingDefaults, AModelThatIsNotDrawnFromIsOfTemperatureZeroInAGgufFile) {
  io::GgufMetadata metadata;
  write_gguf_sampling(metadata, from_json(R"({"do_sample": false})"));
  EXPECT_EQ(std::get<float>(*metadata.find("general.sampling.temp")), 0);
  const SamplingDefaults back = read_gguf_sampling(metadata);
  EXPECT_EQ(back.draws, false);
  EXPECT_TRUE(back.settings.empty());
}

TEST(SamplingDefaults, AGgufFileThatSaysLessSaysNoMoreInTheOtherFormat) {
  for (const char* const key : {"temp", "top_p", "xtc_probability"}) {
    io::GgufMetadata metadata;
    metadata.set(std::string("general.sampling.") + key, 0.5f);
    const SamplingDefaults first = read_gguf_sampling(metadata);
    ASSERT_EQ(first.settings.size(), 1u) << key;
    std::string text;
    for (const std::string& member : generation_config_members(first)) text += (text.empty() ? "" : ", ") + member;
    const SamplingDefaults second = from_json("{" + text + "}");
    EXPECT_EQ(second.settings.size(), key == std::string("xtc_probability") ? 0u : 1u) << text;
  }
}

TEST(SamplingDefaults, WhatTheOtherFormatHasNoPlaceForIsSaid) {
  io::GgufMetadata metadata;
  const SamplingDefaults folder = from_json(
      R"({"typical_p": 0.5, "max_new_tokens": 7, "num_beams": 4, "no_repeat_ngram_size": 0, "bad_words_ids": [[3]]})");
  const std::vector<std::string> to_gguf = write_gguf_sampling(metadata, folder);
  ASSERT_EQ(to_gguf.size(), 4u);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(names(to_gguf[i], std::vector{"num_beams", "bad_words_ids", "typical_p", "7 tokens"}[i])) << to_gguf[i];
  EXPECT_EQ(losses_as_generation_config(folder).size(), 2u);

  metadata.set("general.sampling.xtc_probability", 0.5f);
  metadata.set("general.sampling.mirostat", int32_t{1});
  metadata.set("general.sampling.mirostat_tau", 3.0f);
  const SamplingDefaults gguf = read_gguf_sampling(metadata);
  EXPECT_FALSE(gguf.settings.contains("mirostat_tau"));
  const std::vector<std::string> to_folder = losses_as_generation_config(gguf);
  ASSERT_EQ(to_folder.size(), 2u);
  EXPECT_TRUE(names(to_folder[0], "general.sampling.mirostat")) << to_folder[0];
  EXPECT_TRUE(names(to_folder[1], "xtc_probability")) << to_folder[1];
  metadata.set("general.sampling.mirostat", int32_t{2});
  EXPECT_EQ(read_gguf_sampling(metadata).settings.at("mirostat_tau"), 3);
}

TEST(SamplingDefaults, HostileMetadataIsRefusedNamingTheKey) {
  const std::pair<const char*, io::GgufValue> cases[] = {{"temp", std::numeric_limits<float>::quiet_NaN()},
                                                         {"temp", std::numeric_limits<float>::infinity()},
                                                         {"temp", -1.0f},
                                                         {"temp", std::string("hot")},
                                                         {"top_k", int32_t{-7}},
                                                         {"top_k", 2.5f},
                                                         {"top_k", uint64_t{1} << 60},
                                                         {"top_p", 1.5f},
                                                         {"min_p", io::GgufArray{}},
                                                         {"penalty_repeat", 0.0f},
                                                         {"mirostat", std::string("2")}};
  for (const auto& [name, value] : cases) {
    io::GgufMetadata metadata;
    metadata.set(std::string("general.sampling.") + name, value);
    try {
      read_gguf_sampling(metadata);
      ADD_FAILURE() << name << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
      EXPECT_TRUE(names(error.message(), name)) << error.message();
    }
  }
}

}  // namespace
}  // namespace vitrine::model
