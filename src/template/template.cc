#include "template/template.h"

#include <algorithm>

#include "template/interpreter.h"
#include "template/parser.h"

namespace vitrine::templates {
Template Template::parse(std::string_view source) {
  return Template(std::make_shared<const ParsedTemplate>(parse_template(source)));
}

Rendered Template::render(const Value& variables, const RenderOptions& options) const {
  return Interpreter(*parsed_, variables, options).run();
}

bool Template::mentions(std::string_view name) const {
  return std::ranges::find(parsed_->names, name) != parsed_->names.end();
}

}  // namespace vitrine::templates
