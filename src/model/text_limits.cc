#include "model/text_limits.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace vitrine::model {
namespace {

using tokenizer::TokenId;

/// End of a turn or of a text in the vocabularies of Qwen and SmolLM, Llama 3, Phi, Gemma, Llama 2 and Mistral, GPT-2.
constexpr std::string_view kEndNames[] = {"<|im_end|>",     "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>",
                                          "<end_of_turn>", "</s>",       "<|return|>", "<|endoftext|>",
                                          "<｜end▁of▁sentence｜>"};

}  // namespace

bool is_end_name(std::string_view name) { return std::ranges::find(kEndNames, name) != std::end(kEndNames); }

std::vector<TokenId> end_ids(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& config,
                             std::span<const int64_t> named) {
  std::vector<TokenId> ids;
  for (const int64_t id : named)
    if (id >= 0 && id < tokenizer.vocab_size()) ids.push_back(static_cast<TokenId>(id));
  if (const auto id = tokenizer.special_id(config.eos_token)) ids.push_back(*id);
  for (const std::string_view name : kEndNames)
    if (const auto id = tokenizer.special_id(name)) ids.push_back(*id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<TokenId> text_start(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& config) {
  if (!tokenizer.frame().before.empty()) return tokenizer.frame().before;
  const auto begin = tokenizer.special_id(config.bos_token), pad = tokenizer.special_id(config.pad_token);
  if (config.add_bos_token.value_or(false) && begin) return {*begin};
  if (config.bos_token.empty() && pad) return {*pad};
  return {};
}

}  // namespace vitrine::model
