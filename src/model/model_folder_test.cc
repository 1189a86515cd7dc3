#include "model/model_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "core/rng.h"
#include "io/gguf_reader.h"
#include "io/gguf_writer.h"
#include "io/safetensors.h"
#include "io/safetensors_folder.h"
#include "model/adapter_folder.h"
#include "model/gguf_model.h"
#include "model/gguf_types.h"
#include "model/gguf_vocabulary.h"
#include "model/model_testing.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

using testing::put_file;
using testing::small_tokenizer;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

const tokenizer::TokenizerConfig kSpecial = {
    .chat_template = "{{ messages }}", .bos_token = "", .eos_token = "<|im_end|>", .pad_token = "<|endoftext|>"};

nn::TransformerConfig with_vocabulary(nn::TransformerConfig config) {
  config.vocab_size = small_tokenizer().vocab_size() + 6;  // models may have more rows than there are tokens
  return config;
}

void expect_same_weights(nn::Transformer& a, nn::Transformer& b) {
  const auto wanted = a.parameters(), got = b.parameters();
  ASSERT_EQ(wanted.size(), got.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(std::memcmp(wanted[i]->data().data(), got[i]->data().data(),
                          static_cast<size_t>(wanted[i]->data().num_bytes())),
              0)
        << wanted[i]->name;
}

/// A config.json of llama with more keys.
std::string llama_config(const std::string& more) {
  return R"({"model_type": "llama", "vocab_size": 96, "hidden_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 96,
             "max_position_embeddings": 131072)" +
         more + "}";
}

TEST(ModelFolder, EveryArchitectureComesBackFromItsFolder) {
  auto configs = small_configs();
  configs.emplace_back("mistral", small_family_config("mistral"));
  configs.back().second.window = 9;
  configs.emplace_back("dynamic", with_scaling(small_family_config("llama"), "dynamic", 2, 64));
  for (const auto& [name, small] : configs) {
    const TemporaryFolder folder;
    const nn::TransformerConfig config = with_vocabulary(small);
    nn::Transformer before = random_transformer(config, 3);
    write_model_folder(folder / "m", before, small_tokenizer(), kSpecial, {.max_shard_bytes = 20000});
    EXPECT_TRUE(fs::exists(folder / "m/model.safetensors.index.json")) << name;
    LoadedModel after = load_model(folder / "m");
    expect_same_weights(before, *after.transformer);
    nn::TransformerConfig got = after.transformer->config(), wanted = config;
    EXPECT_EQ(fields_to_json(got.fields()), fields_to_json(wanted.fields())) << name;
    EXPECT_EQ(after.tokenizer.encode("the cat sat"), small_tokenizer().encode("the cat sat"));
  }
}

TEST(ModelFolder, HalfPrecisionIsTheRoundedWeight) {
  const TemporaryFolder folder;
  nn::Transformer before = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  for (const DType dtype : {DType::kBF16, DType::kF16}) {
    const fs::path place = folder / dtype_name(dtype);
    write_model_folder(place, before, small_tokenizer(), kSpecial, {.dtype = dtype});
    const LoadedModel after = load_model(place);
    const auto wanted = before.parameters(), got = after.transformer->parameters();
    for (size_t i = 0; i < wanted.size(); ++i) {
      const Tensor values = got[i]->weight.values();
      for (int64_t j = 0; j < wanted[i]->data().num_elements(); ++j) {
        const float value = wanted[i]->data().f32()[j];
        const float rounded =
            dtype == DType::kBF16 ? f32_from_bf16(bf16_from_f32(value)) : f32_from_f16(f16_from_f32(value));
        ASSERT_EQ(values.f32()[j], rounded) << wanted[i]->name;
      }
    }
  }
}

