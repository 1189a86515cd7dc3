// What is done to a conversation before a template sees it.
#pragma once

#include "template/value.h"

namespace vitrine::templates {

/// Returns a list of messages as transformers' apply_chat_template passes them on: keys whose value is null are
/// dropped, and reasoning is there under each of its names, `reasoning_content` and `thinking`. Beyond that, a `role`
/// that is one of the usual names (system, user, assistant, tool, ...) gets Origin::kTemplate, for templates that build
/// their tags from it, as `'<|' + message.role + '|>'`; any other role stays what it is. Errors: kInvalidArgument for
/// what is not a list of dicts.
Value prepared_messages(const Value& messages);

}  // namespace vitrine::templates
