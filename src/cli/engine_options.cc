#include "cli/engine_options.h"

#include <fmt/format.h>

#include "cli/shared_options.h"
#include "core/blocks.h"
#include "model/adapter_folder.h"
#include "model/model_store.h"

namespace vitrine::cli {

std::vector<OptionSpec> engine_options() {
  return {cache_type_option(),
          {.name = "adapter", .help = "a LoRA adapter, as PEFT writes its folders", .value_name = "FOLDER"},
          {.name = "speculate",
           .fallback = "none",
           .help = "guess tokens ahead and check several at once: from what the text said before (lookup), or by a "
                   "smaller model (draft); the text stays the same",
           .choices = {"none", "lookup", "draft"}},
          {.name = "draft_model",
           .help = "a smaller model with the same tokenizer, for --speculate draft: a path or a fetched model's name",
           .value_name = "MODEL"}};
}

/// Ids are what both models speak in; how text is cut into them is the larger one's affair.
bool have_same_tokens(const model::LoadedModel& a, const model::LoadedModel& b) {
  const int64_t count = model::drawable_tokens(a);
  if (count != model::drawable_tokens(b)) return false;
  for (tokenizer::TokenId id = 0; id < count; ++id)
    if (a.tokenizer.token_bytes(id) != b.tokenizer.token_bytes(id)) return false;
  return true;
}

EngineChoice engine_choice(const ParsedOptions& options, const model::LoadedModel& model,
                           const autograd::Runtime& runtime, Console& console) {
  EngineChoice choice;
  choice.options.cache_dtype =
      dtype_from_name(options.text("cache_type")).value_or(infer::default_cache_dtype(*model.transformer, runtime));
  choice.options.drawable_tokens = model::drawable_tokens(model);
  if (!options.text("adapter").empty()) {
    choice.options.adapters = {model::load_adapter(options.text("adapter"), *model.transformer)};
    choice.adapter = 1;
  }
  const std::string speculate = options.text("speculate");
  if (speculate != "draft" && options.given("draft_model"))
    throw UsageError("--draft-model goes with --speculate draft", "add it, or leave --draft-model out");
  if (speculate == "lookup") choice.speculation = infer::Speculation::kLookup;
  if (speculate != "draft") return choice;
  if (options.text("draft_model").empty())
    throw UsageError("--speculate draft: no draft model is named", "give one with --draft-model");
  choice.draft = model::load_model(model::resolve_model(options.text("draft_model")));
  note_refused(console, choice.draft->refused_checkpoints, choice.draft->folder);
  if (!have_same_tokens(*choice.draft, model))
    throw Error(ErrorCode::kMismatch, "--draft-model: its tokenizer is another than the model's",
                "take a smaller model of the same family");
  choice.speculation = infer::Speculation::kDraftModel;
  choice.options.draft_model = choice.draft->transformer.get();
  return choice;
}

}  // namespace vitrine::cli
