#include "schema/schema_merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/formats.h"
#include "schema/validate.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxAlternatives = 512;
constexpr size_t kMaxExclusionDepth = 8;

/// A schema on the way to being flat.
struct Draft {
  /// Ways of which one must hold, with the schemas on the way to them.
  struct Group {
    const Ways* ways;
    std::vector<const JsonValue*> path;
  };
  FlatSchema flat;
  std::vector<Group> groups;
  bool is_impossible = false;
};

class Flattener {
 public:
  Flattener(SchemaDocument& document, const std::function<void(const FlatSchema&)>& visit)
      : document_(document), visit_(visit) {}

  void add(const JsonValue& given, Draft& draft) {
    const JsonValue& schema = document_.rewriter().canonical(given);
    if (schema.is(JsonKind::kTrue)) return;
    if (schema.is(JsonKind::kFalse)) draft.is_impossible = true;
    if (draft.is_impossible) return;
    if (std::ranges::find(path_, &schema) != path_.end()) {
      document_.broken(*path_.back(), "$ref", "leads back to its own schema, which then says nothing");
    }
    if (std::ranges::find(draft.flat.parts, &schema) != draft.flat.parts.end()) return see_again(schema, draft);
    document_.check(schema);
    document_.spend(1 + draft.flat.parts.size());
    draft.flat.parts.push_back(&schema);
    path_.push_back(&schema);
    note_evaluator(schema, draft);
    if (schema.is_negation) {
      add_failure(schema, draft);
    } else {
      for (const JsonValue::Member& member : schema.members) {
        add_keyword(schema, member, draft);
        if (draft.is_impossible) break;
      }
    }
    path_.pop_back();
    draft.is_impossible |= draft.flat.types == 0;
  }

  void expand(const Draft& draft, size_t group) {
    if (draft.is_impossible) return;
    if (++count_ > kMaxAlternatives) {
      const std::string what = fmt::format("alternatives multiply to more than {}", kMaxAlternatives);
      if (document_.rewriter().is_used()) document_.rewriter().refuse_use(what);
      document_.unsupported(*draft.flat.parts.front(), "anyOf", what);
    }
    if (group == draft.groups.size()) return visit_(draft.flat);
    for (const Conjunction& way : *draft.groups[group].ways) {
      Draft with = draft;
      path_ = draft.groups[group].path;
      for (const JsonValue* schema : way) add(*schema, with);
      path_.clear();
      expand(with, group + 1);
    }
  }

 private:
  static uint8_t bits_of(const JsonValue& type) {
    uint8_t bits = type_bits(type.string);
    for (const JsonValue& name : type.items) bits |= type_bits(name.string);
    return bits;
  }

  void add_keyword(const JsonValue& schema, const JsonValue::Member& member, Draft& draft) {
    const auto& [keyword, value] = member;
    SchemaRewriter& rewriter = document_.rewriter();
    if (keyword == "$ref") {
      add(document_.resolve(schema, value.string), draft);
    } else if (keyword == "allOf") {
      for (const JsonValue& part : value.items) add(part, draft);
    } else if (keyword == "anyOf" || keyword == "oneOf") {
      add_ways(rewriter.ways_of(schema, keyword, keyword == "anyOf" && is_evaluated(draft)), draft);
    } else if (keyword == "type") {
      draft.flat.types &= bits_of(value);
    } else if (keyword == "not") {
      add(rewriter.negation(value, schema, keyword), draft);
    } else if (keyword == "if") {
      const bool says_nothing = schema.find("then") == nullptr && schema.find("else") == nullptr;
      if (!says_nothing || is_evaluated(draft)) add_ways(rewriter.ways_of(schema, keyword, false), draft);
    } else if (keyword == "dependentSchemas") {
      for (const JsonValue::Member& one : value.members) {
        add_ways(rewriter.ways_of(schema, keyword, false, one.first), draft);
      }
    }
  }

  void add_ways(const Ways& ways, Draft& draft) {
    if (ways.size() > 1) {
      draft.groups.push_back({&ways, path_});
    } else if (ways.empty()) {
      draft.is_impossible = true;
    } else {
      for (const JsonValue* schema : ways[0]) add(*schema, draft);
    }
  }

