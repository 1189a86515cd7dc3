#include "schema/keywords.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "schema/test_support.h"

namespace vitrine::schema {
namespace {

// Every keyword of the vocabularies of JSON Schema 2020-12: core, applicator, unevaluated, validation, meta-data,
// format, content.
constexpr std::string_view kStandard[] = {"$schema",
                                          "$vocabulary",
                                          "$id",
                                          "$anchor",
                                          "$dynamicAnchor",
                                          "$ref",
                                          "$dynamicRef",
                                          "$defs",
                                          "$comment",
                                          "allOf",
                                          "anyOf",
                                          "oneOf",
                                          "not",
                                          "if",
                                          "then",
                                          "else",
                                          "dependentSchemas",
                                          "prefixItems",
                                          "items",
                                          "contains",
                                          "properties",
                                          "patternProperties",
                                          "additionalProperties",
                                          "propertyNames",
                                          "unevaluatedItems",
                                          "unevaluatedProperties",
                                          "type",
                                          "enum",
                                          "const",
                                          "multipleOf",
                                          "maximum",
                                          "exclusiveMaximum",
                                          "minimum",
                                          "exclusiveMinimum",
                                          "maxLength",
                                          "minLength",
                                          "pattern",
                                          "maxItems",
                                          "minItems",
                                          "uniqueItems",
                                          "maxContains",
                                          "minContains",
                                          "maxProperties",
                                          "minProperties",
                                          "required",
                                          "dependentRequired",
                                          "format",
                                          "contentEncoding",
                                          "contentMediaType",
                                          "contentSchema",
                                          "title",
                                          "description",
                                          "default",
                                          "deprecated",
                                          "readOnly",
                                          "writeOnly",
                                          "examples"};

/// A schema whose keyword matters: what it takes, and what it refuses that would be taken without it.
struct Witness {
  std::string schema, good, bad;
};

const std::map<std::string_view, Witness>& honoured() {
  static const std::map<std::string_view, Witness> table = {
      {"$ref", {R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}})", "null", "1"}},
      {"$defs", {R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}})", "null", "1"}},
      {"definitions", {R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"null"}}})", "null", "1"}},
      {"$anchor", {R"({"$ref":"#n","$defs":{"a":{"$anchor":"n","type":"null"}}})", "null", "1"}},
      {"$id",
       {R"({"$id":"http://e.org/s","$ref":"http://e.org/s#/$defs/a","$defs":{"a":{"type":"null"}}})", "null", "1"}},
      {"$schema", {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"null"})", "null", "1"}},
      {"allOf", {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3"}},
      {"anyOf", {R"({"anyOf":[{"const":1},{"const":2}]})", "2", "3"}},
      {"oneOf", {R"({"oneOf":[{"const":1},{"const":2}]})", "2", "3"}},
      {"prefixItems", {R"({"prefixItems":[{"const":1}]})", "[1,2]", "[2]"}},
      {"items", {R"({"items":{"const":1}})", "[1,1]", "[1,2]"}},
      {"properties", {R"({"properties":{"a":{"const":1}}})", R"({"a":1})", R"({"a":2})"}},
      {"patternProperties", {R"({"patternProperties":{"^a":{"const":1}}})", R"({"ab":1,"b":2})", R"({"ab":2})"}},
      {"additionalProperties",
       {R"({"properties":{"a":true},"additionalProperties":{"const":1}})", R"({"a":2,"b":1})", R"({"b":2})"}},
      {"propertyNames", {R"({"propertyNames":{"const":"a"}})", R"({"a":2})", R"({"b":2})"}},
      {"type", {R"({"type":"null"})", "null", "1"}},
      {"enum", {R"({"enum":[1,"a"]})", "\"a\"", "\"b\""}},
      {"const", {R"({"const":[1]})", "[1]", "[2]"}},
      {"multipleOf", {R"({"multipleOf":3})", "6", "7"}},
      {"maximum", {R"({"maximum":3})", "3", "3.5"}},
      {"exclusiveMaximum", {R"({"exclusiveMaximum":3})", "2.9", "3"}},
      {"minimum", {R"({"minimum":3})", "3", "2.5"}},
      {"exclusiveMinimum", {R"({"exclusiveMinimum":3})", "3.1", "3"}},
      {"maxLength", {R"({"maxLength":1})", "\"a\"", "\"ab\""}},
      {"minLength", {R"({"minLength":2})", "\"ab\"", "\"a\""}},
      {"pattern", {R"({"pattern":"b"})", "\"ab\"", "\"a\""}},
      {"maxItems", {R"({"maxItems":1})", "[1]", "[1,2]"}},
      {"minItems", {R"({"minItems":1})", "[1]", "[]"}},
      {"maxProperties", {R"({"maxProperties":1})", R"({"a":1})", R"({"a":1,"b":1})"}},
      {"minProperties", {R"({"minProperties":1})", R"({"a":1})", "{}"}},
      {"required", {R"({"required":["a"]})", R"({"a":1})", R"({"b":1})"}},
      {"not", {R"({"not":{"minimum":1}})", "0", "1"}},
      {"if", {R"({"if":{"minimum":1},"then":{"maximum":2}})", "2", "3"}},
      {"then", {R"({"then":{"maximum":2},"if":{"minimum":1}})", "0", "3"}},
      {"else", {R"({"else":{"const":0},"if":{"minimum":1}})", "3", "0.5"}},
      {"dependentSchemas", {R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"a":1,"b":1})", R"({"a":1})"}},
      {"dependentRequired", {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})"}},
      {"contains", {R"({"contains":{"const":1}})", "[2,1]", "[2]"}},
      {"minContains", {R"({"minContains":2,"contains":{"const":1}})", "[1,2,1]", "[1]"}},
      {"maxContains", {R"({"maxContains":1,"contains":{"const":1}})", "[2,1]", "[1,1]"}},
      {"uniqueItems", {R"({"uniqueItems":true,"items":{"type":"boolean"}})", "[true,false]", "[true,true]"}},
      {"unevaluatedItems", {R"({"unevaluatedItems":false,"allOf":[{"prefixItems":[true]}]})", "[1]", "[1,2]"}},
      {"unevaluatedProperties",
       {R"({"unevaluatedProperties":false,"allOf":[{"properties":{"a":true}}]})", R"({"a":1})", R"({"b":1})"}},
      {"format", {R"({"format":"date"})", "\"2024-01-01\"", "\"2024\""}},
  };
  return table;
}

/// A value of a refused keyword that means something.
const std::map<std::string_view, std::string>& refused() {
  static const std::map<std::string_view, std::string> table = {
      {"$dynamicRef", R"({"$dynamicRef":"#a"})"},
      {"$dynamicAnchor", R"({"$dynamicAnchor":"a"})"},
      {"id", R"({"id":"x"})"},
      {"$recursiveRef", R"({"$recursiveRef":"#"})"},
      {"$recursiveAnchor", R"({"$recursiveAnchor":true})"},
      {"additionalItems", R"({"additionalItems":false})"},
      {"dependencies", R"({"dependencies":{"a":["b"]}})"},
      {"nullable", R"({"nullable":true})"},
  };
  return table;
}

TEST(Keywords, EveryStandardKeywordHasAnEntry) {
  for (std::string_view name : kStandard) EXPECT_NE(find_keyword(name), nullptr) << name;
  std::set<std::string_view> names;
  for (const Keyword& keyword : keywords()) EXPECT_TRUE(names.insert(keyword.name).second) << keyword.name;
  EXPECT_EQ(find_keyword("requred"), nullptr);
}

TEST(Keywords, EachIsHonouredOrRefusedByName) {
  for (const Keyword& keyword : keywords()) {
    if (keyword.use == KeywordUse::kHonoured) {
      ASSERT_TRUE(honoured().contains(keyword.name)) << keyword.name << " has no witness";
      const Witness& witness = honoured().at(keyword.name);
      const Grammar grammar = compile_json_schema(witness.schema);
      EXPECT_TRUE(takes(grammar, witness.good)) << keyword.name;
      EXPECT_FALSE(takes(grammar, witness.bad)) << keyword.name;
    } else if (keyword.use == KeywordUse::kRefused) {
      ASSERT_TRUE(refused().contains(keyword.name)) << keyword.name << " has no witness";
      for (const std::string& schema : {refused().at(keyword.name), R"({"items":{"anyOf":[{"type":"null"},)" +
                                                                        refused().at(keyword.name) + "]}}"}) {
        try {
          compile_json_schema(schema);
          ADD_FAILURE() << keyword.name << " was passed over in " << schema;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.message();
          EXPECT_NE(error.message().find("'" + std::string(keyword.name) + "'"), std::string::npos) << error.message();
        }
      }
    }
  }
}

TEST(Keywords, AnnotationsChangeNothing) {
  std::string members = R"("type":"null")";
  for (const Keyword& keyword : keywords()) {
    if (keyword.use == KeywordUse::kAnnotation)
      members += ",\"" + std::string(keyword.name) + "\":{\"type\":\"string\"}";
  }
  const Grammar grammar = compile_json_schema("{" + members + "}");
  EXPECT_TRUE(takes(grammar, "null"));
  EXPECT_FALSE(takes(grammar, "\"a\""));
}

TEST(Keywords, TheyMayStandWhereTheyMeanNothing) {
  for (const char* schema : {R"({"uniqueItems":false})", R"({"nullable":false})", R"({"unevaluatedProperties":true})",
                             R"({"then":{"const":1}})", R"({"if":{"const":1}})", R"({"minContains":2})",
                             R"({"dependentRequired":{}})", R"({"not":false})"}) {
    EXPECT_TRUE(takes(compile_json_schema(schema), "1")) << schema;
  }
}

}  // namespace
}  // namespace vitrine::schema
