// Any text as a run's config: TOML, JSON, or one --set. What is accepted can be planned, written and read again.
#include "train/run_config.h"

#include "fuzz/fuzz_target.h"

namespace vitrine::fuzz {

void run_target(std::string_view input) {
  train::RunConfig config = train::preset_config("nano");
  ConfigFields fields = config.fields();
  const unsigned char form = take_byte(input);
  const bool is_read = accepts([&] {
    if (form == 'j')
      fields_from_json(fields, input, "run.json");
    else if (form == 's')
      set_field_from_assignment(fields, input);
    else
      fields_from_toml(fields, input, "run.toml");
  });
  if (!is_read) return;
  std::string json;
  if (accepts([&] { json = fields_to_json(fields); })) {
    train::RunConfig again = config;
    ConfigFields again_fields = again.fields();
    must([&] { fields_from_json(again_fields, json, "run.json"); });
    require(fields_to_json(again_fields) == json, "a config survives writing");
    require(train::differing_fields(config, again).empty(), "a config does not differ from itself");
  }
  accepts([&] {
    config.model.vocab_size = std::max<int64_t>(config.model.vocab_size, 1);  // as a run takes it from its tokenizer
    config.validate();
    const train::MemoryPlan plan = train::plan_memory(config);
    for (const int64_t bytes : {plan.weights, plan.gradients, plan.optimizer, plan.activations, plan.total(),
                                train::plan_checkpoint_bytes(config)})
      require(bytes > 0, "a plan has room for everything");
    require(config.micro_batches() > 0, "a step has passes");
    require(config.schedule().lr_at(0) >= 0, "a rate at the start");
  });
}

}  // namespace vitrine::fuzz
