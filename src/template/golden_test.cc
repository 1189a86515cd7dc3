// Against what PyPI's transformers and jinja2 render: committed results, those for template files of others, and live
// ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "support/temporary_folder.h"
#include "template/messages.h"
#include "template/test_support.h"

namespace vitrine::templates {
namespace {

using Json = nlohmann::ordered_json;

Json read_json(const std::string& name) { return Json::parse(read_file(golden_folder() / name)); }

/// Numbers beyond 64 bits do not survive a JSON tree: these are the texts of the variables, by conversation.
std::vector<std::pair<std::string, Value>> conversations(const Json& golden) {
  const Value tools = value_from_json(read_file(golden_folder() / "tools.json"));
  const Json cases = read_json("conversations.json");
  std::vector<std::pair<std::string, Value>> result;
  for (const auto& [name, conversation] : cases.items()) {
    Json variables = {
        {"messages", nullptr}, {"tools", nullptr}, {"documents", nullptr}, {"add_generation_prompt", false}};
    variables.update(golden["special_tokens"]);
    variables.update(conversation);
    const bool has_tools = variables["tools"] == "TOOLS";
    std::vector<std::pair<Value, Value>> entries = value_from_json(variables.dump()).dict().entries;
    for (auto& [key, value] : entries) {
      if (has_tools && key.bytes() == "tools") value = tools;
    }
    result.emplace_back(name, Value::dict(std::move(entries)));
  }
  return result;
}

/// What a case gives, in the form of the golden files: an error has no text to compare.
std::string outcome(const std::string& source, const Value& variables) {
  try {
    return "text: " + render_all(source, variables).text;
  } catch (const Error& error) {
    return error.code() == ErrorCode::kInternal ? "INTERNAL: " + error.message() : "error";
  }
}

std::string expected_outcome(const Json& result) {
  return result.contains("error") ? "error" : "text: " + result["text"].get<std::string>();
}

std::string with_hash(const std::string& outcome) {
  return outcome.starts_with("text: ") ? fmt::format("text: {:016x}", hash64(outcome.substr(6))) : outcome;
}

TEST(GoldenTemplates, OwnTemplatesRenderAsTransformersRendersThem) {
  const Json golden = read_json("golden.json");
  const auto variables = conversations(golden);
  int num_compared = 0;
  for (const auto& [file, results] : golden["templates"].items()) {
    const std::string source = read_file(golden_folder() / "templates" / file);
    for (const auto& [name, values] : variables) {
      EXPECT_EQ(outcome(source, values), expected_outcome(results[name])) << file << ", " << name;
      ++num_compared;
    }
  }
  EXPECT_GT(num_compared, 150);
}

TEST(GoldenTemplates, SnippetsRenderAsTransformersRendersThem) {
  const Json golden = read_json("golden.json"), snippets = read_json("snippets.json");
  EXPECT_EQ(golden["snippets"].size(), snippets.size());
  for (const auto& [name, snippet] : snippets.items()) {
    // Read from the text, so that the integer beyond 64 bits is one.
    std::string variables = snippet.value("variables", Json::object()).dump();
    if (name == "input_numbers")
      variables = R"({"n":41,"f":1.0,"big":12345678901234567890123,"t":true,"z":null,"e":1e100})";
    const std::string source = snippet["template"];
    EXPECT_EQ(outcome(source, value_from_json(variables)), expected_outcome(golden["snippets"][name]))
        << name << ": " << source << "\n"
        << error_of(source, variables);
  }
}

TEST(GoldenTemplates, TemplatesOfOpenModelsRenderAsTransformersRendersThem) {
  const Json files = read_json("golden_shared.json");
  const auto variables = conversations(read_json("golden.json"));
  if (!std::filesystem::exists(shared_folder())) GTEST_SKIP() << "no shared data";
  int num_compared = 0;
  for (const auto& [file, results] : files.items()) {
    std::string source = read_file(shared_folder() / file);
    ASSERT_FALSE(source.empty()) << file;
    if (file.ends_with(".json")) source = Json::parse(source)["chat_template"];
    for (const auto& [name, values] : variables) {
      EXPECT_EQ(with_hash(outcome(source, values)), expected_outcome(results[name])) << file << ", " << name;
      ++num_compared;
    }
  }
  EXPECT_GT(num_compared, 300);
}

TEST(GoldenTemplates, MessagesArePreparedAsTransformersPreparesThem) {
  const Json golden = read_json("golden.json");
  for (const auto& [name, variables] : conversations(golden)) {
    const Value prepared = prepared_messages(*variables.dict().find("messages"));
    const Value wrapped = Value::dict({{Value::string("messages", Origin::kTemplate), prepared}});
    const std::string json = render_all("{{ messages | tojson }}", wrapped).text;
    EXPECT_EQ(fmt::format("{:016x}", hash64(json)), golden["prepared_messages"][name].get<std::string>())
        << name << ": " << json;
  }
}

std::string python() {
  const char* given = std::getenv("VITRINE_PYTHON");
  return given != nullptr ? given : "python3";
}

TEST(GoldenTemplates, RandomTemplatesRenderAsTransformersRendersThem) {
  if (std::system(("'" + python() + "' -c 'import jinja2, transformers' >/dev/null 2>&1").c_str()) != 0)
    GTEST_SKIP() << "no Python with the transformers package";
  const vitrine::testing::TemporaryFolder folder;
  const std::string made = folder / "made.json", rendered = folder / "rendered.json";
  const auto run = [&](const std::string& script, const std::string& arguments) {
    return std::system(
        fmt::format("'{}' '{}' {} 2>/dev/null", python(), (golden_folder() / script).string(), arguments).c_str());
  };
  const char* seed = std::getenv("VITRINE_SEED");
  ASSERT_EQ(run("random_templates.py", fmt::format("1500 {} '{}'", seed != nullptr ? seed : "1", made)), 0);
  ASSERT_EQ(run("render_cases.py", fmt::format("'{}' '{}'", made, rendered)), 0);
  const Json cases = Json::parse(read_file(rendered));
  int num_texts = 0;
  for (const Json& example : cases) {
    const std::string source = example["template"], variables = example["variables"].dump();
    const std::string expected = expected_outcome(example);
    num_texts += expected != "error";
    EXPECT_EQ(outcome(source, value_from_json(variables)), expected)
        << source << "\n"
        << error_of(source, variables) << example.value("error", "");
  }
  EXPECT_GT(num_texts, 1000);
}

}  // namespace
}  // namespace vitrine::templates
