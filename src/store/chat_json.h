// Stored messages in the shape of OpenAI's chat API, as JSON text. Inside of store only.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace vitrine::store {

/// The list of messages: one that holds a tool loop becomes several. `system_prompt` comes first where there is one.
std::string chat_messages_json(const std::string& system_prompt, const std::vector<StoredMessage>& path);

}  // namespace vitrine::store
