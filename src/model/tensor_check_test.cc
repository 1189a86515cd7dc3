#include "model/tensor_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "io/gguf_writer.h"
#include "model/gguf_model.h"
#include "model/model_testing.h"
#include "support/temporary_folder.h"

namespace vitrine::model {
namespace {

std::vector<FolderTensor> described(const io::NamedTensors& tensors) {
  std::vector<FolderTensor> list;
  for (const auto& [name, tensor] : tensors) {
    const auto extents = tensor.shape().extents();
    list.push_back({name, "F32", {extents.begin(), extents.end()}});
  }
  return list;
}

FolderTensor& named(std::vector<FolderTensor>& tensors, std::string_view name) {
  return *std::ranges::find(tensors, name, &FolderTensor::name);
}

void expect_fault(const TensorFault& fault, TensorFault::Kind kind, const std::string& tensor, const std::string& got,
                  const std::string& expected) {
  EXPECT_EQ(tensor_fault_name(fault.kind), tensor_fault_name(kind));
  EXPECT_EQ(fault.tensor, tensor);
  EXPECT_EQ(fault.got, got);
  EXPECT_EQ(fault.expected, expected);
}

TEST(TensorCheck, WhatIsWrittenHasNoFault) {
  const testing::TemporaryFolder folder;
  for (const auto& [name, config] : small_configs()) {
    nn::Transformer transformer = random_transformer(config, 3);
    const auto tensors = find_architecture(config.architecture).to_file(transformer, {});
    EXPECT_TRUE(check_folder_tensors(config, described(tensors)).empty()) << name;
    const GgufSource source = gguf_source(transformer);
    io::NamedTensors named;
    for (size_t i = 0; i < source.tensors.size(); ++i) named.emplace_back(source.tensors[i].name, source.read_f32(i));
    io::write_gguf(folder / (name + ".gguf"), source.metadata, named);
    EXPECT_TRUE(check_gguf_tensors(io::GgufFile(folder / (name + ".gguf"))).empty()) << name;
  }
}

TEST(TensorCheck, EveryFaultOfAFolderIsNamed) {
  const nn::TransformerConfig config = small_family_config("llama");
  nn::Transformer transformer = random_transformer(config, 3);
  std::vector<FolderTensor> tensors = described(find_architecture("llama").to_file(transformer, {}));
  std::erase_if(tensors, [](const FolderTensor& tensor) {
    return tensor.name == "model.layers.0.mlp.up_proj.weight" || tensor.name == "model.norm.weight";
  });
  named(tensors, "model.layers.0.self_attn.k_proj.weight").extents = {1, 2, 3};
  named(tensors, "model.layers.1.self_attn.k_proj.weight").dtype = "I64";
  tensors.push_back({"model.layers.2.self_attn.k_proj.weight", "F32", {64, 64}});
  tensors.push_back({"lm_head.weight", "F32", {96, 64}});                           // beside a tied table
  tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", {3}});  // made anew
  const std::vector<TensorFault> faults = check_folder_tensors(config, tensors);
  ASSERT_EQ(faults.size(), 5u);
  using Kind = TensorFault::Kind;
  expect_fault(faults[0], Kind::kOtherShape, "model.layers.0.self_attn.k_proj.weight", "[1,2,3]", "[64,64]");
  expect_fault(faults[1], Kind::kMissing, "model.layers.0.mlp.up_proj.weight", "", "[96,64]");
  expect_fault(faults[2], Kind::kOtherType, "model.layers.1.self_attn.k_proj.weight", "I64", "F32, F16 or BF16");
  expect_fault(faults[3], Kind::kMissing, "model.norm.weight", "", "[64]");
  expect_fault(faults[4], Kind::kUnused, "model.layers.2.self_attn.k_proj.weight", "[64,64]", "");
}

TEST(TensorCheck, Gpt2sTensorsHoldSeveralParametersAndMayLackTheirPrefix) {
  const nn::TransformerConfig config = small_gpt2_config();
  nn::Transformer transformer = random_transformer(config, 3);
  std::vector<FolderTensor> tensors = described(find_architecture("gpt2").to_file(transformer, {}));
  for (FolderTensor& tensor : tensors) tensor.name.erase(0, std::string_view("transformer.").size());
  EXPECT_TRUE(check_folder_tensors(config, tensors).empty());
  std::erase_if(tensors, [](const FolderTensor& tensor) { return tensor.name == "h.1.attn.c_attn.weight"; });
  const std::vector<TensorFault> faults = check_folder_tensors(config, tensors);
  ASSERT_EQ(faults.size(), 1u);
  expect_fault(faults[0], TensorFault::Kind::kMissing, "h.1.attn.c_attn.weight", "", "[64,192]");
}

TEST(TensorCheck, WeightsOfWholeNumbersAreRefusedByTheirName) {
  const testing::TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_family_config("qwen3"), 3);
  const GgufSource source = gguf_source(transformer);
  for (const std::string& wrong : {std::string("output_norm.weight"), std::string("blk.0.attn_k.weight")}) {
    io::NamedTensors tensors;
    for (size_t i = 0; i < source.tensors.size(); ++i) {
      const Tensor values = source.read_f32(i);
      tensors.emplace_back(source.tensors[i].name,
                           source.tensors[i].name == wrong ? Tensor::zeros(values.shape(), DType::kI32) : values);
    }
    io::write_gguf(folder / "m.gguf", source.metadata, tensors);
    try {
      load_gguf_transformer(io::GgufFile(folder / "m.gguf"));
      ADD_FAILURE() << "taken: " << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.message();
      EXPECT_NE(error.message().find("tensor '" + wrong + "' is i32"), std::string::npos) << error.message();
    }
  }
}

TEST(TensorCheck, EveryFaultOfAGgufFileIsNamed) {
  const testing::TemporaryFolder folder;
  nn::Transformer transformer = random_transformer(small_family_config("qwen3"), 3);
  const GgufSource source = gguf_source(transformer);
  io::NamedTensors tensors;
  for (size_t i = 0; i < source.tensors.size(); ++i) {
    const std::string& name = source.tensors[i].name;
    if (name == "blk.1.attn_k.weight" || name == "blk.0.attn_q_norm.weight") continue;
    Tensor values = source.read_f32(i);
    if (name == "blk.0.ffn_up.weight") values = Tensor::zeros({96, 96});
    if (name == "blk.1.ffn_up.weight") values = Tensor::zeros({96, 64}, DType::kI32);
    tensors.emplace_back(name, values);
  }
  tensors.emplace_back("blk.7.spare.weight", Tensor::zeros({64, 64}));
  io::write_gguf(folder / "m.gguf", source.metadata, tensors);
  const std::vector<TensorFault> faults = check_gguf_tensors(io::GgufFile(folder / "m.gguf"));
  ASSERT_EQ(faults.size(), 5u);
  using Kind = TensorFault::Kind;
  expect_fault(faults[0], Kind::kMissing, "blk.0.attn_q_norm.weight", "", "[32]");
  expect_fault(faults[1], Kind::kOtherShape, "blk.0.ffn_up.weight", "[96,96]", "[96,64]");
  expect_fault(faults[2], Kind::kMissing, "blk.1.attn_k.weight", "", "[64,64]");
  expect_fault(faults[3], Kind::kOtherType, "blk.1.ffn_up.weight", "i32", std::string(kGgufWeightTypes));
  expect_fault(faults[4], Kind::kUnused, "blk.7.spare.weight", "[64,64]", "");
}

}  // namespace
}  // namespace vitrine::model
