// LoRA adapters as the PEFT library writes them: adapter_config.json and adapter_model.safetensors.
#pragma once

#include <filesystem>
#include <memory>

#include "nn/adapter.h"

namespace vitrine::model {

/// Loads an adapter beside linear maps, the head among them where it is not the table of embeddings.
/// Errors: kNotFound, kCorruptData; kMismatch, naming the tensor, for a map or a saved head that does not fit the
/// model; kUnsupported for what is more than low-rank maps beside linear ones (DoRA, biases, whole modules,
/// embeddings).
std::shared_ptr<const nn::Adapter> load_adapter(const std::filesystem::path& folder, nn::Transformer& transformer);

}  // namespace vitrine::model
