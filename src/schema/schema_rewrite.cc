#include "schema/schema_rewrite.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/formats.h"
#include "schema/keywords.h"
#include "schema/schema_merge.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxExclusive = 64;     // alternatives of a oneOf
constexpr size_t kMaxEvaluated = 5;      // alternatives of an anyOf whose every set is told apart
constexpr size_t kMaxFailedValues = 64;  // numbers that are excluded at once

JsonValue text(std::string_view value) { return {.kind = JsonKind::kString, .string = std::string(value)}; }
JsonValue number(int64_t value) { return {.kind = JsonKind::kNumber, .number = Decimal(value)}; }
JsonValue object(std::vector<JsonMember> members) { return {.kind = JsonKind::kObject, .members = std::move(members)}; }
JsonValue list(std::vector<JsonValue> items) { return {.kind = JsonKind::kArray, .items = std::move(items)}; }
JsonValue same_as(const JsonValue& schema) { return {.kind = JsonKind::kObject, .stands_for = &schema}; }

/// {"type": TYPE, KEYWORD: VALUE}
JsonValue typed(std::string_view type, std::string_view keyword, JsonValue value) {
  return object({{"type", text(type)}, {std::string(keyword), std::move(value)}});
}

/// {"type": "object", "required": [NAME], "properties": {NAME: SCHEMA}}
JsonValue with_member(std::string_view name, JsonValue schema) {
  JsonValue value = typed("object", "required", list({text(name)}));
  value.members.push_back({"properties", object({{std::string(name), std::move(schema)}})});
  return value;
}

JsonValue without_member(std::string_view name) {
  return object({{"properties", object({{std::string(name), {.kind = JsonKind::kFalse}}})}});
}

JsonValue object_without_member(std::string_view name) {
  JsonValue value = without_member(name);
  value.members.push_back({"type", text("object")});
  return value;
}

/// An array whose item at a place is there, and satisfies a schema.
JsonValue with_item(size_t place, JsonValue schema) {
  std::vector<JsonValue> prefix(place, JsonValue{.kind = JsonKind::kTrue});
  prefix.push_back(std::move(schema));
  JsonValue value = typed("array", "minItems", number(static_cast<int64_t>(place) + 1));
  value.members.push_back({"prefixItems", list(std::move(prefix))});
  return value;
}

bool is_plain_value(const JsonValue& value) {
  return !value.is(JsonKind::kNumber) && !value.is(JsonKind::kArray) && !value.is(JsonKind::kObject);
}

}  // namespace

const JsonValue& SchemaRewriter::negation(const JsonValue& schema, const JsonValue& asked_by,
                                          std::string_view keyword) {
  if (schema.stands_for != nullptr) {
    return schema.is_negation ? canonical(*schema.stands_for) : negation(*schema.stands_for, asked_by, keyword);
  }
  const auto [place, is_new] = negations_.try_emplace(&schema);
  if (is_new) {
    place->second = &keep({.kind = JsonKind::kObject, .stands_for = &schema, .is_negation = true});
    origins_.emplace(place->second, Origin{&asked_by, keyword});
    note_use(asked_by, keyword);
  }
  return *place->second;
}

const JsonValue& SchemaRewriter::canonical(const JsonValue& schema) {
  return schema.stands_for == nullptr || schema.is_negation ? schema : canonical(*schema.stands_for);
}

bool SchemaRewriter::is_plain_negation(const JsonValue& schema) {
  if (schema.members.size() != 1) return false;
  const auto& [keyword, value] = schema.members[0];
  if (keyword == "const") return is_plain_value(value);
  if (keyword == "enum") return std::ranges::all_of(value.items, is_plain_value);
  return keyword == "type" || keyword == "pattern" || keyword == "format" || keyword == "multipleOf";
}

void SchemaRewriter::refuse_use(std::string_view what) const {
  document_.unsupported(*first_use_.schema, first_use_.keyword, what);
}

void SchemaRewriter::refuse(const Origin& origin, std::string_view keyword) {
  document_.unsupported(*origin.schema, origin.keyword,
                        fmt::format("not supported here: it asks for what fails '{}', which is not told", keyword));
}

