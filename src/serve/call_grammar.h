// What a model may write behind the mark of a call, in the form of its calls.
#pragma once

#include <vector>

#include "data/tool_calls/catalog.h"
#include "schema/grammar.h"
#include "serve/tool_schema.h"

namespace vitrine::serve {

/// Tells whether calls of a form can be kept to while they are written.
bool has_call_grammar(const data::ToolCallForm& form);

/// Compiles what calls of these tools are: behind the mark that begins them, up to where the one that ends them comes.
/// `is_single`: one call, as JSON where the form takes that; else as many as it takes, in any way that it takes them.
/// Errors: as schema::compile_json_schema; kUnsupported for a form without a grammar, and where arguments are written
/// one by one for a schema that says more of them together than which there are.
schema::Grammar call_grammar(const data::ToolCallForm& form, const std::vector<ToolSpec>& tools, bool is_single,
                             bool is_compact);

}  // namespace vitrine::serve