  /// Adds that a value fails what a negation stands for.
  void add_failure(const JsonValue& negation, Draft& draft) {
    const JsonValue& schema = *negation.stands_for;
    if (!SchemaRewriter::is_plain_negation(schema)) return add_ways(document_.rewriter().ways_against(negation), draft);
    document_.check(schema);
    const auto& [keyword, value] = schema.members[0];
    if (keyword == "type") {
      draft.flat.types &= static_cast<uint8_t>(~bits_of(value));
    } else if (keyword == "const") {
      draft.flat.excluded.push_back(&value);
    } else if (keyword == "enum") {
      for (const JsonValue& one : value.items) draft.flat.excluded.push_back(&one);
    } else {
      draft.flat.types &= keyword == "multipleOf" ? kIntegerBit | kNumberBit : kStringBit;
      draft.flat.failed.push_back(&schema);
      if (keyword == "format" && find_format(value.string) == nullptr) draft.is_impossible = true;
    }
  }

  /// Tells whether what holds here counts for some unevaluatedProperties or unevaluatedItems.
  bool is_evaluated(const Draft& draft) const {
    return std::ranges::any_of(draft.flat.unevaluated, [&](const auto& one) { return evaluates_for(one); });
  }

  /// Tells whether the schema at the end of the path evaluates for an owner: it stands below it, in no negation.
  bool evaluates_for(const FlatSchema::Unevaluated& one) const {
    auto at = std::ranges::find(path_, one.owner);
    return at != path_.end() && std::none_of(at, path_.end(), [](const JsonValue* s) { return s->is_negation; });
  }

  void note_evaluator(const JsonValue& schema, Draft& draft) {
    if (draft.flat.unevaluated.empty() && schema.find("unevaluatedProperties") == nullptr &&
        schema.find("unevaluatedItems") == nullptr) {
      return;
    }
    if (schema.find("unevaluatedProperties") != nullptr || schema.find("unevaluatedItems") != nullptr) {
      draft.flat.unevaluated.push_back({&schema, {}});
    }
    for (FlatSchema::Unevaluated& one : draft.flat.unevaluated) {
      if (evaluates_for(one)) one.evaluators.push_back(&schema);
    }
  }

  /// A schema that is there already says nothing new, unless it evaluates for others now.
  void see_again(const JsonValue& schema, const Draft& draft) {
    path_.push_back(&schema);
    for (const FlatSchema::Unevaluated& one : draft.flat.unevaluated) {
      if (!evaluates_for(one) || std::ranges::find(one.evaluators, &schema) != one.evaluators.end()) continue;
      const bool is_items = one.owner->find("unevaluatedItems") != nullptr;
      document_.unsupported(*one.owner, is_items ? "unevaluatedItems" : "unevaluatedProperties",
                            "not supported where a schema below it holds for another reason as well");
    }
    path_.pop_back();
  }

  SchemaDocument& document_;
  const std::function<void(const FlatSchema&)>& visit_;
  size_t count_ = 0;
  std::vector<const JsonValue*> path_;  ///< schemas that the one at hand stands in or was referred to from
};

/// What is plain about a schema without looking into alternatives.
struct Outline {
  uint8_t types = kAnyType;
  std::vector<const JsonValue*> parts;
};

void outline(SchemaDocument& document, const JsonValue& given, Outline& out) {
  const JsonValue& schema = document.rewriter().canonical(given);
  if (schema.is(JsonKind::kFalse)) out.types = 0;
  if (!schema.is(JsonKind::kObject) || std::ranges::find(out.parts, &schema) != out.parts.end()) return;
  document.check(schema);
  document.spend(1);
  out.parts.push_back(&schema);
  for (const auto& [keyword, value] : schema.members) {
    if (keyword == "$ref") outline(document, document.resolve(schema, value.string), out);
    if (keyword == "allOf") {
      for (const JsonValue& part : value.items) outline(document, part, out);
    }
    if (keyword == "type") {
      uint8_t bits = type_bits(value.string);
      for (const JsonValue& name : value.items) bits |= type_bits(name.string);
      out.types &= bits;
    }
    if (keyword == "const") out.types &= type_of(value);
    if (keyword == "enum") {
      uint8_t bits = 0;
      for (const JsonValue& one : value.items) bits |= type_of(one);
      out.types &= bits;
    }
  }
}

