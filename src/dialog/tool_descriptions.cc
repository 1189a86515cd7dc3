#include "dialog/tool_descriptions.h"

#include "data/conversation.h"
#include "tools/catalog.h"

namespace vitrine::dialog {

std::string tool_descriptions_json() {
  std::string json = "[";
  for (const tools::Tool& tool : tools::tool_catalog()) {
    if (json.size() > 1) json += ", ";
    data::append_json_string(json += R"({"type": "function", "function": {"name": )", tool.name);
    data::append_json_string(json += R"(, "description": )", tool.description);
    json += R"(, "parameters": )";
    json += tool.parameters;
    json += "}}";
  }
  return json + "]";
}

}  // namespace vitrine::dialog
