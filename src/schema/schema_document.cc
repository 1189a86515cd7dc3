#include "schema/schema_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "schema/formats.h"
#include "schema/keywords.h"
#include "schema/schema_rewrite.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxDocumentWork = 2'000'000;
constexpr size_t kMaxTextBytes = 4 << 20;

constexpr struct {
  std::string_view name;
  uint8_t bits;
} kTypes[] = {
    {"null", kNullBit},     {"boolean", kBooleanBit}, {"integer", kIntegerBit}, {"number", kNumberBit | kIntegerBit},
    {"string", kStringBit}, {"array", kArrayBit},     {"object", kObjectBit}};

constexpr std::string_view kDialects[] = {
    "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-06/schema",
    "https://json-schema.org/draft-07/schema"};

/// What the value of a keyword has to be.
enum class Shape {
  kAnything,
  kSchema,
  kSchemas,
  kSchemaMap,
  kString,
  kNumber,
  kCount,
  kStrings,
  kStringsMap,
  kBoolean,
  kType,
  kValues
};

Shape shape_of(std::string_view keyword) {
  static const std::unordered_map<std::string_view, Shape> shapes = {
      {"$schema", Shape::kString},
      {"$id", Shape::kString},
      {"$anchor", Shape::kString},
      {"$ref", Shape::kString},
      {"$defs", Shape::kSchemaMap},
      {"definitions", Shape::kSchemaMap},
      {"allOf", Shape::kSchemas},
      {"anyOf", Shape::kSchemas},
      {"oneOf", Shape::kSchemas},
      {"prefixItems", Shape::kSchemas},
      {"not", Shape::kSchema},
      {"if", Shape::kSchema},
      {"then", Shape::kSchema},
      {"else", Shape::kSchema},
      {"dependentSchemas", Shape::kSchemaMap},
      {"dependentRequired", Shape::kStringsMap},
      {"contains", Shape::kSchema},
      {"minContains", Shape::kCount},
      {"maxContains", Shape::kCount},
      {"uniqueItems", Shape::kBoolean},
      {"unevaluatedItems", Shape::kSchema},
      {"unevaluatedProperties", Shape::kSchema},
      {"items", Shape::kSchema},
      {"properties", Shape::kSchemaMap},
      {"patternProperties", Shape::kSchemaMap},
      {"additionalProperties", Shape::kSchema},
      {"propertyNames", Shape::kSchema},
      {"type", Shape::kType},
      {"enum", Shape::kValues},
      {"multipleOf", Shape::kNumber},
      {"maximum", Shape::kNumber},
      {"exclusiveMaximum", Shape::kNumber},
      {"minimum", Shape::kNumber},
      {"exclusiveMinimum", Shape::kNumber},
      {"maxLength", Shape::kCount},
      {"minLength", Shape::kCount},
      {"pattern", Shape::kString},
      {"maxItems", Shape::kCount},
      {"minItems", Shape::kCount},
      {"maxProperties", Shape::kCount},
      {"minProperties", Shape::kCount},
      {"required", Shape::kStrings},
      {"format", Shape::kString},
  };
  const auto place = shapes.find(keyword);
  return place == shapes.end() ? Shape::kAnything : place->second;
}

bool is_schema(const JsonValue& value) {
  return value.is(JsonKind::kObject) || value.is(JsonKind::kTrue) || value.is(JsonKind::kFalse);
}

