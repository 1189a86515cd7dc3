// Texts beside a model's weights: the first byte says which, the rest is a generation_config.json, the head of a
// README.md or an adapter_config.json. What can be read is written and read again, where we write it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fuzz/fuzz_target.h"
#include "model/adapter_patterns.h"
#include "model/front_matter.h"
#include "model/sampling_defaults.h"

namespace vitrine::fuzz {
namespace {

void read_settings(std::string_view text) {
  model::SamplingDefaults first;
  if (!accepts([&] { first = model::read_generation_config(model::ConfigJson(text, "generation_config.json")); }))
    return;
  const std::string written = fmt::format("{{{}}}", fmt::join(model::generation_config_members(first), ", "));
  const auto second = must([&] { return model::read_generation_config(model::ConfigJson(written)); });
  require(second.settings == first.settings && second.draws == first.draws && second.max_tokens == first.max_tokens,
          "settings survive writing");
}

void read_head(std::string_view text) {
  constexpr std::string_view kKeys[] = {"license", "tags", "language", "base_model"};
  for (const auto& [key, values] : model::read_front_matter(text, kKeys).values)
    for (const std::string& value : values) {
      if (!model::is_front_matter_text(value)) continue;
      const std::string written = fmt::format("---\n{}: {}\n---\n", key, model::front_matter_text(value));
      const model::FrontMatter again = model::read_front_matter(written, kKeys);
      const auto found = again.values.find(key);
      require(found != again.values.end() && found->second == std::vector{value}, "a value survives writing");
    }
}

void read_patterns(std::string_view text) {
  accepts([&] {
    const model::ConfigJson config(text, "adapter_config.json");
    for (const std::string_view key : {"alpha_pattern", "rank_pattern"}) {
      const model::AdapterPatterns patterns(config, key);
      patterns.value_of("model.layers.11.self_attn.q_proj", 8);
    }
  });
}

}  // namespace

void run_target(std::string_view input) {
  switch (take_byte(input) % 3) {
    case 0:
      return read_settings(input);
    case 1:
      return read_head(input);
    default:
      return read_patterns(input);
  }
}

}  // namespace vitrine::fuzz
