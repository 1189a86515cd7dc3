// A parsed template: statements and expressions. Built by the parser, walked by the interpreter, never changed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "template/value.h"

namespace vitrine::templates {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using StatementPtr = std::unique_ptr<Statement>;
using Statements = std::vector<StatementPtr>;
/// A variable's name as a number: its place in the list of all names.
using NameId = int;

struct NativeFunction;
struct NativeTest;

enum class ExpressionKind : uint8_t {
  kLiteral,
  kName,
  kAttribute,
  kItem,
  kSlice,
  kList,
  kTuple,
  kDict,
  kUnary,
  kBinary,
  kAnd,
  kOr,
  kNot,
  kCompare,
  kConcat,
  kConditional,
  kFilter,
  kTest,
  kCall,
};

struct Expression {
  Expression(ExpressionKind kind, int line) : kind(kind), line(line) {}
  virtual ~Expression() = default;

  ExpressionKind kind;
  int line;
  int depth = 1;  ///< how deep expressions are nested in it
};

struct Literal : Expression {
  Literal(Value value, int line) : Expression(ExpressionKind::kLiteral, line), value(std::move(value)) {}
  Value value;
};

struct Name : Expression {
  Name(NameId id, std::string name, int line)
      : Expression(ExpressionKind::kName, line), id(id), name(std::move(name)) {}
  NameId id;
  std::string name;
};

struct Attribute : Expression {
  explicit Attribute(int line) : Expression(ExpressionKind::kAttribute, line) {}
  ExpressionPtr object;
  std::string name;
};

struct Item : Expression {
  explicit Item(int line) : Expression(ExpressionKind::kItem, line) {}
  ExpressionPtr object;
  ExpressionPtr index;
};

/// object[start:stop:step]; what is left out is null.
struct Slice : Expression {
  explicit Slice(int line) : Expression(ExpressionKind::kSlice, line) {}
  ExpressionPtr object;
  ExpressionPtr start;
  ExpressionPtr stop;
  ExpressionPtr step;
};

/// A list, tuple, concatenation (~), `and`, `or`, `not`, or a sign: an operation over parts.
struct Compound : Expression {
  using Expression::Expression;
  std::vector<ExpressionPtr> parts;
};

struct DictLiteral : Expression {
  explicit DictLiteral(int line) : Expression(ExpressionKind::kDict, line) {}
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};

enum class Operator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
};

struct Unary : Expression {
  Unary(bool negative, int line) : Expression(ExpressionKind::kUnary, line), negative(negative) {}
  bool negative;
  ExpressionPtr operand;
};

struct Binary : Expression {
  Binary(Operator operation, int line) : Expression(ExpressionKind::kBinary, line), operation(operation) {}
  Operator operation;
  ExpressionPtr left;
  ExpressionPtr right;
};

struct Compare : Expression {
  explicit Compare(int line) : Expression(ExpressionKind::kCompare, line) {}
  ExpressionPtr first;
  std::vector<std::pair<Operator, ExpressionPtr>> rest;
};

/// `yes if test else no`; `no` may be null.
struct Conditional : Expression {
  explicit Conditional(int line) : Expression(ExpressionKind::kConditional, line) {}
  ExpressionPtr test;
  ExpressionPtr yes;
  ExpressionPtr no;
};

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> keyword;
  ExpressionPtr spread_list;  ///< *arguments, or null
  ExpressionPtr spread_dict;  ///< **arguments, or null
};

/// `input | name(arguments)`; `input` is null where a block's text comes in. `native` is null for an unknown name.
struct Filter : Expression {
  explicit Filter(int line) : Expression(ExpressionKind::kFilter, line) {}
  ExpressionPtr input;
  std::string name;
  const NativeFunction* native = nullptr;
  CallArguments arguments;
};

