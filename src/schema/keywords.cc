#include "schema/keywords.h"

#include <unordered_map>

namespace vitrine::schema {
namespace {

using enum KeywordUse;

constexpr Keyword kKeywords[] = {
    // Core.
    {"$schema", kHonoured, "2020-12, 2019-09, draft-07 or draft-06"},
    {"$id", kHonoured, "at the root; inside, it would change what $ref means"},
    {"$anchor", kHonoured, ""},
    {"$ref", kHonoured, "inside the schema only"},
    {"$defs", kHonoured, ""},
    {"$comment", kAnnotation, ""},
    {"$vocabulary", kAnnotation, "only meta-schemas use it"},
    {"$dynamicRef", kRefused, "write $ref"},
    {"$dynamicAnchor", kRefused, "write $anchor"},
    // Applicators.
    {"allOf", kHonoured, ""},
    {"anyOf", kHonoured, ""},
    {"oneOf", kHonoured, "where its alternatives provably exclude one another"},
    {"not", kRefused, "but for {}, true, false, a type, and enum or const"},
    {"if", kRefused, "write anyOf"},
    {"then", kRefused, "write anyOf"},
    {"else", kRefused, "write anyOf"},
    {"dependentSchemas", kRefused, "write anyOf"},
    {"prefixItems", kHonoured, ""},
    {"items", kHonoured, ""},
    {"contains", kRefused, "write prefixItems"},
    {"properties", kHonoured, ""},
    {"patternProperties", kHonoured, ""},
    {"additionalProperties", kHonoured, ""},
    {"propertyNames", kHonoured, ""},
    {"unevaluatedItems", kRefused, "write items"},
    {"unevaluatedProperties", kRefused, "write additionalProperties"},
    // Validation.
    {"type", kHonoured, ""},
    {"enum", kHonoured, ""},
    {"const", kHonoured, ""},
    {"multipleOf", kHonoured, "with whole numbers"},
    {"maximum", kHonoured, ""},
    {"exclusiveMaximum", kHonoured, ""},
    {"minimum", kHonoured, ""},
    {"exclusiveMinimum", kHonoured, ""},
    {"maxLength", kHonoured, ""},
    {"minLength", kHonoured, ""},
    {"pattern", kHonoured, ""},
    {"maxItems", kHonoured, ""},
    {"minItems", kHonoured, ""},
    {"uniqueItems", kRefused, "but for false"},
    {"maxContains", kRefused, "write prefixItems"},
    {"minContains", kRefused, "write prefixItems"},
    {"maxProperties", kHonoured, ""},
    {"minProperties", kHonoured, ""},
    {"required", kHonoured, ""},
    {"dependentRequired", kRefused, "write anyOf"},
    {"format", kHonoured, "the formats that format_names() lists"},
    // Content and meta-data say nothing about validity.
    {"contentEncoding", kAnnotation, ""},
    {"contentMediaType", kAnnotation, ""},
    {"contentSchema", kAnnotation, ""},
    {"title", kAnnotation, ""},
    {"description", kAnnotation, ""},
    {"default", kAnnotation, ""},
    {"deprecated", kAnnotation, ""},
    {"readOnly", kAnnotation, ""},
    {"writeOnly", kAnnotation, ""},
    {"examples", kAnnotation, ""},
    // Older drafts and OpenAPI.
    {"definitions", kHonoured, "as $defs"},
    {"id", kRefused, "write $id"},
    {"$recursiveRef", kRefused, "write $ref"},
    {"$recursiveAnchor", kRefused, "write $anchor"},
    {"additionalItems", kRefused, "write prefixItems and items"},
    {"dependencies", kRefused, "write anyOf"},
    {"nullable", kRefused, "but for false; write \"type\": [\"string\", \"null\"]"},
    {"example", kAnnotation, ""},
};

}  // namespace

std::span<const Keyword> keywords() { return kKeywords; }

const Keyword* find_keyword(std::string_view name) {
  static const std::unordered_map<std::string_view, const Keyword*> table = [] {
    std::unordered_map<std::string_view, const Keyword*> built;
    for (const Keyword& keyword : kKeywords) built.emplace(keyword.name, &keyword);
    return built;
  }();
  const auto place = table.find(name);
  return place == table.end() ? nullptr : place->second;
}

}  // namespace vitrine::schema
