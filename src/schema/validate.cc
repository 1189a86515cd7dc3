#include "schema/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "schema/code_point_set.h"
#include "schema/dfa.h"
#include "schema/formats.h"
#include "schema/schema_document.h"
#include "schema/schema_rewrite.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxProblems = 20;
constexpr int kMaxDepth = 512;  // of schemas in one another; a circle of $ref ends here

/// One run over a document. Says each keyword that fails; stops early where nobody asks for the reasons.
class Validator {
 public:
  Validator(SchemaDocument& document, std::vector<std::string>* problems) : document_(document), problems_(problems) {}

  bool check(const JsonValue& value, const JsonValue& given, const std::string& place, int depth = 0) {
    const JsonValue& schema = document_.rewriter().canonical(given);
    if (schema.is(JsonKind::kTrue)) return true;
    if (schema.is(JsonKind::kFalse)) return fail(place, "nothing is allowed here");
    if (depth > kMaxDepth) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: the schema leads back to itself", document_.operation()));
    }
    document_.spend(1);
    document_.check(schema);
    if (schema.is_negation)
      return !holds(value, *schema.stands_for, place, depth) || fail(place, "fits what is excluded");
    // Where nobody asks for reasons, most schemas are ruled out by the type.
    const JsonValue* type = problems_ == nullptr ? schema.find("type") : nullptr;
    if (type != nullptr && !has_type(value, *type)) return false;
    bool good = true;
    for (const auto& [keyword, argument] : schema.members) {
      if (!apply(value, schema, keyword, argument, place, depth)) good = false;
      if (!good && problems_ == nullptr) return false;
    }
    return good;
  }

 private:
  bool fail(const std::string& place, std::string_view what) {
    if (problems_ != nullptr && problems_->size() < kMaxProblems) {
      problems_->push_back(fmt::format("at {}: {}", place.empty() ? "the root" : place, what));
    }
    return false;
  }

  /// Tells whether a schema holds, without noting why not.
  bool holds(const JsonValue& value, const JsonValue& schema, const std::string& place, int depth) {
    std::vector<std::string>* kept = std::exchange(problems_, nullptr);
    const bool is_good = check(value, schema, place, depth + 1);
    problems_ = kept;
    return is_good;
  }

  auto count_valid(const JsonValue& value, const JsonValue& list, const std::string& place, int depth) {
    return std::ranges::count_if(list.items, [&](const JsonValue& one) { return holds(value, one, place, depth); });
  }

  bool apply(const JsonValue& value, const JsonValue& schema, const std::string& keyword, const JsonValue& argument,
             const std::string& place, int depth) {
    if (keyword == "$ref") return check(value, document_.resolve(schema, argument.string), place, depth + 1);
    if (keyword == "allOf") {
      return std::ranges::all_of(argument.items, [&](const JsonValue& s) { return check(value, s, place, depth + 1); });
    }
    if (keyword == "anyOf" && count_valid(value, argument, place, depth) == 0) return fail(place, "no anyOf fits");
    if (keyword == "oneOf" && count_valid(value, argument, place, depth) != 1)
      return fail(place, "not exactly one oneOf fits");
    if (keyword == "not" && holds(value, argument, place, depth)) return fail(place, "fits what 'not' excludes");
    if (keyword == "if") {
      const JsonValue* next = schema.find(holds(value, argument, place, depth) ? "then" : "else");
      if (next != nullptr && !check(value, *next, place, depth + 1)) return false;
    }
    if (keyword == "type" && !has_type(value, argument)) {
      return fail(place, fmt::format("got {}, expected {}", json_type_name(value), json_to_text(argument)));
    }
    if (keyword == "const" && !json_equal(value, argument)) return fail(place, "not the value of const");
    if (keyword == "enum" &&
        !std::ranges::any_of(argument.items, [&](const JsonValue& v) { return json_equal(v, value); })) {
      return fail(place, "not a value of enum");
    }
    switch (value.kind) {
      case JsonKind::kNumber:
        return apply_to_number(value.number, keyword, argument, place);
      case JsonKind::kString:
        return apply_to_string(value.string, keyword, argument, place);
      case JsonKind::kArray:
        return apply_to_array(value, schema, keyword, argument, place, depth);
      case JsonKind::kObject:
        return apply_to_object(value, schema, keyword, argument, place, depth);
      default:
        return true;
    }
  }

  static bool has_type(const JsonValue& value, const JsonValue& argument) {
    uint8_t bits = type_bits(argument.string);
    for (const JsonValue& name : argument.items) bits |= type_bits(name.string);
    return (bits & type_of(value)) != 0;
  }

  bool apply_to_number(const Decimal& number, const std::string& keyword, const JsonValue& argument,
                       const std::string& place) {
    const bool good = keyword == "minimum"            ? number >= argument.number
                      : keyword == "maximum"          ? number <= argument.number
                      : keyword == "exclusiveMinimum" ? number > argument.number
                      : keyword == "exclusiveMaximum" ? number < argument.number
                      : keyword == "multipleOf"       ? number.is_multiple_of(argument.number)
                                                      : true;
    return good || fail(place, fmt::format("{} does not hold for {}", keyword, number.to_text()));
  }

  bool apply_to_string(const std::string& text, const std::string& keyword, const JsonValue& argument,
                       const std::string& place) {
    if (keyword != "minLength" && keyword != "maxLength" && keyword != "pattern" && keyword != "format") return true;
    const std::vector<uint32_t> characters = decode_utf8(text, "a string of the document");
    const Decimal length(static_cast<int64_t>(characters.size()));
    bool good = true;
    if (keyword == "minLength") good = length >= argument.number;
    if (keyword == "maxLength") good = length <= argument.number;
    if (keyword == "pattern") good = document_.matches(argument.string, characters);
    if (keyword == "format") {
      const Dfa* format = find_format(argument.string);
      good = format == nullptr || format->match(characters) != Dfa::kNoLabel;
    }
    return good || fail(place, fmt::format("{} does not hold for {}", keyword, json_quoted(text)));
  }

  bool apply_to_array(const JsonValue& value, const JsonValue& schema, const std::string& keyword,
                      const JsonValue& argument, const std::string& place, int depth) {
    const Decimal size(static_cast<int64_t>(value.items.size()));
    if (keyword == "minItems" && size < argument.number) return fail(place, "fewer items than minItems");
    if (keyword == "maxItems" && size > argument.number) return fail(place, "more items than maxItems");
    if (keyword == "contains") return check_contains(value, schema, argument, place, depth);
    if (keyword == "uniqueItems") return argument.is(JsonKind::kFalse) || check_unique(value, place);
    if (keyword == "unevaluatedItems") return check_unevaluated_items(value, schema, argument, place, depth);
    const bool is_prefix = keyword == "prefixItems";
    if (!is_prefix && keyword != "items") return true;
    const JsonValue* prefix = schema.find("prefixItems");
    const size_t from = is_prefix || prefix == nullptr ? 0 : prefix->items.size();
    const size_t to = is_prefix ? std::min(value.items.size(), argument.items.size()) : value.items.size();
    bool good = true;
    for (size_t i = from; i < to; ++i) {
      good &=
          check(value.items[i], is_prefix ? argument.items[i] : argument, fmt::format("{}/{}", place, i), depth + 1);
    }
    return good;
  }

  bool check_contains(const JsonValue& value, const JsonValue& schema, const JsonValue& argument,
                      const std::string& place, int depth) {
    const auto count =
        std::ranges::count_if(value.items, [&](const JsonValue& item) { return holds(item, argument, place, depth); });
    const JsonValue *least = schema.find("minContains"), *most = schema.find("maxContains");
    const Decimal found(static_cast<int64_t>(count));
    if (found < (least == nullptr ? Decimal(1) : least->number)) return fail(place, "too few items fit 'contains'");
    if (most != nullptr && found > most->number) return fail(place, "too many items fit 'contains'");
    return true;
  }

  bool check_unique(const JsonValue& value, const std::string& place) {
    for (size_t i = 1; i < value.items.size(); ++i) {
      document_.spend(i);
      for (size_t k = 0; k < i; ++k) {
        if (json_equal(value.items[i], value.items[k]))
          return fail(place, fmt::format("items {} and {} are equal", k, i));
      }
    }
    return true;
  }

  bool check_unevaluated_items(const JsonValue& value, const JsonValue& schema, const JsonValue& argument,
                               const std::string& place, int depth) {
    bool good = true;
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (!evaluates(value, schema, {.item = i}, true, place, depth))
        good &= check(value.items[i], argument, fmt::format("{}/{}", place, i), depth + 1);
    }
    return good;
  }

  /// One item or member of a value.
  struct Inside {
    size_t item = 0;
    const std::string* key = nullptr;
  };

  /// Tells whether a schema, which holds for the value, says something about what is inside.
  bool evaluates(const JsonValue& value, const JsonValue& schema, const Inside& inside, bool is_owner,
                 const std::string& place, int depth) {
    if (!schema.is(JsonKind::kObject)) return false;
    if (depth > kMaxDepth) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: the schema leads back to itself", document_.operation()));
    }
    document_.spend(1);
    return std::ranges::any_of(schema.members, [&](const JsonValue::Member& member) {
      const bool is_its_own = is_owner && member.first == (inside.key ? "unevaluatedProperties" : "unevaluatedItems");
      return (!is_its_own && (inside.key ? evaluates_member(schema, member, *inside.key)
                                         : evaluates_item(value, schema, member, inside.item, place, depth))) ||
             evaluates_below(value, schema, member, inside, place, depth);
    });
  }

  bool evaluates_member(const JsonValue& schema, const JsonValue::Member& member, const std::string& key) {
    const auto& [keyword, argument] = member;
    if (keyword == "properties") return argument.find(key) != nullptr;
    if (keyword == "patternProperties") return matches_any(argument, key);
    if (keyword == "additionalProperties") return is_additional(key, schema);
    return keyword == "unevaluatedProperties";
  }

  bool evaluates_item(const JsonValue& value, const JsonValue& schema, const JsonValue::Member& member, size_t item,
                      const std::string& place, int depth) {
    const auto& [keyword, argument] = member;
    const JsonValue* prefix = schema.find("prefixItems");
    if (keyword == "prefixItems") return item < argument.items.size();
    if (keyword == "items") return prefix == nullptr || item >= prefix->items.size();
    if (keyword == "contains") return holds(value.items[item], argument, place, depth);
    return keyword == "unevaluatedItems";
  }

  bool evaluates_below(const JsonValue& value, const JsonValue& schema, const JsonValue::Member& member,
                       const Inside& inside, const std::string& place, int depth) {
    const auto& [keyword, argument] = member;
    const auto by = [&](const JsonValue& one) { return evaluates(value, one, inside, false, place, depth + 1); };
    const auto if_good = [&](const JsonValue& one) { return holds(value, one, place, depth) && by(one); };
    if (keyword == "$ref") return by(document_.resolve(schema, argument.string));
    if (keyword == "allOf") return std::ranges::any_of(argument.items, by);
    if (keyword == "anyOf" || keyword == "oneOf") return std::ranges::any_of(argument.items, if_good);
    if (keyword == "dependentSchemas") {
      return std::ranges::any_of(argument.members, [&](const JsonValue::Member& one) {
        return value.find(one.first) != nullptr && by(one.second);
      });
    }
    if (keyword != "if") return false;
    const bool is_good = holds(value, argument, place, depth);
    const JsonValue* next = schema.find(is_good ? "then" : "else");
    return (is_good && by(argument)) || (next != nullptr && by(*next));
  }

  bool apply_to_object(const JsonValue& value, const JsonValue& schema, const std::string& keyword,
                       const JsonValue& argument, const std::string& place, int depth) {
    const Decimal size(static_cast<int64_t>(value.members.size()));
    if (keyword == "minProperties" && size < argument.number) return fail(place, "fewer members than minProperties");
    if (keyword == "maxProperties" && size > argument.number) return fail(place, "more members than maxProperties");
    bool good = true;
    if (keyword == "required") {
      for (const JsonValue& name : argument.items) {
        if (value.find(name.string) == nullptr) good = fail(place, fmt::format("'{}' is missing", name.string));
      }
    }
    if (keyword == "dependentRequired" || keyword == "dependentSchemas") {
      for (const auto& [name, one] : argument.members) {
        if (value.find(name) == nullptr) continue;
        if (keyword == "dependentSchemas") good &= check(value, one, place, depth + 1);
        for (const JsonValue& other : one.is(JsonKind::kArray) ? one.items : std::vector<JsonValue>()) {
          if (value.find(other.string) == nullptr)
            good = fail(place, fmt::format("'{}' is missing beside '{}'", other.string, name));
        }
      }
    }
    for (const auto& [key, member] : value.members) {
      const std::string inner = problems_ == nullptr ? "" : place + "/" + key;
      if (keyword == "properties") {
        const JsonValue* property = argument.find(key);
        if (property != nullptr) good &= check(member, *property, inner, depth + 1);
      } else if (keyword == "patternProperties") {
        for (const auto& [regex, inside] : argument.members) {
          if (matches(regex, key)) good &= check(member, inside, inner, depth + 1);
        }
      } else if (keyword == "additionalProperties" && is_additional(key, schema)) {
        good &= check(member, argument, inner, depth + 1);
      } else if (keyword == "unevaluatedProperties") {
        if (!evaluates(value, schema, {.key = &key}, true, place, depth))
          good &= check(member, argument, inner, depth + 1);
      } else if (keyword == "propertyNames") {
        good &= check({.kind = JsonKind::kString, .string = key}, argument, inner, depth + 1);
      }
    }
    return good;
  }

  bool is_additional(const std::string& key, const JsonValue& schema) {
    const JsonValue* properties = schema.find("properties");
    if (properties != nullptr && properties->find(key) != nullptr) return false;
    const JsonValue* patterns = schema.find("patternProperties");
    return patterns == nullptr || !matches_any(*patterns, key);
  }

  bool matches_any(const JsonValue& patterns, const std::string& key) {
    return std::ranges::any_of(patterns.members,
                               [&](const JsonValue::Member& member) { return matches(member.first, key); });
  }

  bool matches(const std::string& regex, const std::string& text) {
    return document_.matches(regex, decode_utf8(text, "a key of the document"));
  }

  SchemaDocument& document_;
  std::vector<std::string>* problems_;
};

}  // namespace

std::vector<std::string> validate(std::string_view document, std::string_view schema,
                                  const JsonSchemaOptions& options) {
  SchemaDocument parsed(schema, options, "validate");
  const JsonValue value = parse_json(document, "validate", 512, RepeatedKeys::kLastWins);
  std::vector<std::string> problems;
  Validator(parsed, &problems).check(value, parsed.root(), "");
  return problems;
}

bool is_valid(const JsonValue& value, const JsonValue& schema, SchemaDocument& document) {
  return Validator(document, nullptr).check(value, schema, "");
}

}  // namespace vitrine::schema