const Ways& SchemaRewriter::ways_of(const JsonValue& schema, std::string_view keyword, bool for_evaluation,
                                    std::string_view name) {
  const auto [place, is_new] = ways_.try_emplace({&schema, keyword, for_evaluation, name});
  Ways& ways = place->second;
  if (!is_new) return ways;
  const JsonValue& argument = *schema.find(keyword);
  const auto negated = [&](const JsonValue& what) { return &negation(what, schema, keyword); };
  if (for_evaluation || keyword == "dependentSchemas") note_use(schema, keyword);
  if (keyword == "anyOf") {
    if (!for_evaluation) {
      for (const JsonValue& way : argument.items) ways.push_back({&way});
      return ways;
    }
    if (argument.items.size() > kMaxEvaluated) {
      document_.unsupported(schema, keyword,
                            "more than 5 alternatives beside unevaluatedProperties or unevaluatedItems");
    }
    for (uint32_t set = 1; set < 1u << argument.items.size(); ++set) {
      Conjunction& way = ways.emplace_back();
      for (size_t i = 0; i < argument.items.size(); ++i) {
        if (set >> i & 1) way.push_back(&argument.items[i]);
      }
    }
  } else if (keyword == "oneOf") {
    Ways found = exclusive_ways(schema, argument);  // may ask for other ways
    ways = std::move(found);
  } else if (keyword == "if") {
    const JsonValue *then = schema.find("then"), *otherwise = schema.find("else");
    ways = {{&argument}, {negated(argument)}};
    if (then != nullptr) ways[0].push_back(then);
    if (otherwise != nullptr) ways[1].push_back(otherwise);
  } else {  // dependentSchemas
    ways = {{&keep(without_member(name))},
            {&keep(typed("object", "required", list({text(name)}))), argument.find(name)}};
  }
  return ways;
}

Ways SchemaRewriter::exclusive_ways(const JsonValue& schema, const JsonValue& list) {
  if (list.items.size() > kMaxExclusive) document_.unsupported(schema, "oneOf", "more than 64 alternatives");
  Ways ways;
  for (const JsonValue& way : list.items) ways.push_back({&way});
  for (size_t i = 0; i < ways.size(); ++i) {
    for (size_t k = i + 1; k < ways.size(); ++k) {
      if (exclude_each_other(document_, list.items[i], list.items[k])) continue;
      ways[i].push_back(&negation(list.items[k], schema, "oneOf"));
      ways[k].push_back(&negation(list.items[i], schema, "oneOf"));
    }
  }
  return ways;
}

const Ways& SchemaRewriter::ways_against(const JsonValue& negation) {
  const auto key = std::tuple(&negation, std::string_view("not"), false, std::string_view());
  if (const auto known = ways_.find(key); known != ways_.end()) return known->second;
  const JsonValue& schema = *negation.stands_for;
  const Origin origin = origins_.at(&negation);
  document_.check(schema);
  Ways ways;
  if (schema.is(JsonKind::kFalse)) {
    ways.emplace_back();
  } else {
    for (const JsonMember& member : schema.members) {
      document_.spend(1);
      fail_keyword(schema, member, origin, ways);
    }
  }
  return ways_.emplace(key, std::move(ways)).first->second;
}

/// Adds the ways to fail one keyword of a schema.
void SchemaRewriter::fail_keyword(const JsonValue& schema, const JsonMember& member, const Origin& origin, Ways& ways) {
  const auto& [keyword, argument] = member;
  const Keyword* entry = find_keyword(keyword);
  if (entry == nullptr || entry->use == KeywordUse::kAnnotation) return;
  if (keyword == "$ref") {
    ways.push_back({&negation(document_.resolve(schema, argument.string), origin)});
  } else if (keyword == "allOf") {
    for (const JsonValue& part : argument.items) ways.push_back({&negation(part, origin)});
  } else if (keyword == "anyOf") {
    Conjunction none;
    for (const JsonValue& part : argument.items) none.push_back(&negation(part, origin));
    ways.push_back(std::move(none));
  } else if (keyword == "oneOf") {
    Conjunction none;
    for (const JsonValue& part : argument.items) none.push_back(&negation(part, origin));
    ways.push_back(std::move(none));
    for (size_t i = 0; i < argument.items.size(); ++i) {
      for (size_t k = i + 1; k < argument.items.size(); ++k) {
        if (!exclude_each_other(document_, argument.items[i], argument.items[k]))
          ways.push_back({&argument.items[i], &argument.items[k]});
      }
    }
  } else if (keyword == "not") {
    ways.push_back({&argument});
  } else if (keyword == "if") {
    const JsonValue *then = schema.find("then"), *otherwise = schema.find("else");
    if (then != nullptr) ways.push_back({&argument, &negation(*then, origin)});
    if (otherwise != nullptr) ways.push_back({&negation(argument, origin), &negation(*otherwise, origin)});
  } else if (keyword == "enum") {
    fail_values(argument, origin, ways);
  } else if (keyword == "const") {
    is_plain_value(argument) ? (void)ways.push_back({&negation(keep(object({member})), origin)})
                             : fail_values(list({argument}), origin, ways);
  } else if (keyword == "type" || keyword == "pattern" || keyword == "multipleOf" ||
             (keyword == "format" && find_format(argument.string) != nullptr)) {
    ways.push_back({&negation(keep(object({member})), origin)});
  } else if (!fail_bound(keyword, argument, ways) && !fail_array(schema, keyword, argument, origin, ways) &&
             !fail_object(keyword, argument, origin, ways)) {
    refuse(origin, keyword);
  }
}

