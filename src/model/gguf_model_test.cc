#include "model/gguf_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "core/blocks.h"
#include "core/rng.h"
#include "model/gguf_config.h"
#include "model/gguf_layout.h"
#include "model/gguf_types.h"
#include "model/model_testing.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

using testing::TemporaryFolder;
namespace fs = std::filesystem;

void write(const fs::path& path, nn::Transformer& transformer, std::string_view type = "f32") {
  ThreadPool pool(1);
  write_gguf_model(path, gguf_source(transformer), find_gguf_type_choice(type), pool);
}

std::vector<std::pair<std::string, std::string>> field_texts(nn::TransformerConfig config) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const ConfigField& field : config.fields()) texts.emplace_back(field.name, field_text(field));
  return texts;
}

/// All tensors of a model as a file would have them, to be changed before writing.
std::vector<std::pair<std::string, Tensor>> tensors_of(const GgufSource& source) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (size_t i = 0; i < source.tensors.size(); ++i) tensors.emplace_back(source.tensors[i].name, source.read_f32(i));
  return tensors;
}

void expect_refused(const fs::path& path, std::string_view words, ErrorCode code = ErrorCode::kCorruptData) {
  try {
    load_gguf_transformer(io::GgufFile(path));
    ADD_FAILURE() << "loaded, expected: " << words;
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
    EXPECT_EQ(error.code(), code) << error.message();
  }
}

TEST(GgufModel, EveryArchitectureComesBackBitForBit) {
  for (const auto& [name, config] : small_configs()) {
    const TemporaryFolder folder;
    nn::Transformer before = random_transformer(config, 5);
    write(folder / "m.gguf", before);
    const auto after = load_gguf_transformer(io::GgufFile(folder / "m.gguf"));
    EXPECT_EQ(field_texts(after->config()), field_texts(config)) << name;
    const auto wanted = before.parameters(), got = after->parameters();
    ASSERT_EQ(wanted.size(), got.size()) << name;
    for (size_t i = 0; i < wanted.size(); ++i)
      EXPECT_EQ(std::memcmp(wanted[i]->data().data(), got[i]->data().data(),
                            static_cast<size_t>(wanted[i]->data().num_bytes())),
                0)
          << name << " " << wanted[i]->name;
    const Tensor a = logits_of(before, {1, 2, 3, 90}), b = logits_of(*after, {1, 2, 3, 90});
    EXPECT_EQ(std::memcmp(a.data(), b.data(), static_cast<size_t>(a.num_bytes())), 0) << name;
  }
}

TEST(GgufModel, QuantizedWeightsStayReachableInTheOrderOfOurRows) {
  for (const auto& [name, config] : small_configs()) {
    const TemporaryFolder folder;
    nn::Transformer before = random_transformer(config, 6);
    write(folder / "m.gguf", before, "q4_0");
    const auto after = load_gguf_transformer(io::GgufFile(folder / "m.gguf"));
    int kept = 0;
    for (nn::Parameter* parameter : after->parameters()) {
      const autograd::StoredWeight& stored = parameter->weight.stored();
      EXPECT_EQ(stored.defined(), parameter->shape().rank() == 2 && !parameter->name.ends_with("positions.weight"))
          << parameter->name;
      if (!stored.defined()) continue;
      ++kept;
      EXPECT_TRUE(is_block_dtype(stored.dtype())) << parameter->name;
      EXPECT_FALSE(parameter->trainable);
      EXPECT_FALSE(parameter->weight.has_data());
      EXPECT_THROW(parameter->data(), Error);
      ASSERT_EQ(stored.rows.shape(), parameter->shape());
      const Tensor values = parameter->weight.values();
      const int64_t k = parameter->shape()[1];
      const auto row_bytes = static_cast<size_t>(stored.matrix().row_bytes());
      for (int64_t row = 0; row < parameter->shape()[0]; ++row) {
        std::vector<float> expected(static_cast<size_t>(k));
        dequantize(stored.dtype(), {stored.matrix().row(row), row_bytes}, expected);
        EXPECT_EQ(std::memcmp(values.f32() + row * k, expected.data(), expected.size() * 4), 0) << parameter->name;
      }
      parameter->weight.make_data();
      EXPECT_FALSE(parameter->weight.stored().defined());
      EXPECT_EQ(std::memcmp(parameter->data().data(), values.data(), static_cast<size_t>(values.num_bytes())), 0);
    }
    EXPECT_GT(kept, 10) << name;
  }
}