/// Returns the values of a const or enum, or nothing where there is none.
std::optional<std::vector<const JsonValue*>> values_of(const Outline& outline) {
  for (const JsonValue* part : outline.parts) {
    if (const JsonValue* value = part->find("const")) return std::vector<const JsonValue*>{value};
    if (const JsonValue* list = part->find("enum")) {
      std::vector<const JsonValue*> values;
      for (const JsonValue& one : list->items) values.push_back(&one);
      return values;
    }
  }
  return std::nullopt;
}

/// Tells whether an object with this member is not valid.
bool forbids_member(const Outline& outline, std::string_view name) {
  return std::ranges::any_of(outline.parts, [&](const JsonValue* part) {
    const JsonValue* properties = part->find("properties");
    const JsonValue* property = properties == nullptr ? nullptr : properties->find(name);
    if (property != nullptr) return property->is(JsonKind::kFalse);
    const JsonValue* additional = part->find("additionalProperties");
    return additional != nullptr && additional->is(JsonKind::kFalse) && part->find("patternProperties") == nullptr;
  });
}

bool exclude(SchemaDocument& document, const JsonValue& a, const JsonValue& b, size_t depth);

/// Tells whether some member that one of them requires tells them apart.
bool members_exclude(SchemaDocument& document, const Outline& a, const Outline& b, size_t depth) {
  for (const JsonValue* part : a.parts) {
    const JsonValue* required = part->find("required");
    if (required == nullptr) continue;
    for (const JsonValue& name : required->items) {
      if (forbids_member(b, name.string)) return true;
      // A member that a requires and b describes: b's description holds whenever the member is there.
      for (const JsonValue* of_a : a.parts) {
        for (const JsonValue* of_b : b.parts) {
          const JsonValue *list_a = of_a->find("properties"), *list_b = of_b->find("properties");
          const JsonValue* member_a = list_a == nullptr ? nullptr : list_a->find(name.string);
          const JsonValue* member_b = list_b == nullptr ? nullptr : list_b->find(name.string);
          if (member_a != nullptr && member_b != nullptr && exclude(document, *member_a, *member_b, depth + 1))
            return true;
        }
      }
    }
  }
  return false;
}

bool exclude(SchemaDocument& document, const JsonValue& a, const JsonValue& b, size_t depth) {
  if (depth > kMaxExclusionDepth) return false;
  Outline outline_a, outline_b;
  outline(document, a, outline_a);
  outline(document, b, outline_b);
  if ((outline_a.types & outline_b.types) == 0) return true;
  const auto refuses_all = [&](const std::optional<std::vector<const JsonValue*>>& values, const JsonValue& other) {
    return values && std::ranges::none_of(*values, [&](const JsonValue* v) { return is_valid(*v, other, document); });
  };
  if (refuses_all(values_of(outline_a), b) || refuses_all(values_of(outline_b), a)) return true;
  if ((outline_a.types & outline_b.types) != kObjectBit) return false;
  return members_exclude(document, outline_a, outline_b, depth) ||
         members_exclude(document, outline_b, outline_a, depth);
}

}  // namespace

void for_each_alternative(SchemaDocument& document, const Conjunction& conjunction,
                          const std::function<void(const FlatSchema&)>& visit) {
  Flattener flattener(document, visit);
  Draft draft;
  for (const JsonValue* schema : conjunction) flattener.add(*schema, draft);
  // Alternatives may bring groups of their own: expand() meets them at the end of the list.
  flattener.expand(draft, 0);
}

bool exclude_each_other(SchemaDocument& document, const JsonValue& a, const JsonValue& b) {
  return exclude(document, a, b, 0);
}

}  // namespace vitrine::schema
