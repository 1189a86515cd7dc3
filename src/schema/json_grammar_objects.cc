// Objects: listed properties, keys by pattern, other keys.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "schema/json_grammar.h"

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kMaxPatterns = 12;               // of keys in one object
constexpr size_t kMaxReachableWords = 4'000'000;  // of the tables of one object's keys

/// Returns the patterns of keys, each once.
std::vector<std::string> key_patterns(const FlatSchema& flat) {
  std::vector<std::string> patterns;
  for (const JsonValue* part : flat.parts) {
    const JsonValue* list = part->find("patternProperties");
    if (list == nullptr) continue;
    for (const JsonValue::Member& member : list->members) {
      if (std::ranges::find(patterns, member.first) == patterns.end()) patterns.push_back(member.first);
    }
  }
  return patterns;
}

/// Tells whether a schema evaluates every member for an unevaluatedProperties above it.
bool evaluates_all(const JsonValue& part, const FlatSchema::Unevaluated& one) {
  return part.find("additionalProperties") != nullptr ||
         (&part != one.owner && part.find("unevaluatedProperties") != nullptr);
}

}  // namespace

std::vector<std::string> JsonGrammar::listed_names(const FlatSchema& flat) const {
  std::vector<std::string> names;
  std::unordered_set<std::string_view> seen;
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* properties = part->find("properties")) {
      for (const JsonValue::Member& member : properties->members) {
        if (seen.insert(member.first).second) names.push_back(member.first);
      }
    }
  }
  const auto add = [&](const std::string& name) {
    if (seen.insert(name).second) names.push_back(name);
  };
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* required = part->find("required")) {
      for (const JsonValue& name : required->items) add(name.string);
    }
  }
  for (const JsonValue* part : flat.parts) {
    const JsonValue* dependent = part->find("dependentRequired");
    if (dependent == nullptr) continue;
    for (const auto& [name, others] : dependent->members) {
      add(name);
      for (const JsonValue& other : others.items) add(other.string);
    }
  }
  return names;
}

JsonGrammar::Companions JsonGrammar::companions_of(const FlatSchema& flat, const std::vector<std::string>& names) {
  Companions companions;
  std::unordered_map<std::string_view, size_t> numbers;
  for (const JsonValue* part : flat.parts) {
    const JsonValue* dependent = part->find("dependentRequired");
    if (dependent == nullptr || dependent->members.empty()) continue;
    if (companions.empty()) {
      companions.resize(names.size());
      for (size_t i = 0; i < names.size(); ++i) numbers.emplace(names[i], i);
    }
    for (const auto& [name, others] : dependent->members) {
      for (const JsonValue& other : others.items) companions[numbers.at(name)].push_back(numbers.at(other.string));
    }
  }
  return companions;
}

/// Fills in what members ask for, and what that asks for in turn.
void JsonGrammar::add_companions(const FlatSchema& flat, const Companions& companions,
                                 const std::vector<int32_t>& labels, ObjectSpec& spec) {
  if (std::ranges::all_of(companions, [](const auto& others) { return others.empty(); })) return;
  const uint32_t words = spec.words();
  document_.spend(size_t{spec.listed} * words);
  spec.companions.assign(size_t{spec.listed} * words, 0);
  for (size_t i = 0; i < companions.size(); ++i) {
    for (size_t other : companions[i]) {
      if (labels[i] == Dfa::kNoLabel || labels[other] == Dfa::kNoLabel) continue;
      const auto of = static_cast<uint32_t>(labels[i]), label = static_cast<uint32_t>(labels[other]);
      spec.companions[of * words + label / 64] |= uint64_t{1} << label % 64;
    }
  }
  const auto add_all = [&](uint64_t* to, uint32_t from) {
    bool is_new = false;
    for (uint32_t w = 0; w < words; ++w) {
      const uint64_t more = spec.companions[from * words + w] & ~to[w];
      to[w] |= more;
      is_new |= more != 0;
    }
    return is_new;
  };
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (uint32_t label = 0; label < spec.listed; ++label) {
      for (uint32_t other = 0; other < spec.listed; ++other) {
        if (spec.is_companion(label, other)) is_changed |= add_all(&spec.companions[label * words], other);
      }
    }
    document_.spend(size_t{spec.listed} * spec.listed);
  }
  uint32_t required = 0;
  for (uint32_t label = 0; label < spec.listed; ++label) {
    if (spec.is_required(label)) add_all(spec.required.data(), label);
  }
  for (uint32_t label = 0; label < spec.listed; ++label) required += spec.is_required(label);
  if (spec.min_members > required) {
    document_.unsupported(*flat.parts[0], "minProperties", "more than the required ones beside dependentRequired");
  }
}