Tensor cached_logits(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                     const std::vector<int32_t>& ids, const std::vector<int64_t>& pieces) {
  autograd::ExecutionContext context = runtime.execution_context();
  nn::KvCache cache(transformer.config(), static_cast<int64_t>(ids.size()));
  const int64_t vocabulary = transformer.config().vocab_size;
  const Tensor all = Tensor::empty({static_cast<int64_t>(ids.size()), vocabulary});
  int64_t done = 0;
  for (const int64_t count : pieces) {
    const Tensor piece =
        Tensor::from_ints({1, count}, std::span(ids).subspan(static_cast<size_t>(done), static_cast<size_t>(count)));
    const Tensor logits = transformer.logits(context, transformer.hidden(context, {.ids = piece, .cache = &cache}));
    std::copy_n(logits.f32(), count * vocabulary, all.f32() + done * vocabulary);
    done += count;
  }
  return all;
}

TEST(GgufModel, QuantizedWeightsGiveTheSameBitsTokenByTokenAsInOnePassOnAnyNumberOfThreads) {
  const auto configs = small_configs();
  const auto& [name, config] = configs[0];
  for (const std::string_view type : {"q8_0", "q4_0", "q5_1"}) {
    const TemporaryFolder folder;
    nn::Transformer before = random_transformer(config, 16);
    write(folder / "m.gguf", before, type);
    const auto model = load_gguf_transformer(io::GgufFile(folder / "m.gguf"));
    const std::vector<int32_t> ids{5, 9, 1, 7, 7, 30, 2, 11, 8, 3, 4, 6, 12, 13, 14, 15, 16, 17, 18, 19};
    for (const Precision precision : {Precision::kFast, Precision::kExact}) {
      autograd::Runtime one(1), two(2);
      one.set_precision(precision);
      two.set_precision(precision);
      const Tensor whole = cached_logits(*model, two, ids, {20});
      for (const autograd::Runtime* runtime : {&one, &two})
        for (const std::vector<int64_t>& pieces : {std::vector<int64_t>(20, 1), {9, 11}, {17, 1, 2}}) {
          const Tensor parts = cached_logits(*model, *runtime, ids, pieces);
          EXPECT_EQ(std::memcmp(parts.data(), whole.data(), static_cast<size_t>(whole.num_bytes())), 0)
              << name << " " << type;
        }
    }
  }
}

TEST(GgufLayout, RotaryRowsOfLlamaAreInterleavedWithinEachHead) {
  // Head of width 4: our rows are (pair 0 first, pair 1 first, pair 0 second, pair 1 second).
  EXPECT_EQ(gguf_row(GgufRows::kInterleaved, 0, 4), 0);
  EXPECT_EQ(gguf_row(GgufRows::kInterleaved, 1, 4), 2);
  EXPECT_EQ(gguf_row(GgufRows::kInterleaved, 2, 4), 1);
  EXPECT_EQ(gguf_row(GgufRows::kInterleaved, 3, 4), 3);
  EXPECT_EQ(gguf_row(GgufRows::kInterleaved, 4 + 1, 4), 4 + 2);
  EXPECT_EQ(gguf_row(GgufRows::kAsOurs, 5, 4), 5);
}

TEST(GgufLayout, EachParameterHasAPlaceOfItsOwn) {
  for (const auto& [name, config] : small_configs()) {
    nn::Transformer transformer(config, nn::Transformer::kUninitialised);
    std::set<std::pair<std::string, int64_t>> places;
    for (const nn::Parameter* parameter : transformer.parameters()) {
      const GgufLayout& layout = *find_architecture(config.architecture).gguf;
      const GgufPlace place = gguf_place(layout, parameter->name, parameter->shape());
      EXPECT_TRUE(places.emplace(place.tensor, place.first_row).second) << name << " " << parameter->name;
      EXPECT_LE(place.first_row + parameter->shape()[0], place.total_rows);
    }
  }
}