/// Returns what the shape expects, for a message; empty where the value has it.
std::string_view misfit(const JsonValue& value, Shape shape) {
  const auto each = [&](const auto& is_good) { return std::ranges::all_of(value.items, is_good); };
  const auto is_string = [](const JsonValue& item) { return item.is(JsonKind::kString); };
  switch (shape) {
    case Shape::kAnything:
      return "";
    case Shape::kSchema:
      return is_schema(value) ? "" : "a schema";
    case Shape::kSchemas:
      return value.is(JsonKind::kArray) && !value.items.empty() && each(is_schema) ? ""
                                                                                   : "a list of schemas, not empty";
    case Shape::kSchemaMap: {
      const bool good =
          value.is(JsonKind::kObject) &&
          std::ranges::all_of(value.members, [](const JsonValue::Member& m) { return is_schema(m.second); });
      return good ? "" : "an object of schemas";
    }
    case Shape::kString:
      return is_string(value) ? "" : "a string";
    case Shape::kNumber:
      return value.is(JsonKind::kNumber) ? "" : "a number";
    case Shape::kCount: {
      const bool good = value.is(JsonKind::kNumber) && value.number.is_integer() && !value.number.is_negative();
      return good ? "" : "a whole number that is not negative";
    }
    case Shape::kStrings:
      return value.is(JsonKind::kArray) && each(is_string) ? "" : "a list of strings";
    case Shape::kStringsMap: {
      const bool good = value.is(JsonKind::kObject) && std::ranges::all_of(value.members, [](const auto& member) {
                          return misfit(member.second, Shape::kStrings).empty();
                        });
      return good ? "" : "an object of lists of strings";
    }
    case Shape::kBoolean:
      return value.is(JsonKind::kTrue) || value.is(JsonKind::kFalse) ? "" : "true or false";
    case Shape::kValues:
      return value.is(JsonKind::kArray) && !value.items.empty() ? "" : "a list, not empty";
    case Shape::kType: {
      const auto is_type = [](const JsonValue& item) {
        return item.is(JsonKind::kString) && type_bits(item.string) != 0;
      };
      const bool good = is_type(value) || (value.is(JsonKind::kArray) && !value.items.empty() && each(is_type));
      return good ? "" : "null, boolean, integer, number, string, array or object, or a list of those";
    }
  }
  return "";
}

/// Finds a value by its address and writes the way to it.
bool find_place(const JsonValue& at, const JsonValue& wanted, std::string& place) {
  if (&at == &wanted) return true;
  const size_t length = place.size();
  for (const auto& [key, value] : at.members) {
    place += "/" + key;
    if (find_place(value, wanted, place)) return true;
    place.resize(length);
  }
  for (size_t i = 0; i < at.items.size(); ++i) {
    place += fmt::format("/{}", i);
    if (find_place(at.items[i], wanted, place)) return true;
    place.resize(length);
  }
  return false;
}

/// Undoes the percent signs of a URI and the tildes of a JSON pointer.
std::string unescape_pointer(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
    if (part[i] == '%' && i + 2 < part.size() && isxdigit(static_cast<unsigned char>(part[i + 1])) &&
        isxdigit(static_cast<unsigned char>(part[i + 2]))) {
      out += static_cast<char>(hex(part[i + 1]) << 4 | hex(part[i + 2]));
      i += 2;
    } else {
      out += part[i];
    }
  }
  std::string plain;
  for (size_t i = 0; i < out.size(); ++i) {
    const bool is_escape = out[i] == '~' && i + 1 < out.size() && (out[i + 1] == '0' || out[i + 1] == '1');
    plain += is_escape ? (out[++i] == '0' ? '~' : '/') : out[i];
  }
  return plain;
}

std::string_view bounded(std::string_view text, std::string_view operation) {
  if (text.size() <= kMaxTextBytes) return text;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the schema is too large (got {} bytes, expected at most {})",
                                                   operation, text.size(), kMaxTextBytes));
}

}  // namespace

uint8_t type_bits(std::string_view name) {
  for (const auto& type : kTypes) {
    if (type.name == name) return type.bits;
  }
  return 0;
}

uint8_t type_of(const JsonValue& value) {
  const std::string_view name = json_type_name(value);
  return name == "number" ? static_cast<uint8_t>(kNumberBit) : type_bits(name);
}