TEST(ModelFolder, ANumberThatIsNotFiniteIsFoundWithItsTensorAndPlace) {
  nn::Transformer transformer = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  for (const std::string name : {"model.layers.1.mlp.up_proj.weight", "model.norm.weight"})
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      float* place = nullptr;
      for (nn::Parameter* const parameter : transformer.parameters())
        if (parameter->name == name) place = parameter->data().f32() + 7;
      ASSERT_NE(place, nullptr);
      const float before = std::exchange(*place, bad);
      const TemporaryFolder folder;
      write_model_folder(folder / "m", transformer, small_tokenizer(), kSpecial);
      *place = before;
      try {
        load_model(folder / "m");
        ADD_FAILURE() << "taken: " << name;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
        EXPECT_NE(error.message().find("tensor '" + name + "': element 7 is "), std::string::npos) << error.message();
      }
    }
}

TEST(ModelFolder, WritingEndsWhereItIsAskedToAndLeavesNothing) {
  nn::Transformer transformer = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    const auto writes_until = [&](int most) {
      const TemporaryFolder folder;
      int count = 0;
      const auto stop = [&] {
        if (++count > most) throw Error(ErrorCode::kInterrupted, "interrupted");
      };
      try {
        write_model_folder(folder / "m", transformer, small_tokenizer(), kSpecial,
                           {.dtype = dtype, .on_progress = stop});
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
        EXPECT_TRUE(fs::is_empty(folder.path()));
        return -1;
      }
      return count;
    };
    const int asked = writes_until(1 << 20);
    EXPECT_GT(asked, 20);  // for each tensor at least
    for (const int most : {0, 5, asked / 2, asked - 1}) EXPECT_EQ(writes_until(most), -1);
  }
}

/// Of a folder whose tokenizer names no end, as files of others are, with `files` put into it.
LoadedModel loaded_with(const fs::path& folder, const std::vector<std::pair<std::string, std::string>>& files) {
  nn::Transformer transformer = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  write_model_folder(folder, transformer, small_tokenizer(), {});
  for (const auto& [name, text] : files) put_file(folder / name, text);
  return load_model(folder);
}

TEST(ModelFolder, AllThatEndsAnAnswerIsWrittenAgain) {
  const TemporaryFolder folder;
  const LoadedModel first =
      loaded_with(folder / "first", {{"generation_config.json", R"({"eos_token_id": [5, 2, 7, 9, 11]})"}});
  EXPECT_EQ(first.end_of_text, 5);
  for (const int32_t id : {2, 5, 7, 9, 11}) EXPECT_TRUE(std::ranges::count(first.end_ids, id) == 1) << id;
  EXPECT_EQ(listed_end_ids(first)[0], 5);

  write_model_folder(folder / "second", *first.transformer, first.tokenizer, first.tokenizer_config,
                     {.dtype = DType::kBF16, .end_ids = listed_end_ids(first)});
  const LoadedModel second = load_model(folder / "second");
  EXPECT_EQ(second.end_ids, first.end_ids);
  EXPECT_EQ(second.end_of_text, 5);
  const std::string config = read_file(folder / "second/config.json");
  EXPECT_NE(config.find("\"eos_token_id\": 5"), std::string::npos) << config;
  EXPECT_NE(config.find("\"torch_dtype\": \"bfloat16\""), std::string::npos) << config;

  // A GGUF file has three places; what is lost is said.
  const OpenedGgufSource opened = open_gguf_source(folder / "second");
  std::vector<int64_t> held = gguf_end_ids(opened.source.metadata);
  EXPECT_EQ(held, (std::vector<int64_t>{5, 2, 7}));
  ASSERT_EQ(opened.losses.size(), 1u);
  EXPECT_NE(opened.losses[0].find("9, 11"), std::string::npos) << opened.losses[0];
}

TEST(ModelFolder, WithoutAnEndNoneIsNamed) {
  const TemporaryFolder folder;
  loaded_with(folder / "m", {});
  EXPECT_EQ(read_file(folder / "m/generation_config.json").find("eos_token_id"), std::string::npos);
}