TEST(GgufModel, TensorsThatAreMissingWrongOrUnknownAreNamed) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_family_config("llama"), 7);
  const GgufSource source = gguf_source(transformer);
  const auto tensors = tensors_of(source);
  const auto write_changed = [&](const auto& change) {
    auto changed = tensors;
    change(changed);
    io::write_gguf(folder / "m.gguf", source.metadata, changed);
  };
  const auto at = [](auto& list, std::string_view name) {
    return std::find_if(list.begin(), list.end(), [&](const auto& named) { return named.first == name; });
  };
  write_changed([&](auto& list) {
    list.erase(at(list, "blk.1.attn_k.weight"));
    list.emplace_back("blk.7.spare.weight", Tensor::zeros({64, 64}));
  });
  expect_refused(folder / "m.gguf", "tensor 'blk.1.attn_k.weight' is missing (expected shape [64,64])");
  write_changed([&](auto& list) { at(list, "blk.0.ffn_up.weight")->second = Tensor::zeros({96, 96}); });
  expect_refused(folder / "m.gguf", "tensor 'blk.0.ffn_up.weight' has shape [96,96], expected [96,64]");
  write_changed([&](auto& list) { list.emplace_back("blk.0.attn_norm.bias", Tensor::zeros({64})); });
  expect_refused(folder / "m.gguf", "tensor 'blk.0.attn_norm.bias' is no part", ErrorCode::kUnsupported);
  write_changed([&](auto& list) { list.emplace_back("blk.0.attn_q.bias", Tensor::zeros({128})); });
  expect_refused(folder / "m.gguf", "tensor 'blk.0.attn_k.bias' is missing (expected shape [64])");
  write_changed([&](auto& list) {
    at(list, "output_norm.weight")->second = at(list, "output_norm.weight")->second.clone();
    at(list, "output_norm.weight")->second.f32()[3] = std::numeric_limits<float>::infinity();
  });
  expect_refused(folder / "m.gguf", "tensor 'output_norm.weight': element 3 is inf");
  write_changed([&](auto& list) { at(list, "token_embd.weight")->second = Tensor::zeros({96}); });
  expect_refused(folder / "m.gguf", "'token_embd.weight' is missing or no matrix");
}

TEST(GgufModel, AConfigThatIsLargerThanTheFileIsRefusedBeforeItIsBuilt) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_family_config("qwen3"), 8);
  GgufSource source = gguf_source(transformer);
  const int64_t before = memory_use().peak_bytes;
  for (const char* key : {"qwen3.block_count", "qwen3.feed_forward_length"}) {
    GgufSource changed = source;
    changed.metadata.set(key, uint32_t{16000});
    io::write_gguf(folder / "m.gguf", changed.metadata, tensors_of(source));
    expect_refused(folder / "m.gguf", "the config speaks of");
  }
  source.metadata.set("qwen3.block_count", uint32_t{0xffffffff});
  io::write_gguf(folder / "m.gguf", source.metadata, tensors_of(source));
  expect_refused(folder / "m.gguf", "layers is out of range");
  EXPECT_LT(memory_use().peak_bytes - before, 8 << 20);
}

TEST(GgufModel, UnknownArchitecturesGetTheKnownOnesEachOnce) {
  io::GgufMetadata metadata;
  metadata.set("general.architecture", std::string("mamba"));
  try {
    gguf_architecture(metadata);
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "known: gpt2, llama, qwen2, qwen3");
  }
}

TEST(GgufModel, WhatChangesTheComputationIsRefusedByName) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_family_config("llama"), 9);
  const GgufSource source = gguf_source(transformer);
  const auto refuse = [&](const char* key, io::GgufValue value, std::string_view words) {
    GgufSource changed = source;
    changed.metadata.set(key, std::move(value));
    io::write_gguf(folder / "m.gguf", changed.metadata, tensors_of(source));
    expect_refused(folder / "m.gguf", words, ErrorCode::kUnsupported);
  };
  refuse("general.architecture", std::string("mamba"), "unknown architecture (got 'mamba')");
  refuse("llama.expert_count", uint32_t{8}, "mixture of experts");
  refuse("llama.rope.dimension_count", uint32_t{16}, "a part of each head");
  refuse("llama.attention.value_length", uint32_t{16}, "different widths");
  refuse("llama.rope.scaling.type", std::string("longrope"), "rotary scaling of type 'longrope'");
  refuse("llama.rope.scaling.attn_factor", 1.25f, "'llama.rope.scaling.attn_factor' is 1.25 (expected 1)");
  refuse("llama.rope.scaling.yarn_ext_factor", 0.5f, "'llama.rope.scaling.yarn_ext_factor' is 0.5 (expected 0)");
}

