#include "tools/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>

namespace vitrine::tools {
namespace {

using Json = nlohmann::json;

TEST(ToolCatalog, IsSortedAndNamesAreSnakeCaseAndUnique) {
  const auto tools = tool_catalog();
  ASSERT_FALSE(tools.empty());
  const std::regex snake_case("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  for (size_t i = 0; i < tools.size(); ++i) {
    EXPECT_TRUE(std::regex_match(std::string(tools[i].name), snake_case)) << tools[i].name;
    if (i > 0) {
      EXPECT_LT(tools[i - 1].name, tools[i].name);
    }
    EXPECT_EQ(find_tool(tools[i].name), &tools[i]);
    EXPECT_GE(tools[i].description.size(), 20u);
  }
}

TEST(ToolCatalog, EverySchemaIsAnObjectWhoseRequiredPropertiesAreDescribed) {
  for (const Tool& tool : tool_catalog()) {
    const Json schema = Json::parse(tool.parameters, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(schema.is_object()) << tool.name;
    EXPECT_EQ(schema.value("type", ""), "object") << tool.name;
    ASSERT_TRUE(schema.contains("properties") && schema["properties"].is_object()) << tool.name;
    for (const auto& [name, property] : schema["properties"].items()) {
      EXPECT_TRUE(property.contains("type")) << tool.name << "." << name;
      EXPECT_FALSE(property.value("description", "").empty()) << tool.name << "." << name;
    }
    for (const Json& name : schema.value("required", Json::array())) {
      EXPECT_TRUE(schema["properties"].contains(name.get<std::string>())) << tool.name;
    }
  }
}

TEST(ToolCatalog, BadArgumentsGiveAResultThatSaysWhatIsWrong) {
  for (const Tool& tool : tool_catalog()) {
    const Json schema = Json::parse(tool.parameters);
    for (const char* arguments :
         {"", "{", "nonsense", "[1,2]", "\"text\"", "null", "{\"a\":\xff}", "{\"unknown_argument\":1}"}) {
      const ToolResult result = tool.call(arguments);
      EXPECT_FALSE(result.ok) << tool.name << " " << arguments;
      EXPECT_TRUE(result.text.starts_with("error: ")) << result.text;
      EXPECT_GE(result.text.size(), 30u) << result.text;
    }
    for (const Json& required : schema.value("required", Json::array())) {
      const std::string name = required.get<std::string>();
      EXPECT_NE(tool.call("{}").text.find(name), std::string::npos) << tool.name;
      for (const Json& wrong : {Json(nullptr), Json(Json::array({1})), Json(Json::object())}) {
        const ToolResult result = tool.call(Json{{name, wrong}}.dump());
        EXPECT_FALSE(result.ok) << tool.name;
        EXPECT_NE(result.text.find(name), std::string::npos) << result.text;
      }
    }
    EXPECT_FALSE(tool.call(std::string(100'000, '[')).ok);
    EXPECT_FALSE(tool.call(std::string(60'000, '[')).ok);
  }
}

TEST(ToolCatalog, RandomArgumentsAlwaysGiveAResult) {
  std::mt19937_64 random(1);
  for (const Tool& tool : tool_catalog()) {
    for (int round = 0; round < 5000; ++round) {
      std::string text(random() % 30, ' ');
      for (char& c : text) c = static_cast<char>(random());
      EXPECT_FALSE(tool.call(text).ok);
      const std::string escaped = Json{{"expression", text}}.dump(-1, ' ', false, Json::error_handler_t::replace);
      EXPECT_FALSE(tool.call(escaped).text.empty());
    }
  }
}

TEST(ToolCatalog, UnknownToolGivesAResultThatListsTheTools) {
  EXPECT_EQ(find_tool("calculater"), nullptr);
  const ToolResult result = call_tool("calculater", "{}");
  EXPECT_FALSE(result.ok);
  EXPECT_NE(result.text.find("calculator"), std::string::npos);
  EXPECT_EQ(call_tool("calculator", R"({"expression": "1 + 1"})").text, "2");
}

}  // namespace
}  // namespace vitrine::tools
