// Walks a parsed template and writes its text. Functions in C++ that templates call see it, too.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "template/ast.h"
#include "template/limits.h"
#include "template/native.h"
#include "template/template.h"

namespace vitrine::templates {

/// Variables of one block. Lookups go outwards through the parents.
struct Scope {
  Scope* parent = nullptr;
  uint64_t id = 0;  ///< of no other scope of this rendering
  std::vector<std::pair<NameId, Value>> variables;
};

/// One rendering. Used once. Threads: one at a time.
class Interpreter {
 public:
  Interpreter(const ParsedTemplate& parsed, const Value& variables, const RenderOptions& options);

  /// Renders. Errors: kInvalidArgument with the line.
  Rendered run();

  // What functions in C++ use:

  Budget& budget() { return budget_; }
  const RenderOptions& options() const { return options_; }
  /// Returns object.name, or an undefined value. Errors: kInvalidArgument on an undefined object.
  Value attribute(const Value& object, std::string_view name);
  /// Returns object[index], or an undefined value. Errors: kInvalidArgument on an undefined object.
  Value item(const Value& object, const Value& index);
  /// Follows a path such as `function.name` or `0.id`, as filters take it.
  Value path(const Value& object, const Value& path);
  Value call(const Value& callable, const Arguments& arguments);
  Value call_filter(std::string_view name, const Value& input, const Arguments& arguments);
  bool call_test(std::string_view name, const Value& value, const Arguments& arguments);
  Value make_namespace(std::vector<std::pair<std::string, Value>> attributes);

 private:
  enum class Flow { kNormal, kBreak, kContinue };
  class DepthGuard;
  class ScopeGuard;
  class Capture;

  // Statements: interpreter_statements.cc.
  Flow execute(const Statements& statements);
  Flow execute(const Statement& statement);
  Flow execute_if(const IfStatement& statement);
  Flow execute_for(const ForStatement& statement);
  bool run_loop(const ForStatement& statement, const std::shared_ptr<LoopState>& state);
  std::vector<Value> loop_items(const ForStatement& statement);
  Flow execute_set_block(const SetBlockStatement& statement);
  Flow execute_with(const WithStatement& statement);
  Flow execute_filter_block(const FilterBlockStatement& statement);
  Flow execute_generation(const GenerationStatement& statement);
  void execute_macro(const MacroStatement& statement);
  void execute_call_block(const CallBlockStatement& statement);
  void assign(const Target& target, Value value);
  void write(const Value& value);
  void write(const Text& text);

  // Macros: macro_call.cc.
  Value macro_value(const MacroDefinition& definition);
  Value call_macro(const MacroDefinition& definition, Scope& defined_in, const Arguments& arguments);
  void bind_macro(const MacroDefinition& definition, const Arguments& arguments);
  void bind_special(const MacroDefinition& definition, const Arguments& arguments,
                    std::vector<std::pair<std::string, Value>> unused);

  // Expressions: interpreter_expressions.cc.
  Value evaluate(const Expression& expression);
  Value evaluate_compound(const Compound& compound);
  Value evaluate_logic(const Compound& compound);
  Value evaluate_concat(const Compound& compound);
  Value evaluate_dict(const DictLiteral& literal);
  Value evaluate_compare(const Compare& compare);
  Value evaluate_conditional(const Conditional& conditional);
  Value evaluate_slice(const Slice& slice);
  Value evaluate_filter(const Filter& filter, const Value* block_text);
  Value evaluate_test(const Test& test);
  Value evaluate_call(const Call& call, const Value* caller = nullptr);
  Arguments evaluate_arguments(const CallArguments& arguments);
  Value look_up(NameId id, std::string_view name);
  void set_variable(NameId name, Value value);
  NameId find_name(std::string_view name) const;

  const ParsedTemplate& parsed_;
  const RenderOptions& options_;
  Budget budget_;
  int depth_ = 0;
  int line_ = 1;
  Text result_;
  Text* out_ = &result_;
  std::vector<Segment> generations_;

  std::vector<Value> root_;  // by NameId; what is not set is undefined without a name
  std::vector<bool> is_set_;
  Scope root_scope_;
  Scope* scope_ = &root_scope_;
  std::vector<Scope*> live_scopes_;
  uint64_t next_scope_id_ = 1;
  NameId loop_name_ = -1, caller_name_ = -1, varargs_name_ = -1, kwargs_name_ = -1;
  std::deque<Namespace> namespaces_;
};

}  // namespace vitrine::templates
