// Variables that a user hands to a chat template, beside those of a conversation.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "template/value.h"

namespace vitrine::data {

/// A name that the template may ask for, and its value as JSON.
struct TemplateVariable {
  std::string name;
  std::string json;
};

/// Errors: kInvalidArgument for more than 32, for 1 MB of values, for a name that is none, that stands twice, or that a
/// conversation has already (messages, tools …), and for a value that is no JSON.
void check_template_variables(std::span<const TemplateVariable> variables);

/// The same, as names and values of a template. What stands in a value is input: it forms no special token.
std::vector<std::pair<templates::Value, templates::Value>> template_values(std::span<const TemplateVariable> variables);

}  // namespace vitrine::data
