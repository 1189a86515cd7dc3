// What the parts of the interpreter share: guards that undo a change when a block ends, in whatever way.
#pragma once

#include <fmt/format.h>

#include "template/interpreter.h"

namespace vitrine::templates {

/// Counts one nested evaluation. Errors: kInvalidArgument beyond max_depth.
class Interpreter::DepthGuard {
 public:
  explicit DepthGuard(Interpreter& interpreter) : depth_(interpreter.depth_) {
    const int limit = interpreter.budget_.limits().max_depth;
    if (depth_ >= limit)
      fail(fmt::format("evaluation is nested too deep (limit {})", limit), "a macro may call itself");
    ++depth_;
  }
  ~DepthGuard() { --depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;

 private:
  int& depth_;
};

/// Opens a scope inside another one, and closes it.
class Interpreter::ScopeGuard {
 public:
  ScopeGuard(Interpreter& interpreter, Scope* parent) : interpreter_(interpreter), before_(interpreter.scope_) {
    scope_.parent = parent;
    scope_.id = interpreter.next_scope_id_++;
    interpreter.scope_ = &scope_;
    interpreter.live_scopes_.push_back(&scope_);
  }
  ~ScopeGuard() {
    interpreter_.scope_ = before_;
    interpreter_.live_scopes_.pop_back();
  }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

  Scope& scope() { return scope_; }

 private:
  Interpreter& interpreter_;
  Scope* before_;
  Scope scope_;
};

/// Catches what is written instead of putting it out.
class Interpreter::Capture {
 public:
  explicit Capture(Interpreter& interpreter) : interpreter_(interpreter), before_(interpreter.out_) {
    interpreter.out_ = &text_;
  }
  ~Capture() { interpreter_.out_ = before_; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  Value take() { return Value::string(std::move(text_)); }

 private:
  Interpreter& interpreter_;
  Text* before_;
  Text text_;
};

}  // namespace vitrine::templates