TEST(ModelFolder, AnAdapterIsAddedOnTheWayToAGgufFile) {
  const TemporaryFolder folder;
  const nn::TransformerConfig config = with_vocabulary(small_family_config("llama"));
  nn::Transformer plain = random_transformer(config, 4), merged = random_transformer(config, 4);
  const std::string module = "model.layers.1.self_attn.q_proj", peft = "base_model.model." + module;
  const auto half = [](int64_t rows, int64_t columns) {
    Rng rng(5, static_cast<uint64_t>(rows));
    const Tensor values = Tensor::empty({rows, columns});
    for (float& value : values.floats()) value = static_cast<float>(rng.next_normal());
    return values;
  };
  fs::create_directories(folder / "adapter");
  put_file(folder / "adapter/adapter_config.json", R"({"peft_type": "LORA", "lora_alpha": 3})");
  io::write_safetensors(folder / "adapter/adapter_model.safetensors",
                        {{peft + ".lora_A.weight", half(2, config.width)},
                         {peft + ".lora_B.weight", half(config.heads * config.head_width, 2)}});
  nn::merge_adapter(merged, *load_adapter(folder / "adapter", merged));
  write_model_folder(folder / "m", plain, small_tokenizer(), kSpecial);
  ThreadPool pool(1);
  const auto write = [&](const fs::path& from, const fs::path& adapter, const fs::path& to) {
    const OpenedGgufSource opened = open_gguf_source(from, adapter);
    write_gguf_model(to, opened.source, find_gguf_type_choice("f32"), pool);
  };
  write(folder / "m", folder / "adapter", folder / "merged.gguf");
  write(folder / "m", {}, folder / "plain.gguf");
  write(folder / "plain.gguf", folder / "adapter", folder / "later.gguf");
  expect_same_weights(plain, *load_transformer(folder / "plain.gguf"));
  for (const char* const name : {"merged.gguf", "later.gguf"}) {
    const LoadedModel loaded = load_model(folder / name);
    expect_same_weights(merged, *loaded.transformer);
    EXPECT_EQ(loaded.tokenizer.encode("the cat sat"), small_tokenizer().encode("the cat sat"));
    EXPECT_EQ(io::GgufFile(folder / name).metadata().text_or("general.name", ""), "m");
  }
}

TEST(ModelFolder, AnExistingFolderIsNotOverwritten) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  put_file(folder / "mine", "text");
  EXPECT_THROW(write_model_folder(folder.path(), transformer, small_tokenizer(), kSpecial), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}), 1);
}

TEST(ModelFolder, ScalingIsReadUnderItsOldAndItsNewKey) {
  const std::string scaling =
      R"("factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
         "rope_type": "llama3")";
  for (const std::string& more : {R"(, "rope_theta": 500000.0, "rope_scaling": {)" + scaling + "}",
                                  R"(, "rope_parameters": {"rope_theta": 500000.0, )" + scaling + "}"}) {
    const nn::TransformerConfig config = kLlama.read_config(llama_config(more));
    EXPECT_EQ(config.rope_scaling, "llama3");
    EXPECT_EQ(config.rope_scaling_factor, 32);
    EXPECT_EQ(config.rope_original_context, 8192);
    EXPECT_EQ(config.rope_theta, 500000);
    EXPECT_EQ(config.head_width, 16);
    EXPECT_FALSE(config.tie_embeddings);
  }
  EXPECT_EQ(kLlama.read_config(llama_config(R"(, "rope_scaling": null)")).rope_scaling, "none");
  EXPECT_EQ(kLlama.read_config(llama_config(R"(, "rope_parameters": {"rope_type": "default"})")).rope_scaling, "none");
}