/// Returns what holds for the value of a listed name; a null schema in it stands for `false`.
Conjunction JsonGrammar::value_schemas(const FlatSchema& flat, const std::string& name) {
  Conjunction schemas;
  const std::vector<uint32_t> characters = decode_utf8(name, document_.operation());
  for (const JsonValue* part : flat.parts) {
    bool is_described = false;
    const JsonValue* properties = part->find("properties");
    if (const JsonValue* property = properties == nullptr ? nullptr : document_.member(*properties, name)) {
      schemas.push_back(property);
      is_described = true;
    }
    if (const JsonValue* patterns = part->find("patternProperties")) {
      for (const auto& [pattern, schema] : patterns->members) {
        if (document_.pattern(pattern).match(characters) == Dfa::kNoLabel) continue;
        schemas.push_back(&schema);
        is_described = true;
      }
    }
    const JsonValue* additional = part->find("additionalProperties");
    if (!is_described && additional != nullptr) schemas.push_back(additional);
  }
  for (const FlatSchema::Unevaluated& one : flat.unevaluated) {
    const JsonValue* schema = one.owner->find("unevaluatedProperties");
    const bool is_evaluated = std::ranges::any_of(one.evaluators, [&](const JsonValue* part) {
      const JsonValue *properties = part->find("properties"), *patterns = part->find("patternProperties");
      if (evaluates_all(*part, one)) return true;
      if (properties != nullptr && document_.member(*properties, name) != nullptr) return true;
      return patterns != nullptr && std::ranges::any_of(patterns->members, [&](const JsonValue::Member& member) {
               return document_.pattern(member.first).match(characters) != Dfa::kNoLabel;
             });
    });
    if (schema != nullptr && !is_evaluated) schemas.push_back(schema);
  }
  return schemas;
}

/// Returns the language that propertyNames allow, or nothing where they say nothing.
std::optional<Dfa> JsonGrammar::name_language(const FlatSchema& flat) {
  Conjunction schemas;
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* names = part->find("propertyNames")) schemas.push_back(names);
  }
  if (schemas.empty()) return std::nullopt;
  std::optional<Dfa> language(Dfa{});
  for_each_alternative(document_, schemas, [&](const FlatSchema& names) {
    if ((names.types & kStringBit) == 0) return;
    FlatSchema strings = names;
    strings.types = kStringBit;
    Alternatives out;
    compile_flat(strings, out);
    for (StringPart& part : out.strings) {
      Dfa one = part.is_texts ? language_of_texts(part.texts) : std::move(part.language);
      if (part.min != 0 || part.max != kNone) {
        if (part.min > 2000 || (part.max != kNone && part.max > 2000)) {
          document_.unsupported(*schemas[0], "maxLength", "above 2000 for the names of properties");
        }
        one = Dfa::intersection(one, Dfa::lengths(part.min, part.max), document_.making());
      }
      language = language->empty() ? std::move(one) : Dfa::united(*language, one, document_.making());
    }
  });
  return language;
}

