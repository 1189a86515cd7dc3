// Arrays: items by place, items that are counted, items that differ.
#include <fmt/format.h>

#include <algorithm>

#include "schema/array_counts.h"
#include "schema/json_grammar.h"
#include "schema/validate.h"

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kMaxUniqueStrings = 5'000;
constexpr size_t kMaxUniqueOthers = 64;  // every one of them is a way to read an item

/// Returns how many first items are evaluated by place for an unevaluatedItems; nothing where all items are.
std::optional<size_t> evaluated_items(const FlatSchema::Unevaluated& one) {
  size_t count = 0;
  for (const JsonValue* part : one.evaluators) {
    if (part->find("items") != nullptr) return std::nullopt;
    if (part != one.owner && part->find("unevaluatedItems") != nullptr) return std::nullopt;
    if (const JsonValue* list = part->find("prefixItems")) count = std::max(count, list->items.size());
  }
  return count;
}

}  // namespace

/// Returns what holds for the first items, each, and at the end for all that follow.
std::vector<Conjunction> JsonGrammar::item_schemas(const FlatSchema& flat) const {
  size_t prefix = 0;
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* list = part->find("prefixItems")) prefix = std::max(prefix, list->items.size());
  }
  std::vector<Conjunction> schemas(prefix + 1);
  for (size_t i = 0; i <= prefix; ++i) {
    for (const JsonValue* part : flat.parts) {
      const JsonValue *list = part->find("prefixItems"), *rest = part->find("items");
      if (list != nullptr && i < list->items.size()) {
        schemas[i].push_back(&list->items[i]);
      } else if (rest != nullptr) {
        schemas[i].push_back(rest);
      }
    }
  }
  for (const FlatSchema::Unevaluated& one : flat.unevaluated) {
    const JsonValue* schema = one.owner->find("unevaluatedItems");
    if (schema == nullptr || schema->is(JsonKind::kTrue)) continue;
    for (const JsonValue* part : one.evaluators) {
      if (part->find("contains") != nullptr)
        document_.unsupported(*one.owner, "unevaluatedItems", "not supported beside contains");
    }
    const std::optional<size_t> evaluated = evaluated_items(one);
    for (size_t i = evaluated.value_or(prefix + 1); i <= prefix; ++i) schemas[i].push_back(schema);
  }
  return schemas;
}

void JsonGrammar::add_array(const FlatSchema& flat, Alternatives& out) {
  ArraySpec spec{.min_items = count_of(flat, "minItems", false), .max_items = count_of(flat, "maxItems", true)};
  const std::vector<Conjunction> schemas = item_schemas(flat);
  const size_t prefix = schemas.size() - 1;
  for (size_t i = 0; i <= prefix && i < spec.max_items; ++i) {
    const RuleId rule = rule_of(schemas[i]);
    if (rule == kNone) {
      spec.max_items = std::min(spec.max_items, static_cast<uint32_t>(i));
      break;
    }
    (i < prefix ? (void)spec.prefix.push_back(rule) : (void)(spec.rest = rule));
  }
  if (spec.min_items > spec.max_items) return;
  const JsonValue* unique = nullptr;
  std::vector<const JsonValue*> counted;
  for (const JsonValue* part : flat.parts) {
    const JsonValue* wanted = part->find("uniqueItems");
    if (wanted != nullptr && wanted->is(JsonKind::kTrue)) unique = part;
    if (part->find("contains") != nullptr) counted.push_back(part);
  }
  if (unique != nullptr && spec.max_items > 1) {
    if (!counted.empty()) document_.unsupported(*unique, "uniqueItems", "not supported beside contains");
    if (prefix > 0) document_.unsupported(*unique, "uniqueItems", "not supported beside prefixItems");
    return add_unique_array(*unique, schemas[0], spec, out);
  }
  ArrayCounts counts(document_, program_, spec, counted);
  if (counts.empty()) {
    out.nodes.push_back(array_node(std::move(spec)));
    return;
  }
  if (!counts.make_classes([&](size_t place, const Conjunction& more) {
        Conjunction all = schemas[place];
        all.insert(all.end(), more.begin(), more.end());
        return rule_of(std::move(all));
      })) {
    return;
  }
  out.nodes.push_back(counts.make_nodes([&](NodeId next) { return space(next); }, end()));
}

NodeId JsonGrammar::array_node(ArraySpec spec) {
  const auto id = static_cast<uint32_t>(program_.arrays.size());
  program_.arrays.push_back(std::move(spec));
  const NodeId close = program_.add_bytes("]", end());
  const NodeId item = program_.add({Op::kItem, id});
  const NodeId next_item = program_.add({Op::kNextItem, id, program_.add_bytes(",", space(item)), close});
  program_.nodes[item].next = space(next_item);
  const NodeId first = program_.add({Op::kFirstItem, id, item, close});
  return program_.add_bytes("[", space(first));
}