TEST(ModelFolder, WhatChangesTheComputationIsRefused) {
  for (const auto& [more, word] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"("rope_scaling": {"rope_type": "longrope", "factor": 2})", "'longrope'"},
           {R"("rope_scaling": {"rope_type": "proportional", "factor": 2})", "'proportional'"},
           {R"("rope_scaling": {"rope_type": "yarn", "factor": 2, "beta_fast": 16})", "'beta_fast' 16 (expected 32)"},
           {R"("rope_scaling": {"rope_type": "yarn", "factor": 2, "beta_slow": 2})", "'beta_slow' 2"},
           {R"("rope_scaling": {"rope_type": "yarn", "factor": 2, "attention_factor": 1})", "'attention_factor' 1"},
           {R"("rope_scaling": {"rope_type": "yarn", "factor": 2, "mscale": 1, "mscale_all_dim": 1})", "'mscale' 1"},
           {R"("rope_scaling": {"rope_type": "yarn", "factor": 2, "truncate": false})", "'truncate'"},
           {R"("hidden_act": "gelu")", "silu"},
           {R"("partial_rotary_factor": 0.5)", "part of each head"}}) {
    try {
      kLlama.read_config(llama_config(", " + more));
      ADD_FAILURE() << "taken: " << more;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << more;
      EXPECT_NE(error.message().find(word), std::string::npos) << error.message();
    }
  }
  EXPECT_THROW(kQwen3.read_config(llama_config(R"(, "attention_bias": true)")), Error);
  EXPECT_THROW(kLlama.read_config(llama_config(R"(, "rope_scaling": {"rope_type": "linear"})")), Error);
  EXPECT_THROW(kLlama.read_config(llama_config(R"(, "rope_scaling": "linear")")), Error);
}

TEST(ModelFolder, YarnThatSpellsOutThePapersNumbersIsThePapers) {
  const nn::TransformerConfig config = kLlama.read_config(
      llama_config(R"(, "rope_scaling": {"type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1.0, "mscale": 1,
          "attention_factor": 1.2772588722239782, "truncate": true, "original_max_position_embeddings": 4096})"));
  EXPECT_EQ(config.rope_scaling, "yarn");
  EXPECT_EQ(config.rope_original_context, 4096);
}

TEST(ModelFolder, DynamicScalingHasPlainAnglesWithinTheContextAndSaysWhyNotBeyond) {
  const nn::TransformerConfig plain = with_vocabulary(small_family_config("llama"));
  const nn::TransformerConfig dynamic = with_scaling(plain, "dynamic", 4, 0);
  nn::Transformer a = random_transformer(plain, 3), b = random_transformer(dynamic, 3);
  std::vector<int32_t> ids(static_cast<size_t>(plain.context_length), 7);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 5 % 90);
  const Tensor first = logits_of(a, ids), second = logits_of(b, ids);
  EXPECT_EQ(std::memcmp(first.data(), second.data(), static_cast<size_t>(first.num_bytes())), 0);
  ids.push_back(3);
  try {
    logits_of(b, ids);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("keys that are in the cache"), std::string::npos) << error.hint();
  }
}

TEST(ModelFolder, AConfigThatIsLargerThanTheFilesIsRefusedBeforeItIsBuilt) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(with_vocabulary(small_family_config("llama")), 4);
  write_model_folder(folder / "m", transformer, small_tokenizer(), kSpecial);
  put_file(folder / "m/config.json", llama_config(R"(, "head_dim": 4096)"));
  try {
    load_model(folder / "m");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("the config speaks of"), std::string::npos) << error.message();
  }
}

