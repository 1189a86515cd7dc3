#include "schema/json_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "schema/formats.h"
#include "schema/program_width.h"
#include "schema/validate.h"

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kMaxRules = 10'000;
constexpr size_t kMaxGrammarNodes = 200'000;
constexpr size_t kMaxValues = 5'000;
constexpr size_t kMaxOtherValues = 200;        // of an enum, apart from strings
constexpr uint32_t kMaxCountedLength = 2'000;  // of strings whose language is no loop
constexpr size_t kMaxUnitedLanguages = 16;

/// Bounds of doubles are meant by the numbers that are beyond them: the next double is the first that surely is.
Decimal next_double(const Decimal& bound, bool upwards) {
  const double value = bound.to_double();
  const Decimal exact = Decimal::from_double(value);
  if (upwards ? exact > bound : exact < bound) return exact;
  return Decimal::from_double(std::nextafter(
      value, upwards ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity()));
}

}  // namespace

JsonGrammar::JsonGrammar(SchemaDocument& document, const JsonSchemaOptions& options)
    : document_(document), options_(options) {
  program_.spelling = options.minimal_escapes ? Spelling::kJsonMinimal : Spelling::kJson;
  program_.max_depth = static_cast<uint32_t>(std::clamp(options.max_depth, 1, 10'000));
}

Program JsonGrammar::compile() {
  const RuleId value = rule_of({&document_.root()});
  if (value == kNone) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: nothing can satisfy it (it is false)", document_.operation()));
  }
  // White space may stand around the whole.
  return finished(space(program_.add({Op::kCall, value, 0, space(end())})));
}

/// Compiles what is still to be, and makes the root of what begins there.
Program JsonGrammar::finished(NodeId start) {
  while (!pending_.empty()) {
    const auto [rule, conjunction] = std::move(pending_.back());
    pending_.pop_back();
    compile_rule(rule, conjunction);
  }
  const auto root = static_cast<RuleId>(program_.rules.size());
  program_.rules.push_back({"#", start});
  program_.root = root;
  try {
    program_.finish(document_.operation(),
                    "look for bounds that exclude each other and for required members that lead back to themselves");
  } catch (const Error& error) {
    if (conflict_.empty() || program_.rules[root].depth != kNone) throw;
    throw Error(error.code(), fmt::format("{}: nothing can satisfy it ({})", document_.operation(), conflict_),
                "look for bounds that exclude each other");
  }
  if (document_.rewriter().is_used() && width_of(program_, kMaxPlaces) >= kMaxPlaces) {
    document_.rewriter().refuse_use(fmt::format("a text may have to be read in more than {} ways at once", kMaxPlaces));
  }
  return std::move(program_);
}

NodeId JsonGrammar::end() {
  if (end_ == kNone) end_ = program_.add({Op::kEnd});
  return end_;
}

std::optional<Conjunction> JsonGrammar::normalized(Conjunction conjunction) const {
  Conjunction out;
  for (const JsonValue* given : conjunction) {
    const JsonValue* schema = &document_.rewriter().canonical(*given);
    if (schema->is(JsonKind::kFalse)) return std::nullopt;
    const bool says_nothing = schema->is(JsonKind::kTrue) || (schema->members.empty() && !schema->is_negation);
    if (!says_nothing) out.push_back(schema);
  }
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

/// Returns the rule of a conjunction, kNone where it contains `false`.
RuleId JsonGrammar::rule_of(Conjunction conjunction) {
  const std::optional<Conjunction> key = normalized(std::move(conjunction));
  if (!key) return kNone;
  const auto [place, is_new] = rules_.try_emplace(*key, static_cast<RuleId>(program_.rules.size()));
  if (is_new) {
    if (program_.rules.size() >= kMaxRules || program_.nodes.size() >= kMaxGrammarNodes) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: the schema is too large", document_.operation()));
    }
    program_.rules.emplace_back();
    pending_.emplace_back(place->second, *key);
  }
  return place->second;
}

void JsonGrammar::compile_rule(RuleId rule, const Conjunction& conjunction) {
  Alternatives alternatives;
  for_each_alternative(document_, conjunction, [&](const FlatSchema& flat) { compile_flat(flat, alternatives); });
  add_string_nodes(alternatives);
  program_.rules[rule].start = program_.add_split(alternatives.nodes);
  if (!conjunction.empty()) program_.rules[rule].name = "a schema";
}

std::optional<std::vector<const JsonValue*>> JsonGrammar::named_values(const FlatSchema& flat) {
  std::optional<std::vector<const JsonValue*>> values;
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* value = part->find("const")) {
      values = {value};
    } else if (const JsonValue* list = part->find("enum"); list != nullptr && !values) {
      values.emplace();
      for (const JsonValue& value : list->items) values->push_back(&value);
    }
  }
  return values;
}