SchemaDocument::SchemaDocument(std::string_view text, const JsonSchemaOptions& options, std::string_view operation)
    : operation_(operation),
      options_(options),
      root_(parse_json(bounded(text, operation), operation)),
      rewriter_(std::make_unique<SchemaRewriter>(*this)) {
  if (!is_schema(root_)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: a schema is an object or a boolean (got {})", operation, json_type_name(root_)));
  }
  if (const JsonValue* id = root_.find("$id"); id != nullptr && id->is(JsonKind::kString)) {
    id_ = id->string.substr(0, id->string.find('#'));
  }
  find_anchors(root_);
}

SchemaDocument::~SchemaDocument() = default;

void SchemaDocument::find_anchors(const JsonValue& value) {
  for (const auto& [key, member] : value.members) {
    if (key == "$anchor" && member.is(JsonKind::kString)) anchors_.emplace(member.string, &value);
    // In enum, const and their like stands data, which only looks like a schema.
    if (key == "enum" || key == "const" || key == "default" || key == "examples" || key == "example") continue;
    find_anchors(member);
  }
  for (const JsonValue& item : value.items) find_anchors(item);
}

std::string SchemaDocument::place_of(const JsonValue& schema) const {
  std::string place = "#";
  find_place(root_, schema, place);
  return place;
}

const JsonValue* SchemaDocument::member(const JsonValue& object, std::string_view name) {
  constexpr size_t kFewMembers = 16;
  if (object.members.size() <= kFewMembers) return object.find(name);
  const auto [index, is_new] = members_.try_emplace(&object);
  if (is_new) {
    for (const auto& [key, value] : object.members) index->second.emplace(key, &value);
  }
  const auto place = index->second.find(name);
  return place == index->second.end() ? nullptr : place->second;
}

const Dfa& SchemaDocument::pattern(const std::string& text) {
  const auto place = patterns_.find(text);
  if (place != patterns_.end()) return place->second;
  spend(1000);
  return patterns_.emplace(text, Dfa::from_regex(parse_regex(text, operation_), true, making())).first->second;
}

bool SchemaDocument::matches(const std::string& pattern, const std::vector<uint32_t>& text) {
  if (patterns_.find(pattern) == patterns_.end()) {
    const Regex regex = parse_regex(pattern, operation_);
    if (const Regex* loop = regex.single_loop()) {
      spend(pattern.size() + text.size());
      return text.size() >= loop->min && text.size() <= loop->max &&
             std::ranges::all_of(text, [&](uint32_t c) { return loop->parts[0].set.contains(c); });
    }
  }
  return this->pattern(pattern).match(text) != Dfa::kNoLabel;
}

void SchemaDocument::spend(size_t work) {
  work_ += work;
  if (work_ <= kMaxDocumentWork) return;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the schema takes too much work", operation_),
              "make it smaller: fewer alternatives, fewer references that lead back");
}

void SchemaDocument::broken(const JsonValue& schema, std::string_view keyword, std::string_view what,
                            std::string_view hint) const {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: keyword '{}' at {}: {}", operation_, keyword, place_of(schema), what),
              std::string(hint));
}

void SchemaDocument::unsupported(const JsonValue& schema, std::string_view keyword, std::string_view what) const {
  const Keyword* entry = find_keyword(keyword);
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: keyword '{}' at {}: {}", operation_, keyword, place_of(schema), what),
              std::string(entry == nullptr ? "" : entry->note));
}

void SchemaDocument::check(const JsonValue& schema) {
  if (!schema.is(JsonKind::kObject) || !checked_.insert(&schema).second) return;
  for (const JsonValue::Member& member : schema.members) check_keyword(schema, member);
}

