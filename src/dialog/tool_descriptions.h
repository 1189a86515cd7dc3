// What a model is told of the tools.
#pragma once

#include <string>

namespace vitrine::dialog {

/// All tools of the catalog as a JSON list in the shape of OpenAI's chat API, for data::PromptOptions.
std::string tool_descriptions_json();

}  // namespace vitrine::dialog