/// A value of an enum is none of its plain values, nor a number of them, nor any other of them.
void SchemaRewriter::fail_values(const JsonValue& values, const Origin& origin, Ways& ways) {
  JsonValue plain = list({});
  std::vector<Decimal> numbers;
  Conjunction none;
  const auto add = [&](Ways one) {
    // A conjunction of alternatives, as one schema: what does not fail all of them.
    JsonValue any = list({});
    for (const Conjunction& way : one) any.items.push_back(*way[0]);
    none.push_back(&keep(object({{"anyOf", std::move(any)}})));
  };
  for (const JsonValue& value : values.items) {
    if (is_plain_value(value)) {
      plain.items.push_back(value);
    } else if (value.is(JsonKind::kNumber)) {
      numbers.push_back(value.number);
    } else {
      Ways one;
      fail_constant(value, origin, one);
      add(std::move(one));
    }
  }
  if (!plain.items.empty()) none.push_back(&negation(keep(object({{"enum", std::move(plain)}})), origin));
  if (numbers.size() > kMaxFailedValues) refuse(origin, "enum");
  if (!numbers.empty()) {
    std::ranges::sort(numbers);
    Ways gaps{{&keep(
        object({{"type", list({text("null"), text("boolean"), text("string"), text("array"), text("object")})}}))}};
    for (size_t i = 0; i <= numbers.size(); ++i) {
      JsonValue gap = object({{"type", text("number")}});
      const auto bound = [](const Decimal& value) { return JsonValue{.kind = JsonKind::kNumber, .number = value}; };
      if (i > 0) gap.members.push_back({"exclusiveMinimum", bound(numbers[i - 1])});
      if (i < numbers.size()) gap.members.push_back({"exclusiveMaximum", bound(numbers[i])});
      gaps.push_back({&keep(std::move(gap))});
    }
    add(std::move(gaps));
  }
  ways.push_back(std::move(none));
}

/// An array or object that is not this one: another kind, another size, or another item or member.
void SchemaRewriter::fail_constant(const JsonValue& value, const Origin& origin, Ways& ways) {
  const auto add = [&](JsonValue schema) { ways.push_back({&keep(std::move(schema))}); };
  const auto differs = [&](const JsonValue& one) { return same_as(negation(keep(object({{"const", one}})), origin)); };
  const bool is_array = value.is(JsonKind::kArray);
  add(object({{"type", list({text("null"), text("boolean"), text("string"), text("number"),
                             text(is_array ? "object" : "array")})}}));
  const auto size = static_cast<int64_t>(is_array ? value.items.size() : value.members.size());
  JsonValue larger = typed(is_array ? "array" : "object", is_array ? "minItems" : "minProperties", number(size + 1));
  if (!is_array) {
    JsonValue names = object({});
    for (const JsonMember& member : value.members) names.members.push_back({member.first, {.kind = JsonKind::kTrue}});
    larger.members.push_back({"properties", std::move(names)});
  }
  add(std::move(larger));
  if (is_array && size > 0) add(typed("array", "maxItems", number(size - 1)));
  for (size_t i = 0; i < value.items.size(); ++i) add(with_item(i, differs(value.items[i])));
  for (const auto& [key, member] : value.members) {
    add(object_without_member(key));
    add(with_member(key, differs(member)));
  }
}

