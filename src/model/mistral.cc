// mistral: llama with a window of keys. GGUF files hold it as llama.
#include "model/gguf_layout.h"
#include "model/llama_family.h"

namespace vitrine::model {
namespace {

std::string write_mistral_config(const nn::TransformerConfig& config, const ConfigDetails& ids) {
  return write_family_config(config, ids, "MistralForCausalLM", false);
}

nn::TransformerConfig read_mistral_config(std::string_view text) {
  const ConfigJson json(text);
  nn::TransformerConfig config = read_family_config(json, "mistral");
  config.window = read_unswitched_window(json);
  return config;
}

}  // namespace

const Architecture kMistral{"mistral",         write_mistral_config, read_mistral_config,
                            own_names_to_file, own_names_from_file,  &kLlamaGguf};

}  // namespace vitrine::model