TEST(GgufConfig, AFactorIsTakenAsLlamaCppTakesIt) {
  nn::Transformer transformer = random_transformer(small_family_config("llama"), 9);
  const GgufSource source = gguf_source(transformer);
  io::GgufHeader header;
  for (const io::GgufTensorPlan& plan : source.tensors) {
    header.tensors.emplace_back();
    header.tensors.back().name = plan.name;
    header.tensors.back().shape = plan.shape;
  }
  const auto read = [&](const std::vector<std::pair<std::string, io::GgufValue>>& keys,
                        std::vector<float> factors = {}) {
    header.metadata = source.metadata;
    for (const auto& [key, value] : keys) header.metadata.set("llama.rope." + key, value);
    return read_gguf_config(header, factors);
  };
  for (const char* key : {"scaling.factor", "scale_linear"}) {
    const nn::TransformerConfig config = read({{key, 4.0f}});
    EXPECT_EQ(config.rope_scaling, "linear") << key;
    EXPECT_EQ(config.rope_scaling_factor, 4) << key;
    EXPECT_EQ(read({{key, 4.0f}, {"scaling.type", std::string("none")}}).rope_scaling, "none") << key;
    EXPECT_EQ(read({{key, 0.0f}}).rope_scaling, "none") << key;
  }
  const std::pair<std::string, io::GgufValue> yarn{"scaling.type", std::string("yarn")}, factor{"scaling.factor", 4.0f};
  EXPECT_EQ(read({yarn, factor, {"scaling.yarn_beta_fast", 32.0f}, {"scaling.yarn_ext_factor", -1.0f}}).rope_scaling,
            "yarn");
  for (const char* key : {"attn_factor", "yarn_ext_factor", "yarn_beta_fast", "yarn_beta_slow"})
    EXPECT_THROW(read({yarn, factor, {std::string("scaling.") + key, 2.0f}}), Error) << key;
  EXPECT_THROW(read({yarn, factor}, std::vector<float>(16, 8.0f)), Error);
}

TEST(GgufConfig, Llama3ScalingComesBackFromItsFactors) {
  for (const auto& [factor, original, high] : {std::tuple{8.0, 8192, 4.0}, {32.0, 8192, 4.0}, {4.0, 4096, 8.0}}) {
    nn::TransformerConfig config = with_scaling(small_family_config("llama"), "llama3", factor, original);
    config.head_width = 64;
    config.rope_high_frequency_factor = high;
    nn::TransformerConfig got = small_family_config("llama");
    got.head_width = 64;
    set_llama3_scaling(got, gguf_rope_factors(config));
    EXPECT_EQ(got.rope_scaling, "llama3");
    EXPECT_EQ(got.rope_scaling_factor, factor);
    EXPECT_EQ(got.rope_original_context, original);
    EXPECT_DOUBLE_EQ(got.rope_high_frequency_factor, high);
  }
  nn::TransformerConfig plain = small_family_config("llama");
  set_llama3_scaling(plain, std::vector<float>(16, 1.0f));
  EXPECT_EQ(plain.rope_scaling, "none");
  std::vector<float> odd(16, 1.0f);
  for (const float value : {2.0f, 0.5f, std::numeric_limits<float>::quiet_NaN()}) {
    odd[3] = value;
    EXPECT_THROW(set_llama3_scaling(plain, odd), Error) << value;
  }
  EXPECT_THROW(set_llama3_scaling(plain, std::vector<float>(15, 1.0f)), Error);
}

TEST(GgufConfig, FactorsOfFewPairsGiveTheSameAngles) {
  for (const int64_t head_width : {8, 16, 32, 128}) {
    for (const int64_t original : {64, 256, 2048, 8192, 131072}) {
      nn::TransformerConfig config = with_scaling(small_family_config("llama"), "llama3", 8, original);
      config.head_width = head_width;
      nn::TransformerConfig got = small_family_config("llama");
      got.head_width = head_width;
      const std::vector<float> factors = gguf_rope_factors(config);
      set_llama3_scaling(got, factors);
      const std::vector<float> again = gguf_rope_factors(got);
      if (*std::max_element(factors.begin(), factors.end()) == 1) continue;  // no pair is slow enough: no scaling
      ASSERT_EQ(again.size(), factors.size()) << head_width << " " << original;
      for (size_t i = 0; i < factors.size(); ++i)
        EXPECT_NEAR(again[i], factors[i], 1e-4 * static_cast<double>(factors[i]));
    }
  }
}

