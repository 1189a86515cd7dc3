// LoRA adapters as the PEFT library writes them: adapter_config.json and adapter_model.safetensors.
#pragma once

#include <filesystem>
#include <memory>

#include "nn/adapter.h"

namespace vitrine::model {

/// Loads an adapter for a model whose tensors are named in its folder as they are here (llama, mistral, qwen2, qwen3).
/// Errors: kNotFound, kCorruptData; kMismatch, naming the tensor, for a map that does not fit the model; kUnsupported
/// for what is more than low-rank maps beside linear ones (DoRA, biases, whole modules, embeddings).
std::shared_ptr<const nn::Adapter> load_adapter(const std::filesystem::path& folder, nn::Transformer& transformer);

}  // namespace vitrine::model
