// From a schema to rules: what compile_json_schema() works with.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/program.h"
#include "schema/schema_merge.h"
#include "schema/text_piece.h"

namespace vitrine::schema {

/// Compiles the rules of one schema. Rules are known by the conjunction that they stand for, so that references that
/// lead back meet the rule that is being made.
class JsonGrammar {
 public:
  JsonGrammar(SchemaDocument& document, const JsonSchemaOptions& options);

  Program compile();
  /// Compiles a text that has values of the schema in it (json_grammar_text.cc).
  Program compile(const TextPiece& piece);

 private:
  static constexpr uint32_t kMaxBareLength = 2'000;  // of strings without quotes: their length becomes states

  /// A language of strings on its way to a StringSpec.
  struct StringPart {
    std::vector<std::vector<uint32_t>> texts;  ///< of enum and const, where `is_texts`
    bool is_texts = false;
    Dfa language;
    uint32_t min = 0, max = kNone;
  };
  /// What one rule may be, while its alternatives are found.
  struct Alternatives {
    std::vector<NodeId> nodes;
    std::vector<StringPart> strings;
    uint8_t written_types = 0;  ///< types without further conditions, so that others of the type say nothing new
  };
  /// Labels of keys that are not listed, by a bit for each pattern that they match.
  using KeyClasses = std::unordered_map<uint32_t, int32_t>;

  Program finished(NodeId start);

  // Pieces of other texts (json_grammar_text.cc).
  NodeId piece_node(const TextPiece& piece, NodeId next);
  RuleId add_rule(std::string name);
  RuleId bare_rule(const JsonValue& schema, const std::string& stop);

  // Rules.
  RuleId rule_of(Conjunction conjunction);
  RuleId rule_of_value(const JsonValue& value);
  std::optional<Conjunction> normalized(Conjunction conjunction) const;
  void compile_rule(RuleId rule, const Conjunction& conjunction);
  void compile_flat(const FlatSchema& flat, Alternatives& out);
  /// Returns the values of a const or enum among the parts, which others may still refuse; nothing without one.
  static std::optional<std::vector<const JsonValue*>> named_values(const FlatSchema& flat);
  void compile_values(const FlatSchema& flat, const std::vector<const JsonValue*>& values, Alternatives& out);
  NodeId end();

  // Strings and numbers.
  void add_string(const FlatSchema& flat, Alternatives& out);
  void add_string_nodes(Alternatives& out);
  NodeId add_string_node(StringPart part);
  void bound_length(const JsonValue& schema, StringPart& part);
  /// Numbers that are whole multiples of digits x 10^-decimals, and none of failed x 10^-decimals.
  struct Multiple {
    int64_t digits = 0;
    int32_t decimals = 0;
    std::vector<int64_t> failed;
  };
  Multiple multiple_of(const FlatSchema& flat, bool is_integer) const;
  void add_number(const FlatSchema& flat, Alternatives& out);
  void add_literal(std::string_view text, Alternatives& out);
  uint32_t add_language(Dfa language);
  Dfa language_of_texts(std::span<const std::vector<uint32_t>> texts, std::span<const int32_t> labels = {},
                        int32_t other_label = Dfa::kNoLabel);

  // Objects (json_grammar_objects.cc).
  void add_object(const FlatSchema& flat, Alternatives& out);
  std::vector<std::string> listed_names(const FlatSchema& flat) const;
  /// By number of a listed name, the names that must be there with it; empty where none asks for others.
  using Companions = std::vector<std::vector<size_t>>;
  static Companions companions_of(const FlatSchema& flat, const std::vector<std::string>& names);
  void add_companions(const FlatSchema& flat, const Companions& companions, const std::vector<int32_t>& labels,
                      ObjectSpec& spec);
  Conjunction value_schemas(const FlatSchema& flat, const std::string& name);
  std::optional<Dfa> name_language(const FlatSchema& flat);
  bool add_other_keys(const FlatSchema& flat, const std::vector<std::string>& names, const std::vector<int32_t>& labels,
                      ObjectSpec& spec);
  int32_t label_of_class(const FlatSchema& flat, std::span<const int32_t> matched, KeyClasses& classes,
                         ObjectSpec& spec);
  void add_label(ObjectSpec& spec, RuleId value);
  NodeId object_node(ObjectSpec spec);

  // Arrays (json_grammar_arrays.cc).
  void add_array(const FlatSchema& flat, Alternatives& out);
  std::vector<Conjunction> item_schemas(const FlatSchema& flat) const;
  NodeId array_node(ArraySpec spec);
  void add_unique_array(const JsonValue& owner, const Conjunction& items, const ArraySpec& size, Alternatives& out);
  std::vector<const JsonValue*> finite_values(const JsonValue& owner, const Conjunction& items);
  std::vector<const JsonValue*> values_of_types(const JsonValue& owner, const FlatSchema& flat);

  NodeId space(NodeId next) { return options_.compact ? next : program_.add({Node::Op::kSpace, 0, 0, next}); }
  uint32_t count_of(const FlatSchema& flat, std::string_view keyword, bool is_upper) const;

  SchemaDocument& document_;
  JsonSchemaOptions options_;
  Program program_;
  std::map<Conjunction, RuleId> rules_;
  std::unordered_map<const JsonValue*, RuleId> value_rules_;
  std::vector<std::pair<RuleId, Conjunction>> pending_;
  std::string conflict_;  // the first bounds that exclude each other, for the message where nothing is left
  NodeId end_ = kNone;
  uint32_t any_language_ = kNone;
};

}  // namespace vitrine::schema
