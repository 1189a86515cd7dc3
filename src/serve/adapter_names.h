// LoRA adapters that a server offers under names of their own, beside the model that they belong to.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nn/adapter.h"
#include "nn/transformer.h"

namespace vitrine::serve {

/// One of `--adapter NAME=FOLDER`: requests for the model NAME run on the default model with what lies in the folder.
struct NamedAdapter {
  std::string name;
  std::filesystem::path folder;  ///< as PEFT writes it
};

/// Reads `NAME=FOLDER` texts. Errors: kInvalidArgument for one without a name or a folder, a name of other characters
/// than models' names have, and two of one name.
std::vector<NamedAdapter> parse_named_adapters(const std::vector<std::string>& texts);

/// Loads them all for one model. Errors: as of model::load_adapter, naming the adapter.
std::vector<std::shared_ptr<const nn::Adapter>> load_named_adapters(const std::vector<NamedAdapter>& named,
                                                                    nn::Transformer& transformer);

}  // namespace vitrine::serve