TEST(GgufVocabulary, TokenizerAndTemplateComeBackFromTheFile) {
  const TemporaryFolder folder;
  nn::Transformer before = random_transformer(with_vocabulary(small_family_config("qwen3")), 4);
  write_model_folder(folder / "m", before, small_tokenizer(), kSpecial);
  const OpenedGgufSource opened = open_gguf_source(folder / "m");
  ThreadPool pool(1);
  write_gguf_model(folder / "m.gguf", opened.source, find_gguf_type_choice("f32"), pool);
  LoadedModel after = load_model(folder / "m.gguf");
  expect_same_weights(before, *after.transformer);
  for (const char* text : {"the cat sat on the mat", "  12 + 7\n", "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x99\x82", ""})
    EXPECT_EQ(after.tokenizer.encode(text), small_tokenizer().encode(text)) << text;
  for (const tokenizer::SpecialToken& token : small_tokenizer().special_tokens())
    EXPECT_EQ(after.tokenizer.special_id(token.name), token.id);
  const tokenizer::TokenizerConfig special = load_tokenizer_config(folder / "m.gguf");
  EXPECT_EQ(special.chat_template, kSpecial.chat_template);
  EXPECT_EQ(special.eos_token, kSpecial.eos_token);
  EXPECT_EQ(special.pad_token, kSpecial.pad_token);
  EXPECT_EQ(io::GgufFile(folder / "m.gguf").metadata().text("general.name"), "m");
}

/// Byte-level, with one merge.
io::GgufMetadata vocabulary_of(std::vector<std::string> tokens, const std::string& merge) {
  io::GgufMetadata metadata;
  metadata.set("tokenizer.ggml.model", std::string("gpt2"));
  metadata.set("tokenizer.ggml.pre", std::string("qwen2"));
  metadata.set("tokenizer.ggml.tokens", io::GgufArray::of_texts(std::move(tokens)));
  metadata.set("tokenizer.ggml.merges", io::GgufArray::of_texts({merge}));
  return metadata;
}

TEST(GgufVocabulary, NamesThatAreNotUtf8AreNotWrittenAsJson) {
  try {
    to_tokenizer_json(tokenizer::make_tokenizer(read_gguf_vocabulary(vocabulary_of({"\xFF", "b", "bb"}, "b b"))));
    ADD_FAILURE() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    EXPECT_NE(error.message().find("not UTF-8"), std::string::npos) << error.message();
  }
}

TEST(GgufVocabulary, ListsAndIdsThatDoNotFitAreRefused) {
  const io::GgufMetadata good = vocabulary_of({"a", "b", "ab"}, "a b");
  EXPECT_EQ(read_gguf_vocabulary(good).tokens.size(), 3u);
  const auto refuse = [&](const char* key, io::GgufValue value) {
    io::GgufMetadata bad = good;
    bad.set(key, std::move(value));
    EXPECT_THROW(tokenizer::make_tokenizer(read_gguf_vocabulary(bad)), Error) << key;
  };
  refuse("tokenizer.ggml.token_type", io::GgufArray::of_i32(std::vector<int32_t>{1, 1}));
  refuse("tokenizer.ggml.scores", io::GgufArray::of_f32(std::vector<float>{1}));
  refuse("tokenizer.ggml.eos_token_id", uint32_t{3});
  refuse("tokenizer.ggml.eos_token_id", int32_t{-1});
  refuse("tokenizer.ggml.eos_token_id", std::string("2"));
  refuse("tokenizer.ggml.tokens", io::GgufArray::of_i32(std::vector<int32_t>{1}));
  refuse("tokenizer.ggml.merges", io::GgufArray::of_texts({"a c"}));
  refuse("tokenizer.ggml.merges", io::GgufArray::of_texts({"ab"}));
  refuse("tokenizer.ggml.add_bos_token", uint32_t{1});
  refuse("tokenizer.ggml.model", std::string("rwkv"));
  refuse("tokenizer.ggml.pre", std::string("no-such"));
  for (const char* const key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    io::GgufMetadata ends = good;
    ends.set(key, uint32_t{2});
    EXPECT_EQ(gguf_end_ids(ends), (std::vector<int64_t>{2}));
    ends.set(key, uint32_t{3});
    EXPECT_THROW(gguf_end_ids(ends), Error) << key;
  }
}

}  // namespace
}  // namespace vitrine::model
