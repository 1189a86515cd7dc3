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
    {"oneOf", kHonoured, "where its alternatives exclude one another, or what fails them can be told (see not)"},
    {"not", kHonoured,
     "but for what some member, key or multiple would have to fail: additionalProperties, patternProperties, "
     "propertyNames, uniqueItems, unevaluated, and multipleOf but of whole numbers and other multiples"},
    {"if", kHonoured, "where what fails it can be told (see not)"},
    {"then", kHonoured, ""},
    {"else", kHonoured, ""},
    {"dependentSchemas", kHonoured, ""},
    {"prefixItems", kHonoured, ""},
    {"items", kHonoured, ""},
    {"contains", kHonoured, "at most three for one array, with small counts"},
    {"properties", kHonoured, ""},
    {"patternProperties", kHonoured, ""},
    {"additionalProperties", kHonoured, ""},
    {"propertyNames", kHonoured, ""},
    {"unevaluatedItems", kHonoured, "but for beside contains"},
    {"unevaluatedProperties", kHonoured, ""},
    // Validation.
    {"type", kHonoured, ""},
    {"enum", kHonoured, ""},
    {"const", kHonoured, ""},
    {"multipleOf", kHonoured, "exactly, in decimals: 0.07 is a multiple of 0.01"},
    {"maximum", kHonoured, ""},
    {"exclusiveMaximum", kHonoured, ""},
    {"minimum", kHonoured, ""},
    {"exclusiveMinimum", kHonoured, ""},
    {"maxLength", kHonoured, ""},
    {"minLength", kHonoured, ""},
    {"pattern", kHonoured, ""},
    {"maxItems", kHonoured, ""},
    {"minItems", kHonoured, ""},
    {"uniqueItems", kHonoured,
     "for items of few values: enum, const, boolean, null, small ranges of whole numbers; and for at most one item"},
    {"maxContains", kHonoured, ""},
    {"minContains", kHonoured, ""},
    {"maxProperties", kHonoured, ""},
    {"minProperties", kHonoured, ""},
    {"required", kHonoured, ""},
    {"dependentRequired", kHonoured, ""},
    {"format", kHonoured,
     "date, time, date-time, duration, email, hostname, ipv4, ipv6, uuid, uri, uri-reference, json-pointer"},
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
    {"dependencies", kRefused, "write dependentRequired or dependentSchemas"},
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
