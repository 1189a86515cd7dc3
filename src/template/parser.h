// Template text to statements.
#pragma once

#include <string_view>

#include "template/ast.h"

namespace vitrine::templates {

/// Parses a template. Errors: kInvalidArgument with the line for what Jinja would not read, nesting beyond kMaxNesting
/// and templates beyond kMaxTemplateBytes; kUnsupported for statements that reach for other templates (include, import,
/// extends, block) and for recursive loops.
ParsedTemplate parse_template(std::string_view source);

}  // namespace vitrine::templates
