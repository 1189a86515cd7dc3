// A call that is written as JSON, shown while it comes: first its name, then its arguments piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::serve {

/// Follows `{"name": "…", "arguments": {…}}` (or "parameters"), also as the only item of a list. What has another form
/// shows nothing.
class CallFragments {
 public:
  /// Takes what comes next.
  void push(std::string_view text);
  /// The name of the call; empty while it is not known.
  const std::string& name() const { return name_; }
  /// The bytes of the arguments as far as they came, without what is around them.
  const std::string& arguments() const { return arguments_; }
  /// The arguments since the last time.
  std::string take_arguments();

 private:
  bool read_head();
  void read_arguments(std::string_view text);

  std::string head_;  // what came before the arguments, and the start of them
  std::string name_, arguments_;
  size_t num_taken_ = 0;
  int depth_ = 0;
  bool is_in_arguments_ = false, is_done_ = false, is_in_string_ = false, is_escaped_ = false;
};

}  // namespace vitrine::serve