/// Items that differ are like the members of an object: every value of the few may come once, in any order.
void JsonGrammar::add_unique_array(const JsonValue& owner, const Conjunction& items, const ArraySpec& size,
                                   Alternatives& out) {
  const std::vector<const JsonValue*> values = finite_values(owner, items);
  const bool is_strings = std::ranges::all_of(values, [](const auto* value) { return value->is(JsonKind::kString); });
  if (values.size() > (is_strings ? kMaxUniqueStrings : kMaxUniqueOthers)) {
    document_.unsupported(owner, "uniqueItems",
                          fmt::format("more than {} values", is_strings ? kMaxUniqueStrings : kMaxUniqueOthers));
  }
  ObjectSpec spec{.listed = static_cast<uint32_t>(values.size()),
                  .min_members = size.min_items,
                  .max_members = size.max_items,
                  .any_order = true};
  if (spec.min_members > spec.listed) return;
  spec.max_members = std::min(spec.max_members, spec.listed);
  std::vector<std::vector<uint32_t>> texts;
  std::vector<int32_t> labels;
  for (size_t i = 0; i < values.size(); ++i) {
    if (is_strings) {
      texts.push_back(decode_utf8(values[i]->string, document_.operation()));
      labels.push_back(static_cast<int32_t>(i));
    }
    add_label(spec, rule_of_value(*values[i]));
  }
  spec.keys = add_language(language_of_texts(texts, labels));
  spec.required.assign(spec.words(), 0);
  if (program_.languages[spec.keys].size() * spec.words() > 4'000'000)
    document_.unsupported(owner, "uniqueItems", fmt::format("too many values ({})", values.size()));
  const auto id = static_cast<uint32_t>(program_.objects.size());
  const NodeId close = program_.add_bytes("]", end());
  const NodeId after = program_.add({Op::kNextMember, id, kNone, close});
  NodeId item = kNone;
  if (is_strings) {
    item = program_.add({Op::kKey, id});
    spec.label_nodes.assign(values.size(), space(after));
  } else {
    std::vector<NodeId> choices;
    const NodeId spaced = space(after);
    for (uint32_t label = 0; label < values.size(); ++label) {
      const NodeId value = program_.add({Op::kCall, spec.label_values[label], 0, spaced});
      choices.push_back(program_.add({Op::kMember, id, label, value}));
      spec.label_nodes[label] = value;
    }
    item = program_.add_split(choices);
  }
  program_.nodes[after].y = program_.add_bytes(",", space(item));
  const NodeId first = program_.add({Op::kFirstMember, id, item, close});
  program_.objects.push_back(std::move(spec));
  out.nodes.push_back(program_.add_bytes("[", space(first)));
}

/// Returns the values that items can have, each once. Errors: kUnsupported where they are not a few.
std::vector<const JsonValue*> JsonGrammar::finite_values(const JsonValue& owner, const Conjunction& items) {
  std::vector<const JsonValue*> values;
  for_each_alternative(document_, items, [&](const FlatSchema& flat) {
    const std::optional<std::vector<const JsonValue*>> named = named_values(flat);
    for (const JsonValue* value : named ? *named : values_of_types(owner, flat)) {
      document_.spend(1 + values.size());
      const bool fits =
          std::ranges::all_of(flat.parts, [&](const JsonValue* part) { return is_valid(*value, *part, document_); });
      const bool is_new = std::ranges::none_of(values, [&](const auto* other) { return json_equal(*other, *value); });
      if (fits && is_new) values.push_back(value);
    }
  });
  return values;
}

/// Returns candidates for the values of types that have few.
std::vector<const JsonValue*> JsonGrammar::values_of_types(const JsonValue& owner, const FlatSchema& flat) {
  std::vector<const JsonValue*> values;
  const auto add = [&](JsonValue value) { values.push_back(&document_.rewriter().keep(std::move(value))); };
  if (flat.types & kNullBit) add({.kind = JsonKind::kNull});
  if (flat.types & kBooleanBit) add({.kind = JsonKind::kTrue}), add({.kind = JsonKind::kFalse});
  std::optional<Decimal> low, high;
  for (const JsonValue* part : flat.parts) {
    for (const char* name : {"minimum", "exclusiveMinimum"}) {
      if (const JsonValue* bound = part->find(name)) low = low ? std::max(*low, bound->number) : bound->number;
    }
    for (const char* name : {"maximum", "exclusiveMaximum"}) {
      if (const JsonValue* bound = part->find(name)) high = high ? std::min(*high, bound->number) : bound->number;
    }
  }
  constexpr int64_t kLargest = int64_t{1} << 53;
  const int64_t first = low ? low->ceil().to_int64().value_or(-kLargest) : -kLargest;
  const int64_t last = high ? high->floor().to_int64().value_or(kLargest) : kLargest;
  const bool is_few_numbers = (flat.types & kNumberBit) == 0 && first > -kLargest && last < kLargest &&
                              last - first <= static_cast<int64_t>(2 * kMaxUniqueOthers);
  const bool has_numbers = (flat.types & (kIntegerBit | kNumberBit)) != 0;
  if ((flat.types & (kStringBit | kArrayBit | kObjectBit)) != 0 || (has_numbers && !is_few_numbers))
    document_.unsupported(owner, "uniqueItems", "not supported for items of more than a few values");
  if (!has_numbers) return values;
  for (int64_t value = first; value <= last; ++value) add({.kind = JsonKind::kNumber, .number = Decimal(value)});
  return values;
}

}  // namespace vitrine::schema
