#include "data/tool_calls/catalog.h"

#include <algorithm>

namespace vitrine::data {
namespace {

/// In the order in which templates are looked at: some show more than one, and three forms share <tool_call>.
const ToolCallForm* const kForms[] = {&kQwenCoderForm, &kGlmForm,   &kHermesForm,  &kMistralForm, &kGraniteForm,
                                      &kDeepSeekForm,  &kGemmaForm, &kHarmonyForm, &kLlamaForm};

}  // namespace

std::span<const ToolCallForm* const> tool_call_forms() { return kForms; }

const ToolCallForm* find_tool_call_form(std::string_view name) {
  const auto found = std::ranges::find(kForms, name, &ToolCallForm::name);
  return found == std::end(kForms) ? nullptr : *found;
}

const ToolCallForm* tool_call_form_of(std::string_view chat_template) {
  const auto found =
      std::ranges::find_if(kForms, [&](const ToolCallForm* form) { return form->is_shown_in(chat_template); });
  return found == std::end(kForms) ? nullptr : *found;
}

}  // namespace vitrine::data