void SchemaDocument::check_keyword(const JsonValue& schema, const JsonValue::Member& member) {
  const auto& [name, value] = member;
  const Keyword* keyword = find_keyword(name);
  if (keyword == nullptr) {
    if (options_.ignore_unknown_keywords || name.starts_with("x-")) return;
    broken(schema, name, "no keyword of JSON Schema 2020-12");
  }
  if (const std::string_view expected = misfit(value, shape_of(name)); !expected.empty()) {
    const bool is_of_draft_7 = name == "items" && value.is(JsonKind::kArray);
    broken(schema, name,
           fmt::format("its value is of the wrong kind (got {}, expected {})", json_type_name(value), expected),
           is_of_draft_7 ? "since 2020-12 a list of schemas stands under 'prefixItems', and 'items' is of what follows"
                         : "");
  }
  if (keyword->use == KeywordUse::kRefused && !means_nothing(member)) unsupported(schema, name, "not supported");
  check_value(schema, member);
}

bool SchemaDocument::means_nothing(const JsonValue::Member& member) {
  const auto& [name, value] = member;
  if (name == "nullable") return value.is(JsonKind::kFalse);
  if (name == "dependencies") return value.is(JsonKind::kObject) && value.members.empty();
  if (name == "additionalItems") return value.is(JsonKind::kTrue);
  return false;
}

void SchemaDocument::check_value(const JsonValue& schema, const JsonValue::Member& member) const {
  const auto& [name, value] = member;
  if (name == "$schema") {
    std::string_view dialect = value.string;
    if (dialect.ends_with('#')) dialect.remove_suffix(1);
    if (std::ranges::find(kDialects, dialect) == std::end(kDialects)) unsupported(schema, name, "another dialect");
  } else if (name == "$id" && &schema != &root_) {
    unsupported(schema, name, "not at the root");
  } else if (name == "multipleOf") {
    if (value.number <= Decimal()) broken(schema, name, "must be above 0");
    const std::optional<int64_t> digits = value.number.shifted(value.number.decimals()).to_int64();
    if (!digits || *digits >= int64_t{1} << 53 || value.number.decimals() > 15) {
      unsupported(schema, name, "not below 2^53, or of more than 15 decimal places");
    }
  } else if (name == "pattern") {
    parse_regex(value.string, operation_);  // also where no string may be
  } else if (name == "patternProperties") {
    for (const JsonValue::Member& pattern : value.members) parse_regex(pattern.first, operation_);
  } else if (name == "format" && find_format(value.string) == nullptr && !options_.ignore_unknown_formats) {
    unsupported(schema, name, fmt::format("'{}' is not a format that is kept to", value.string));
  }
}

const JsonValue& SchemaDocument::resolve(const JsonValue& schema, std::string_view reference) const {
  std::string_view fragment = reference;
  const size_t hash = reference.find('#');
  const std::string_view base = reference.substr(0, hash);
  if (!base.empty() && base != id_)
    unsupported(schema, "$ref", fmt::format("'{}' is outside of the schema", reference));
  fragment = hash == std::string_view::npos ? "" : reference.substr(hash + 1);
  if (!fragment.empty() && fragment[0] != '/') {
    const auto anchor = anchors_.find(std::string(fragment));
    if (anchor == anchors_.end()) broken(schema, "$ref", fmt::format("there is no anchor '{}'", fragment));
    return *anchor->second;
  }
  const JsonValue* at = &root_;
  while (!fragment.empty()) {
    const size_t slash = fragment.find('/', 1);
    const std::string part = unescape_pointer(fragment.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    fragment = slash == std::string_view::npos ? "" : fragment.substr(slash);
    const JsonValue* next = at->find(part);
    if (at->is(JsonKind::kArray) && !part.empty() && part.size() < 9 &&
        std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; })) {
      const size_t index = std::stoul(part);
      next = index < at->items.size() ? &at->items[index] : nullptr;
    }
    if (next == nullptr) broken(schema, "$ref", fmt::format("'{}' leads nowhere", reference));
    at = next;
  }
  if (!is_schema(*at)) broken(schema, "$ref", fmt::format("'{}' is no schema", reference));
  return *at;
}

}  // namespace vitrine::schema