TEST(GgufTypes, MixedTypesSpendBitsWhereTheyCount) {
  const auto type_of = [](std::string_view choice, const char* name, const Shape& shape, bool own_head = false) {
    return dtype_name(gguf_tensor_dtype(find_gguf_type_choice(choice), {name, shape}, 16, own_head));
  };
  EXPECT_EQ(type_of("q4_k_m", "blk.0.attn_v.weight", {256, 256}), "q6_k");
  EXPECT_EQ(type_of("q4_k_m", "blk.2.attn_v.weight", {256, 256}), "q4_k");
  EXPECT_EQ(type_of("q4_k_m", "blk.4.ffn_down.weight", {256, 512}), "q6_k");
  EXPECT_EQ(type_of("q4_k_m", "blk.4.ffn_up.weight", {256, 512}), "q4_k");
  EXPECT_EQ(type_of("q4_k", "blk.0.attn_v.weight", {256, 256}), "q4_k");
  EXPECT_EQ(type_of("q4_0", "token_embd.weight", {900, 256}), "q6_k");
  EXPECT_EQ(type_of("q4_0", "token_embd.weight", {900, 256}, true), "q4_0");
  EXPECT_EQ(type_of("q4_0", "output.weight", {900, 256}, true), "q6_k");
  EXPECT_EQ(type_of("q8_0", "token_embd.weight", {900, 256}), "q8_0");
  EXPECT_EQ(type_of("q4_k_m", "blk.4.ffn_up.weight", {256, 96}), "q5_0");
  EXPECT_EQ(type_of("q6_k", "blk.4.ffn_up.weight", {256, 96}), "q8_0");
  EXPECT_EQ(type_of("q6_k", "blk.4.ffn_up.weight", {256, 90}), "f16");
  for (const char* name : {"output_norm.weight", "blk.0.attn_q.bias"}) EXPECT_EQ(type_of("q4_k_m", name, {256}), "f32");
  EXPECT_EQ(type_of("f16", "position_embd.weight", {64, 64}), "f32");
  EXPECT_EQ(type_of("bf16", "blk.0.ffn_up.weight", {64, 64}), "bf16");
}

TEST(GgufTypes, WritingReportsWhatEachTensorLostForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  nn::TransformerConfig config = small_family_config("llama");
  config.width = 256;
  config.hidden_width = 512;
  nn::Transformer transformer = random_transformer(config, 10);
  ThreadPool one(1), three(3);
  const auto& choice = find_gguf_type_choice("q4_k_m");
  const auto first = write_gguf_model(folder / "a.gguf", gguf_source(transformer), choice, one);
  const auto second = write_gguf_model(folder / "b.gguf", gguf_source(transformer), choice, three);
  EXPECT_EQ(read_file(folder / "a.gguf"), read_file(folder / "b.gguf"));
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].relative_error, second[i].relative_error);
    const bool is_exact = first[i].to == DType::kF32;
    EXPECT_EQ(first[i].relative_error == 0, is_exact) << first[i].name;
    EXPECT_LT(first[i].relative_error, 0.08) << first[i].name;
  }
  // Written again in the same types, tensors are copied bit for bit.
  const io::GgufFile file(folder / "a.gguf");
  write_gguf_model(folder / "c.gguf", gguf_source(file), choice, one);
  EXPECT_EQ(read_file(folder / "a.gguf"), read_file(folder / "c.gguf"));
}

TEST(GgufTypes, AnObserverThatThrowsLeavesNoFile) {
  const TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_gpt2_config(), 11);
  ThreadPool pool(1);
  EXPECT_THROW(write_gguf_model(folder / "m.gguf", gguf_source(transformer), find_gguf_type_choice("q8_0"), pool,
                                [](const GgufTensorReport&) { throw Error(ErrorCode::kInterrupted, "stop"); }),
               Error);
  EXPECT_TRUE(fs::is_empty(folder.path()));
  try {
    write_gguf_model(folder / "m.gguf", gguf_source(transformer), find_gguf_type_choice("q8_0"), pool, {},
                     [] { throw Error(ErrorCode::kInterrupted, "stop"); });
    ADD_FAILURE() << "nothing stopped it";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "stop");
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace vitrine::model