void JsonGrammar::add_object(const FlatSchema& flat, Alternatives& out) {
  ObjectSpec spec{.min_members = count_of(flat, "minProperties", false),
                  .max_members = count_of(flat, "maxProperties", true),
                  .any_order = options_.any_key_order};
  if (key_patterns(flat).size() > kMaxPatterns)
    document_.unsupported(*flat.parts[0], "patternProperties", "more than 12 patterns");
  const std::optional<Dfa> allowed_names = name_language(flat);
  std::unordered_set<std::string_view> required;
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* list = part->find("required")) {
      for (const JsonValue& name : list->items) required.insert(name.string);
    }
  }
  const std::vector<std::string> names = listed_names(flat);
  const Companions companions = companions_of(flat, names);
  std::vector<RuleId> rules;
  for (const std::string& name : names) {
    rules.push_back(rule_of(value_schemas(flat, name)));
    if (allowed_names && allowed_names->match(decode_utf8(name, document_.operation())) == Dfa::kNoLabel)
      rules.back() = kNone;
  }
  // What asks for a member that cannot be cannot be either.
  for (bool is_changed = !companions.empty(); is_changed;) {
    is_changed = false;
    for (size_t i = 0; i < names.size(); ++i) {
      const bool lacks = std::ranges::any_of(companions[i], [&](size_t other) { return rules[other] == kNone; });
      if (rules[i] == kNone || !lacks) continue;
      rules[i] = kNone;
      is_changed = true;
    }
    document_.spend(names.size());
  }
  std::vector<int32_t> labels;
  std::vector<bool> required_labels;
  for (size_t i = 0; i < names.size(); ++i) {
    const RuleId rule = rules[i];
    const bool is_required = required.contains(names[i]);
    if (rule == kNone && is_required) return;  // no object can have it
    labels.push_back(rule == kNone ? Dfa::kNoLabel : static_cast<int32_t>(spec.labels()));
    if (rule == kNone) continue;
    add_label(spec, rule);
    required_labels.push_back(is_required);
  }
  spec.listed = spec.labels();
  if (!add_other_keys(flat, names, labels, spec) && spec.min_members > spec.listed) return;
  if (spec.min_members > spec.listed + 1) {
    document_.unsupported(*flat.parts[0], "minProperties", "more than one member beyond those that 'properties' lists");
  }
  if (program_.languages[spec.keys].size() * spec.words() > kMaxReachableWords)
    document_.unsupported(*flat.parts[0], "properties", fmt::format("too many names ({})", spec.labels()));
  spec.required.assign(spec.words(), 0);
  for (uint32_t label = 0; label < required_labels.size(); ++label) {
    if (required_labels[label]) spec.required[label / 64] |= uint64_t{1} << label % 64;
  }
  add_companions(flat, companions, labels, spec);
  out.nodes.push_back(object_node(std::move(spec)));
}

/// Adds the labels of keys that are not listed, and the language of all keys. Returns whether there are such keys.
bool JsonGrammar::add_other_keys(const FlatSchema& flat, const std::vector<std::string>& names,
                                 const std::vector<int32_t>& labels, ObjectSpec& spec) {
  // A name that no object may have is listed all the same, lest it count as another key: with a label that means none.
  constexpr int32_t kForbidden = 1 << 30;
  std::vector<std::vector<uint32_t>> texts;
  std::vector<int32_t> text_labels;
  for (size_t i = 0; i < names.size(); ++i) {
    texts.push_back(decode_utf8(names[i], document_.operation()));
    text_labels.push_back(labels[i] == Dfa::kNoLabel ? kForbidden : labels[i]);
  }
  const bool has_forbidden = std::ranges::find(text_labels, kForbidden) != text_labels.end();
  const std::vector<std::string> patterns = key_patterns(flat);
  const std::optional<Dfa> allowed_names = name_language(flat);
  KeyClasses classes;
  if (patterns.empty() && !allowed_names && !has_forbidden) {
    const int32_t other = label_of_class(flat, {}, classes, spec);
    spec.keys = add_language(language_of_texts(texts, text_labels, other));
    return other != Dfa::kNoLabel;
  }
  const Dfa trie = language_of_texts(texts, text_labels), any = Dfa::any();
  std::vector<const Dfa*> parts{&trie, allowed_names ? &*allowed_names : &any};
  for (const std::string& pattern : patterns) parts.push_back(&document_.pattern(pattern));
  Dfa keys = Dfa::product(
      parts,
      [&](std::span<const int32_t> found) {
        if (found[1] == Dfa::kNoLabel || found[0] == kForbidden) return Dfa::kNoLabel;
        return found[0] != Dfa::kNoLabel ? found[0] : label_of_class(flat, found.subspan(2), classes, spec);
      },
      document_.making());
  spec.keys = add_language(std::move(keys));
  return spec.labels() > spec.listed;
}