void JsonGrammar::compile_flat(const FlatSchema& flat, Alternatives& out) {
  const std::optional<std::vector<const JsonValue*>> values = named_values(flat);
  if (values) return compile_values(flat, *values, out);
  const auto is_excluded = [&](JsonKind kind) {
    return std::ranges::any_of(flat.excluded, [&](const JsonValue* value) { return value->is(kind); });
  };
  if ((flat.types & kNullBit) && !is_excluded(JsonKind::kNull)) add_literal("null", out);
  if ((flat.types & kBooleanBit) && !is_excluded(JsonKind::kTrue)) add_literal("true", out);
  if ((flat.types & kBooleanBit) && !is_excluded(JsonKind::kFalse)) add_literal("false", out);
  if (flat.types & (kIntegerBit | kNumberBit)) add_number(flat, out);
  if (flat.types & kStringBit) add_string(flat, out);
  if (flat.types & kArrayBit) add_array(flat, out);
  if (flat.types & kObjectBit) add_object(flat, out);
}

void JsonGrammar::compile_values(const FlatSchema& flat, const std::vector<const JsonValue*>& values,
                                 Alternatives& out) {
  if (values.size() > kMaxValues) document_.unsupported(*flat.parts[0], "enum", "more than 5,000 values");
  StringPart texts{.is_texts = true};
  size_t others = 0;
  for (const JsonValue* value : values) {
    const bool fits =
        std::ranges::all_of(flat.parts, [&](const JsonValue* part) { return is_valid(*value, *part, document_); });
    if (!fits) continue;
    if (value->is(JsonKind::kString)) {
      texts.texts.push_back(decode_utf8(value->string, document_.operation()));
      continue;
    }
    if (++others > kMaxOtherValues)
      document_.unsupported(*flat.parts[0], "enum", "more than 200 values that are not strings");
    out.nodes.push_back(program_.add({Op::kCall, rule_of_value(*value), 0, end()}));
  }
  if (!texts.texts.empty()) out.strings.push_back(std::move(texts));
}