/// Adds the way to fail a bound of numbers, strings, or counts. Returns false where the keyword is none.
bool SchemaRewriter::fail_bound(std::string_view keyword, const JsonValue& bound, Ways& ways) {
  struct Opposite {
    std::string_view keyword, opposite, type;
    int64_t step;
  };
  static constexpr Opposite kOpposites[] = {{"minimum", "exclusiveMaximum", "number", 0},
                                            {"maximum", "exclusiveMinimum", "number", 0},
                                            {"exclusiveMinimum", "maximum", "number", 0},
                                            {"exclusiveMaximum", "minimum", "number", 0},
                                            {"minLength", "maxLength", "string", -1},
                                            {"maxLength", "minLength", "string", 1},
                                            {"minItems", "maxItems", "array", -1},
                                            {"maxItems", "minItems", "array", 1},
                                            {"minProperties", "maxProperties", "object", -1},
                                            {"maxProperties", "minProperties", "object", 1}};
  const auto* entry = std::ranges::find(kOpposites, keyword, &Opposite::keyword);
  if (entry == std::end(kOpposites)) return false;
  JsonValue opposite = bound;
  if (entry->step < 0) {
    if (bound.number.is_zero()) return true;  // never fails
    opposite.number = -((-bound.number).next_integer());
  } else if (entry->step > 0) {
    if (bound.number.magnitude() > 30) return true;  // nothing is so long
    opposite.number = bound.number.next_integer();
  }
  ways.push_back({&keep(typed(entry->type, entry->opposite, std::move(opposite)))});
  return true;
}

bool SchemaRewriter::fail_array(const JsonValue& schema, std::string_view keyword, const JsonValue& argument,
                                const Origin& origin, Ways& ways) {
  if (keyword == "prefixItems") {
    for (size_t i = 0; i < argument.items.size(); ++i) {
      if (!argument.items[i].is(JsonKind::kTrue))
        ways.push_back({&keep(with_item(i, same_as(negation(argument.items[i], origin))))});
    }
    return true;
  }
  if (keyword == "items") {
    const JsonValue* prefix = schema.find("prefixItems");
    const auto first = static_cast<int64_t>(prefix == nullptr ? 0 : prefix->items.size());
    if (argument.is(JsonKind::kTrue)) return true;
    if (argument.is(JsonKind::kFalse)) {
      ways.push_back({&keep(typed("array", "minItems", number(first + 1)))});
    } else if (first == 0) {
      ways.push_back({&keep(typed("array", "contains", same_as(negation(argument, origin))))});
    } else {
      refuse(origin, keyword);
    }
    return true;
  }
  if (keyword == "minContains" || keyword == "maxContains") return true;  // with contains
  if (keyword != "contains") return false;
  const JsonValue *least = schema.find("minContains"), *most = schema.find("maxContains");
  const auto counted = [&](std::string_view bound, const Decimal& count) {
    JsonValue value = typed("array", "contains", same_as(argument));
    value.members.push_back({std::string(bound), {.kind = JsonKind::kNumber, .number = count}});
    if (bound == "maxContains") value.members.push_back({"minContains", number(0)});
    ways.push_back({&keep(std::move(value))});
  };
  const Decimal min = least == nullptr ? Decimal(1) : least->number;
  if (min > Decimal()) counted("maxContains", -((-min).next_integer()));
  if (most != nullptr && most->number.magnitude() < 30) counted("minContains", most->number.next_integer());
  return true;
}

bool SchemaRewriter::fail_object(std::string_view keyword, const JsonValue& argument, const Origin& origin,
                                 Ways& ways) {
  if (keyword == "required") {
    for (const JsonValue& name : argument.items) ways.push_back({&keep(object_without_member(name.string))});
  } else if (keyword == "properties") {
    for (const auto& [name, schema] : argument.members) {
      if (!schema.is(JsonKind::kTrue)) ways.push_back({&keep(with_member(name, same_as(negation(schema, origin))))});
    }
  } else if (keyword == "dependentRequired") {
    for (const auto& [name, others] : argument.members) {
      for (const JsonValue& other : others.items) {
        JsonValue way = object_without_member(other.string);
        way.members.push_back({"required", list({text(name)})});
        ways.push_back({&keep(std::move(way))});
      }
    }
  } else if (keyword == "dependentSchemas") {
    for (const auto& [name, schema] : argument.members) {
      ways.push_back({&keep(typed("object", "required", list({text(name)}))), &negation(schema, origin)});
    }
  } else if (keyword == "additionalProperties" || keyword == "unevaluatedProperties" || keyword == "unevaluatedItems") {
    if (!argument.is(JsonKind::kTrue)) refuse(origin, keyword);
  } else if (keyword == "uniqueItems") {
    if (argument.is(JsonKind::kTrue)) refuse(origin, keyword);
  } else {
    static constexpr std::string_view kSaysNothingAlone[] = {"then",    "else",    "$defs", "definitions",
                                                             "$schema", "$anchor", "$id",   "format"};
    return std::ranges::find(kSaysNothingAlone, keyword) != std::end(kSaysNothingAlone);
  }
  return true;
}

}  // namespace vitrine::schema