/// Returns the label of the keys that match exactly these patterns, kNoLabel where such keys may not be.
int32_t JsonGrammar::label_of_class(const FlatSchema& flat, std::span<const int32_t> matched, KeyClasses& classes,
                                    ObjectSpec& spec) {
  uint32_t key = 0;
  for (size_t i = 0; i < matched.size(); ++i) key |= uint32_t{matched[i] != Dfa::kNoLabel} << i;
  if (const auto known = classes.find(key); known != classes.end()) return known->second;
  const std::vector<std::string> patterns = matched.empty() ? std::vector<std::string>() : key_patterns(flat);
  Conjunction schemas;
  bool is_closed = options_.closed_objects;
  for (const JsonValue* part : flat.parts) {
    bool is_described = false;
    const JsonValue* list = part->find("patternProperties");
    for (size_t i = 0; i < patterns.size(); ++i) {
      const JsonValue* schema = list == nullptr || (key >> i & 1) == 0 ? nullptr : list->find(patterns[i]);
      if (schema == nullptr) continue;
      schemas.push_back(schema);
      is_described = true;
    }
    const JsonValue* additional = part->find("additionalProperties");
    if (is_described || additional != nullptr) is_closed = false;
    if (!is_described && additional != nullptr) schemas.push_back(additional);
  }
  for (const FlatSchema::Unevaluated& one : flat.unevaluated) {
    const JsonValue* schema = one.owner->find("unevaluatedProperties");
    if (schema == nullptr) continue;
    is_closed = false;
    const bool is_evaluated = std::ranges::any_of(one.evaluators, [&](const JsonValue* part) {
      const JsonValue* list = part->find("patternProperties");
      if (evaluates_all(*part, one)) return true;
      for (size_t i = 0; list != nullptr && i < patterns.size(); ++i) {
        if ((key >> i & 1) != 0 && list->find(patterns[i]) != nullptr) return true;
      }
      return false;
    });
    if (!is_evaluated) schemas.push_back(schema);
  }
  const bool has_properties =
      std::ranges::any_of(flat.parts, [](const JsonValue* part) { return part->find("properties"); });
  const RuleId rule = is_closed && has_properties ? kNone : rule_of(std::move(schemas));
  const int32_t label = rule == kNone ? Dfa::kNoLabel : static_cast<int32_t>(spec.labels());
  if (rule != kNone) add_label(spec, rule);
  classes.emplace(key, label);
  return label;
}

void JsonGrammar::add_label(ObjectSpec& spec, RuleId value) {
  spec.label_values.push_back(value);
  spec.label_nodes.push_back(kNone);
}

NodeId JsonGrammar::object_node(ObjectSpec spec) {
  const auto id = static_cast<uint32_t>(program_.objects.size());
  const NodeId close = program_.add_bytes("}", end());
  const NodeId key = program_.add({Op::kKey, id});
  const NodeId comma = program_.add_bytes(",", space(key));
  const NodeId after = space(program_.add({Op::kNextMember, id, comma, close}));
  for (uint32_t label = 0; label < spec.labels(); ++label) {
    const NodeId value = program_.add({Op::kCall, spec.label_values[label], 0, after});
    spec.label_nodes[label] = space(program_.add_bytes(":", space(value)));
  }
  const NodeId first = program_.add({Op::kFirstMember, id, key, close});
  program_.objects.push_back(std::move(spec));
  return program_.add_bytes("{", space(first));
}

}  // namespace vitrine::schema