RuleId JsonGrammar::rule_of_value(const JsonValue& value) {
  const auto [place, is_new] = value_rules_.try_emplace(&value, static_cast<RuleId>(program_.rules.size()));
  if (!is_new) return place->second;
  const RuleId rule = place->second;
  if (program_.rules.size() >= kMaxRules) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the schema is too large", document_.operation()));
  }
  program_.rules.push_back({"a constant"});
  Alternatives out;
  switch (value.kind) {
    case JsonKind::kNull:
      add_literal("null", out);
      break;
    case JsonKind::kTrue:
      add_literal("true", out);
      break;
    case JsonKind::kFalse:
      add_literal("false", out);
      break;
    case JsonKind::kNumber:
      program_.numbers.emplace_back(options_.plain_integers && value.number.is_integer(), value.number, value.number, 0,
                                    options_.plain_integers);
      out.nodes.push_back(program_.add({Op::kNumber, static_cast<uint32_t>(program_.numbers.size() - 1), 0, end()}));
      break;
    case JsonKind::kString:
      out.strings.push_back({.texts = {decode_utf8(value.string, document_.operation())}, .is_texts = true});
      add_string_nodes(out);
      break;
    case JsonKind::kArray: {
      ArraySpec spec{.min_items = static_cast<uint32_t>(value.items.size()),
                     .max_items = static_cast<uint32_t>(value.items.size())};
      for (const JsonValue& item : value.items) spec.prefix.push_back(rule_of_value(item));
      out.nodes.push_back(array_node(std::move(spec)));
      break;
    }
    case JsonKind::kObject: {
      ObjectSpec spec{.any_order = options_.any_key_order};
      std::vector<std::vector<uint32_t>> names;
      std::vector<int32_t> labels;
      for (const auto& [key, member] : value.members) {
        labels.push_back(static_cast<int32_t>(names.size()));
        names.push_back(decode_utf8(key, document_.operation()));
        add_label(spec, rule_of_value(member));
      }
      spec.listed = spec.labels();
      spec.required.assign(spec.words(), ~uint64_t{0});
      spec.keys = add_language(language_of_texts(names, labels));
      out.nodes.push_back(object_node(std::move(spec)));
      break;
    }
  }
  program_.rules[rule].start = program_.add_split(out.nodes);
  return rule;
}

void JsonGrammar::add_literal(std::string_view text, Alternatives& out) {
  out.nodes.push_back(program_.add_bytes(text, end()));
}

/// Long texts make large automata: they are work.
Dfa JsonGrammar::language_of_texts(std::span<const std::vector<uint32_t>> texts, std::span<const int32_t> labels,
                                   int32_t other_label) {
  for (const std::vector<uint32_t>& text : texts) document_.spend(1 + text.size());
  return Dfa::from_texts(texts, labels, other_label);
}

uint32_t JsonGrammar::add_language(Dfa language) {
  program_.languages.push_back(std::move(language));
  return static_cast<uint32_t>(program_.languages.size() - 1);
}

