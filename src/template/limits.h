// What a rendering may cost. Nothing here looks at a clock, so the same template and input always end the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace vitrine::templates {

/// Bounds of one rendering. A breach is an Error that names the limit and the line.
struct Limits {
  /// Units of work: one for each node of the template that is evaluated, one for each kBytesPerUnit bytes that are made
  /// or searched. Memory is bounded through it: all that a rendering makes is at most work times kBytesPerUnit.
  uint64_t max_work = 20'000'000;
  /// Nested evaluations: an expression inside an expression, a statement inside a statement, a macro call.
  int max_depth = 800;
  /// Length of the result, and of each string on the way to it.
  size_t max_output_bytes = 16u << 20;
};

/// Containers nested deeper than this are refused, wherever they come from.
inline constexpr int kMaxValueDepth = 100;
/// Bytes that cost one unit of work.
inline constexpr size_t kBytesPerUnit = 16;

/// Throws Error{kInvalidArgument}; the interpreter adds the line.
[[noreturn]] void fail(std::string what, std::string hint = "");

/// Counts a rendering's work down. Threads: one at a time.
class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits), work_left_(limits.max_work) {}

  /// Takes units of work. Errors: kInvalidArgument when there are none left.
  void charge(uint64_t units) {
    if (units > work_left_) refuse_work();
    work_left_ -= units;
  }
  /// Takes the work of touching this many bytes.
  void charge_bytes(size_t bytes) { charge(1 + bytes / kBytesPerUnit); }
  /// Takes the work of making a string of this many bytes. Errors: as above, or when no string may be that long.
  void charge_string(size_t bytes) {
    check_length(bytes);
    charge_bytes(bytes);
  }
  /// Errors: kInvalidArgument when no string may be that long.
  void check_length(size_t bytes) const {
    if (bytes > limits_.max_output_bytes) refuse_length();
  }
  /// Takes the work of making a list of this many items.
  void charge_items(size_t items) { charge(1 + 2 * static_cast<uint64_t>(items)); }

  const Limits& limits() const { return limits_; }
  uint64_t work_left() const { return work_left_; }

 private:
  [[noreturn]] void refuse_work() const;
  [[noreturn]] void refuse_length() const;

  Limits limits_;
  uint64_t work_left_;
};

}  // namespace vitrine::templates