/// `input is name(arguments)`.
struct Test : Expression {
  explicit Test(int line) : Expression(ExpressionKind::kTest, line) {}
  ExpressionPtr input;
  std::string name;
  const NativeTest* native = nullptr;
  CallArguments arguments;
};

struct Call : Expression {
  explicit Call(int line) : Expression(ExpressionKind::kCall, line) {}
  ExpressionPtr callee;
  CallArguments arguments;
};

enum class StatementKind : uint8_t {
  kData,
  kOutput,
  kIf,
  kFor,
  kSet,
  kSetBlock,
  kWith,
  kMacro,
  kCallBlock,
  kFilterBlock,
  kGeneration,
  kBreak,
  kContinue,
};

struct Statement {
  Statement(StatementKind kind, int line) : kind(kind), line(line) {}
  virtual ~Statement() = default;

  StatementKind kind;
  int line;
};

/// Text of the template itself.
struct DataStatement : Statement {
  DataStatement(std::string text, int line) : Statement(StatementKind::kData, line), text(std::move(text)) {}
  std::string text;
};

struct OutputStatement : Statement {
  explicit OutputStatement(int line) : Statement(StatementKind::kOutput, line) {}
  ExpressionPtr value;
};

struct IfStatement : Statement {
  explicit IfStatement(int line) : Statement(StatementKind::kIf, line) {}
  std::vector<std::pair<ExpressionPtr, Statements>> branches;
  Statements otherwise;
};

/// What is assigned to: a name, an attribute of a namespace, or several targets that a sequence is unpacked into.
struct Target {
  int line = 0;
  NameId name = -1;
  std::string attribute;         ///< not empty for a namespace's attribute
  std::vector<Target> unpacked;  ///< used where is_tuple
  bool is_tuple = false;
};

struct ForStatement : Statement {
  explicit ForStatement(int line) : Statement(StatementKind::kFor, line) {}
  Target target;
  ExpressionPtr iterable;
  ExpressionPtr condition;  ///< or null
  Statements body;
  Statements otherwise;
};

struct SetStatement : Statement {
  explicit SetStatement(int line) : Statement(StatementKind::kSet, line) {}
  Target target;
  ExpressionPtr value;
};

/// {% set name | filter %}text{% endset %}; the filter's innermost input is null.
struct SetBlockStatement : Statement {
  explicit SetBlockStatement(int line) : Statement(StatementKind::kSetBlock, line) {}
  Target target;
  ExpressionPtr filter;  ///< or null
  Statements body;
};

struct WithStatement : Statement {
  explicit WithStatement(int line) : Statement(StatementKind::kWith, line) {}
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Statements body;
};

/// Parameters and body of a macro, or of the `caller` of a call block.
struct MacroDefinition {
  std::string name;
  std::vector<std::pair<NameId, std::string>> parameters;
  std::vector<ExpressionPtr> defaults;  ///< of the last parameters
  Statements body;
  bool takes_varargs = false;
  bool takes_kwargs = false;
  bool takes_caller = false;
};

struct MacroStatement : Statement {
  explicit MacroStatement(int line) : Statement(StatementKind::kMacro, line) {}
  NameId name = -1;
  MacroDefinition definition;
};

struct CallBlockStatement : Statement {
  explicit CallBlockStatement(int line) : Statement(StatementKind::kCallBlock, line) {}
  ExpressionPtr call;  ///< a Call
  MacroDefinition caller;
};

struct FilterBlockStatement : Statement {
  explicit FilterBlockStatement(int line) : Statement(StatementKind::kFilterBlock, line) {}
  ExpressionPtr filter;
  Statements body;
};

/// {% generation %}: what an assistant said, for training masks.
struct GenerationStatement : Statement {
  explicit GenerationStatement(int line) : Statement(StatementKind::kGeneration, line) {}
  Statements body;
};

/// A whole template.
struct ParsedTemplate {
  Statements statements;
  std::vector<std::string> names;  ///< by NameId
};

}  // namespace vitrine::templates