/// Returns the strictest of a keyword's counts over the parts.
uint32_t JsonGrammar::count_of(const FlatSchema& flat, std::string_view keyword, bool is_upper) const {
  uint32_t strictest = is_upper ? kNone : 0;
  for (const JsonValue* part : flat.parts) {
    const JsonValue* value = part->find(keyword);
    if (value == nullptr) continue;
    const std::optional<int64_t> number = value->number.to_int64();
    const uint32_t count = !number || *number >= kNone ? kNone : static_cast<uint32_t>(*number);
    if (!is_upper && count >= 1'000'000'000) document_.unsupported(*part, keyword, "a billion or more");
    strictest = is_upper ? std::min(strictest, count) : std::max(strictest, count);
  }
  return strictest;
}

void JsonGrammar::add_string(const FlatSchema& flat, Alternatives& out) {
  StringPart part{.min = count_of(flat, "minLength", false), .max = count_of(flat, "maxLength", true)};
  bool is_any = true;
  const std::string_view operation = document_.operation();
  const auto restrict_to = [&](const Dfa& language) {
    part.language = is_any ? language : Dfa::intersection(part.language, language, document_.making());
    is_any = false;
  };
  const JsonValue* bounded = nullptr;
  for (const JsonValue* schema : flat.parts) {
    if (const JsonValue* pattern = schema->find("pattern")) {
      const Regex regex = parse_regex(pattern->string, operation);
      if (const Regex* loop = regex.single_loop()) {
        restrict_to(Dfa::from_regex(Regex::repeat(loop->parts[0], 0, Regex::kUnbounded), false, document_.making()));
        part.min = std::max(part.min, loop->min), part.max = std::min(part.max, loop->max);
        bounded = schema;
      } else {
        restrict_to(document_.pattern(pattern->string));
      }
    }
    if (const JsonValue* format = schema->find("format")) {
      if (const Dfa* language = find_format(format->string)) restrict_to(*language);
    }
    if (schema->find("minLength") != nullptr || schema->find("maxLength") != nullptr) bounded = schema;
  }
  for (const JsonValue* value : flat.excluded) {
    if (!value->is(JsonKind::kString)) continue;
    const std::vector<uint32_t> text = decode_utf8(value->string, operation);
    part.language =
        Dfa::difference(is_any ? Dfa::any() : part.language, Dfa::from_texts(std::span(&text, 1)), document_.making());
    is_any = false;
  }
  for (const JsonValue* schema : flat.failed) {
    const JsonValue* pattern = schema->find("pattern");
    const Dfa& language =
        pattern != nullptr ? document_.pattern(pattern->string) : *find_format(schema->find("format")->string);
    part.language = Dfa::difference(is_any ? Dfa::any() : part.language, language, document_.making());
    is_any = false;
  }
  if (is_any) part.language = Dfa::any();
  if (bounded != nullptr) bound_length(*bounded, part);
  if (!part.language.empty() && part.min <= part.max) out.strings.push_back(std::move(part));
}

/// Leaves bounds only where the language is a loop; elsewhere they become part of it.
void JsonGrammar::bound_length(const JsonValue& schema, StringPart& part) {
  if (part.language.empty() || part.min > part.max || part.language.is_loop()) return;
  if (part.min <= part.language.shortest()) part.min = 0;
  const std::optional<uint32_t> longest = part.language.longest();
  if (longest && part.max >= *longest) part.max = kNone;
  if (part.min == 0 && part.max == kNone) return;
  if (part.min > kMaxCountedLength || (part.max != kNone && part.max > kMaxCountedLength)) {
    document_.unsupported(schema, part.max != kNone ? "maxLength" : "minLength",
                          fmt::format("above {} together with a pattern or format", kMaxCountedLength));
  }
  part.language = Dfa::intersection(part.language, Dfa::lengths(part.min, part.max), document_.making());
  part.min = 0, part.max = kNone;
}

void JsonGrammar::add_string_nodes(Alternatives& out) {
  // Texts of all alternatives make one language, and so do a few other languages without bounds: one place to be in.
  StringPart united{.is_texts = true};
  std::vector<StringPart> others;
  for (StringPart& part : out.strings) {
    if (part.is_texts) {
      united.texts.insert(united.texts.end(), part.texts.begin(), part.texts.end());
    } else {
      others.push_back(std::move(part));
    }
  }
  if (!united.texts.empty()) {
    others.push_back({.language = language_of_texts(united.texts)});
  }
  StringPart whole;
  size_t count = 0;
  for (StringPart& part : others) {
    if (part.min != 0 || part.max != kNone || count == kMaxUnitedLanguages) {
      out.nodes.push_back(add_string_node(std::move(part)));
      continue;
    }
    whole.language =
        count++ == 0 ? std::move(part.language) : Dfa::united(whole.language, part.language, document_.making());
  }
  if (count > 0) out.nodes.push_back(add_string_node(std::move(whole)));
  out.strings.clear();
}

NodeId JsonGrammar::add_string_node(StringPart part) {
  const bool is_any = part.language.size() == 1 && part.language.is_universal(0);
  uint32_t language = is_any ? any_language_ : kNone;
  if (language == kNone) language = add_language(std::move(part.language));
  if (is_any) any_language_ = language;
  program_.strings.push_back({language, part.min, part.max});
  return program_.add({Op::kString, static_cast<uint32_t>(program_.strings.size() - 1), 0, end()});
}

/// Returns what a number must be a multiple of by all of its parts; 0 for nothing.
JsonGrammar::Multiple JsonGrammar::multiple_of(const FlatSchema& flat, bool is_integer) const {
  constexpr int64_t kTooLarge = int64_t{1} << 53;  // beyond it only 0 is left, which a huge step says as well
  Multiple step;
  for (const auto* list : {&flat.parts, &flat.failed}) {
    for (const JsonValue* part : *list) {
      if (const JsonValue* multiple = part->find("multipleOf"))
        step.decimals = std::max(step.decimals, multiple->number.decimals());
    }
  }
  const auto digits_of = [&](const Decimal& multiple) {
    const std::optional<int64_t> digits = multiple.shifted(step.decimals).to_int64();
    return digits ? std::min(*digits, kTooLarge) : kTooLarge;
  };
  const auto add = [&](const Decimal& multiple) {
    const int64_t other = digits_of(multiple);
    const int64_t factor = step.digits == 0 ? 1 : step.digits / std::gcd(step.digits, other);
    step.digits = factor > kTooLarge / other ? kTooLarge : factor * other;
  };
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* multiple = part->find("multipleOf")) add(multiple->number);
  }
  if (is_integer && (step.decimals > 0 || !flat.failed.empty())) add(Decimal(1));
  for (const JsonValue* one : flat.failed) step.failed.push_back(digits_of(one->find("multipleOf")->number));
  if (step.failed.size() > NumberSpec::kMaxFailed || (!step.failed.empty() && step.digits == 0))
    document_.unsupported(*flat.parts[0], "multipleOf",
                          step.digits != 0 ? "more than 8 multiples that a number must not be"
                                           : "not told what fails it, but for whole numbers and other multiples");
  const auto has_zero = [](int64_t digits) { return digits % 10 == 0 && digits < kTooLarge; };
  for (; step.decimals > 0 && has_zero(step.digits) && std::ranges::all_of(step.failed, has_zero); --step.decimals) {
    step.digits /= 10;
    for (int64_t& digits : step.failed) digits /= 10;
  }
  return step;
}

void JsonGrammar::add_number(const FlatSchema& flat, Alternatives& out) {
  if ((flat.types & kIntegerBit) == 0)
    document_.unsupported(*flat.parts[0], "not", "numbers that are not whole are not supported");
  const bool is_integer = (flat.types & kNumberBit) == 0;
  std::optional<Decimal> minimum, maximum;
  const auto raise = [&](const Decimal& bound) { minimum = minimum ? std::max(*minimum, bound) : bound; };
  const auto lower = [&](const Decimal& bound) { maximum = maximum ? std::min(*maximum, bound) : bound; };
  const Multiple step = multiple_of(flat, is_integer);
  // Multiples stand at steps of their last decimal place: an exclusive bound is the next step.
  const auto is_stepped = [&](const Decimal& bound) {
    return (is_integer || step.digits != 0) && bound.magnitude() < 300;
  };
  for (const JsonValue* part : flat.parts) {
    if (const JsonValue* bound = part->find("minimum")) raise(bound->number);
    if (const JsonValue* bound = part->find("maximum")) lower(bound->number);
    if (const JsonValue* bound = part->find("exclusiveMinimum")) {
      const Decimal shifted = bound->number.shifted(step.decimals);
      raise(is_stepped(shifted) ? shifted.floor().next_integer().shifted(-step.decimals)
                                : next_double(bound->number, true));
    }
    if (const JsonValue* bound = part->find("exclusiveMaximum")) {
      const Decimal shifted = bound->number.shifted(step.decimals);
      lower(is_stepped(shifted) ? (-((-shifted).floor().next_integer())).shifted(-step.decimals)
                                : next_double(bound->number, false));
    }
  }
  const bool is_any_whole = step.digits == 1 && step.decimals == 0 && step.failed.empty();
  NumberSpec spec(is_integer || is_any_whole, minimum, maximum, is_any_whole ? 0 : step.digits, options_.plain_integers,
                  step.decimals, step.failed);
  if (spec.empty()) {
    if (minimum && maximum && *minimum > *maximum && conflict_.empty())
      conflict_ = fmt::format("at {} no number is from {} to {}", document_.place_of(*flat.parts[0]),
                              minimum->to_text(), maximum->to_text());
    return;
  }
  program_.numbers.push_back(std::move(spec));
  out.nodes.push_back(program_.add({Op::kNumber, static_cast<uint32_t>(program_.numbers.size() - 1), 0, end()}));
}

}  // namespace vitrine::schema
